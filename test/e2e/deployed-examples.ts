import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { App, CfnOutput, CliCredentialsStackSynthesizer } from 'aws-cdk-lib';
import { createSignedFetcher } from 'aws-sigv4-fetch';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { EMULATOR_CREDENTIALS } from '../../clients/local-stack.ts';
import { Checkout } from '../../examples/checkout/checkout.ts';
import { LateBookingsStack } from '../../examples/late-bookings/late-bookings-stack.ts';
import { StatusConsumer } from '../../examples/status-consumer/status-consumer.ts';
import { OrderTracker, type OrderTrackerAttributes } from '../../lib/index.ts';
import { cdkDeploy } from '../../local/cdk.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { ENVIRONMENT } from '../../local/stack-outputs.ts';
import { eventually } from './stack-fixture.ts';

/** Name of the stack, and the beginning of the names of its functions. */
const STACK = 'Examples';

const OUTPUTS = ['MailsTopicArn', 'AfterPaymentName', 'StatusesTableName'] as const;

type Outputs = Readonly<Record<(typeof OUTPUTS)[number], string>>;

const { endpoint, region, outputs: tracker } = inject('localStack');

/** The tracker as another stack imports it, with the address that it would have on AWS. */
const attributes = (): OrderTrackerAttributes => {
  const apiId = new URL(tracker.OrdersUrl).pathname.split('/')[3];
  return {
    trackerName: ENVIRONMENT,
    topicArn: tracker.TopicArn,
    ordersUrl: `https://${apiId}.execute-api.${region}.amazonaws.com/orders`,
  };
};

const synthesize = (outdir: string): void => {
  // Once the emulator enforces IAM, it cannot be deployed to with the roles of the bootstrap.
  const synthesizer = new CliCredentialsStackSynthesizer();
  const app = new App({ outdir, builtinCloudFormationValidation: false });
  const stack = new LateBookingsStack(app, STACK, { tracker: attributes(), synthesizer });
  const { table } = new StatusConsumer(stack, 'Statuses', { topicArn: tracker.TopicArn });
  const imported = OrderTracker.fromOrderTrackerAttributes(stack, 'TrackerOfCheckout', attributes());
  const { afterPayment } = new Checkout(stack, 'Checkout', { tracker: imported });
  // Where the API really is.
  afterPayment.addEnvironment('ORDERS_URL', tracker.OrdersUrl);
  const values = [stack.mails.topicArn, afterPayment.functionName, table.tableName];
  OUTPUTS.forEach((name, index) => void new CfnOutput(stack, name, { value: values[index] ?? '' }));
  app.synth();
};

/** Other tests count the functions, so the stack goes when its tests are done. */
const remove = async (): Promise<void> => {
  const body = new URLSearchParams({ Action: 'DeleteStack', Version: '2010-05-15', StackName: STACK });
  const signedFetch = createSignedFetcher({
    service: 'cloudformation',
    region,
    credentials: EMULATOR_CREDENTIALS,
  });
  expect((await signedFetch(endpoint, { method: 'POST', body })).status).toBe(200);
  const lambda = new LambdaClient(clientConfiguration(endpoint));
  await eventually(async () => {
    const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
    expect(Functions.filter(({ FunctionName }) => FunctionName?.startsWith(STACK))).toEqual([]);
  });
};

/** Deploys the examples that are functions beside the tracker, with the functions as their users bundle them. */
export const useDeployedExamples = (): Outputs => {
  const outputs = {} as Record<keyof Outputs, string>;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'examples-'));
    const assembly = join(folder, 'cdk.out');
    const outputsFile = join(folder, 'outputs.json');
    synthesize(assembly);
    await cdkDeploy(STACK, assembly, outputsFile, { endpoint, logFile: join(folder, 'deploy.log') });
    Object.assign(outputs, JSON.parse(await readFile(outputsFile, 'utf8'))[STACK]);
  }, 300_000);

  afterAll(async () => {
    await remove();
    await rm(folder, { recursive: true });
  });

  return outputs;
};

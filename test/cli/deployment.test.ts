import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Deployment } from '../../cli/deployment.ts';
import { EXIT } from '../../cli/outcome.ts';
import { serve } from '../local/serve.ts';

const NAMES =
  'WebhookUrl OrdersUrl TopicArn OperationsTopicArn NoticesTopicArn TableName StateMachineArn ProviderSecretArn ' +
  'WebhookSecretArn DashboardName ProviderBaseUrl ProviderApplication';
const OUTPUTS = Object.fromEntries(NAMES.split(' ').map((name) => [name, `the ${name}`]));

const resource = (type: string, logicalId: string): string =>
  `<member><ResourceType>${type}</ResourceType><LogicalResourceId>${logicalId}</LogicalResourceId>` +
  `<PhysicalResourceId>physical-${logicalId}</PhysicalResourceId></member>`;

const RESOURCES =
  resource('AWS::Lambda::Function', 'RefreshOrderA1') +
  resource('AWS::Lambda::Function', 'CheckOrderB2') +
  resource('AWS::SQS::Queue', 'RefreshQueueC3');

let folder: string;
let stackFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
  stackFile = join(folder, 'stack.json');
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts an emulator that knows the stack's resources, and remembers what it was asked. */
const startEmulator = async () => {
  const actions: string[] = [];
  const endpoint = await serve(async (request, response) => {
    const action = new URLSearchParams(await text(request)).get('Action');
    if (action) actions.push(action);
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(
      `<${action}Response><${action}Result><StackResourceSummaries>${RESOURCES}</StackResourceSummaries></${action}Result></${action}Response>`,
    );
  });
  return { actions, endpoint };
};

/** Finds the deployment that a stack file with this content describes. */
const find = async (content: unknown) => {
  await writeFile(stackFile, JSON.stringify(content));
  return await Deployment.find({ environment: 'sandbox', stackFile });
};

it('a deployment lists the resources of its stack once, and uses the region of the stack file', async () => {
  const { endpoint, actions } = await startEmulator();
  const deployment = await find({ endpoint, region: 'eu-south-1', outputs: OUTPUTS });
  const [functions, queue] = await Promise.all([
    deployment.resources('AWS::Lambda::Function'),
    deployment.resource('AWS::SQS::Queue', 'RefreshQueue'),
  ]);
  expect(functions.map(({ logicalId }) => logicalId)).toEqual(['RefreshOrderA1', 'CheckOrderB2']);
  expect(queue.physicalId).toBe('physical-RefreshQueueC3');
  await expect(deployment.resource('AWS::SQS::Queue', 'Nowhere')).rejects.toThrow(
    'The stack OrderTracker-local has no AWS::SQS::Queue whose logical id contains Nowhere.',
  );
  expect(actions).toEqual(['ListStackResources']);
  expect(await deployment.aws.dynamoDb.config.region()).toBe('eu-south-1');
});

it('a deployment names the outputs that the stack does not have', async () => {
  const { endpoint } = await startEmulator();
  const found = find({ endpoint, region: 'eu-west-1', outputs: { ...OUTPUTS, TopicArn: '' } });
  await expect(found).rejects.toThrow(`${stackFile} has no TopicArn among its outputs.`);
});

it.for([
  [
    'a file of something else',
    { content: 'something else' },
    'does not describe a local stack',
    EXIT.wrongUsage,
  ],
  [
    'a stack that has stopped',
    { endpoint: 'http://127.0.0.1:9', region: 'eu-west-1', outputs: OUTPUTS },
    'it has stopped. Start one with npm start.',
    EXIT.notFound,
  ],
] as const)('a deployment rejects %s', async ([, content, message, exitCode]) => {
  await expect(find(content)).rejects.toMatchObject({
    message: expect.stringContaining(message),
    exitCode,
  });
});

it('a deployment says when no local stack is running', async () => {
  const found = Deployment.find({ environment: 'sandbox', stackFile });
  await expect(found).rejects.toMatchObject({
    message: expect.stringMatching(/No local stack is running.*npm start/),
    exitCode: EXIT.notFound,
  });
});

import { readFile } from 'node:fs/promises';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { dynamoDbTable } from '../lambdas/adapters/dynamodb-table.ts';
import { musementProvider } from '../lambdas/adapters/musement-provider.ts';
import { secretReader } from '../lambdas/adapters/secrets.ts';
import { clientConfiguration } from '../local/local-aws.ts';
import { OrdersClient } from '../local/orders-client.ts';
import { PATHS } from '../local/paths.ts';
import { CommandError, EXIT } from './outcome.ts';

/** Where the stack is, as the command line says it. */
export interface Target {
  readonly environment: string;
  /** Name of a stack that is not called `OrderTracker-<environment>`. */
  readonly stack?: string;
  readonly local?: boolean;
  /** As `npm start` writes it. */
  readonly stackFile?: string;
}

const OUTPUTS = [
  'WebhookUrl',
  'OrdersUrl',
  'TopicArn',
  'OperationsTopicArn',
  'NoticesTopicArn',
  'TableName',
  'StateMachineArn',
  'ProviderSecretArn',
  'WebhookSecretArn',
  'DashboardName',
  'ProviderBaseUrl',
  'ProviderApplication',
] as const;

type Outputs = Readonly<Record<(typeof OUTPUTS)[number], string>>;

/** A resource of the stack. */
export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

/** A deployed stack, and the ways to reach its parts. */
export class Deployment {
  readonly stackName: string;
  readonly outputs: Outputs;
  readonly #configuration: object;
  readonly #isLocal: boolean;

  private constructor(stackName: string, outputs: Outputs, configuration: object, isLocal: boolean) {
    this.stackName = stackName;
    this.outputs = outputs;
    this.#configuration = configuration;
    this.#isLocal = isLocal;
  }

  /**
   * Finds the stack.
   * @throws {CommandError} when there is none
   */
  static async find(target: Target): Promise<Deployment> {
    const stackName = target.stack ?? `OrderTracker-${target.local ? 'local' : target.environment}`;
    if (!target.local && !target.stackFile) {
      return new Deployment(stackName, complete(await readOutputs(stackName), stackName), {}, false);
    }
    const file = target.stackFile ?? PATHS.stackFile;
    const { endpoint, outputs } = await readStackFile(file);
    await checkLocal(endpoint);
    return new Deployment(
      target.stack ?? 'OrderTracker-local',
      complete(outputs, file),
      clientConfiguration(endpoint),
      true,
    );
  }

  get dynamoDb() {
    return new DynamoDBClient(this.#configuration);
  }
  get lambda() {
    return new LambdaClient(this.#configuration);
  }
  get sns() {
    return new SNSClient(this.#configuration);
  }
  get sqs() {
    return new SQSClient(this.#configuration);
  }
  get scheduler() {
    return new SchedulerClient(this.#configuration);
  }
  get stepFunctions() {
    return new SFNClient(this.#configuration);
  }
  get cloudWatch() {
    return new CloudWatchClient(this.#configuration);
  }

  get table() {
    return dynamoDbTable(this.outputs.TableName, this.dynamoDb);
  }

  /** A secret of the stack. */
  secret(name: 'ProviderSecretArn' | 'WebhookSecretArn') {
    return secretReader(this.outputs[name], new SecretsManagerClient(this.#configuration));
  }

  get provider() {
    return musementProvider({
      baseUrl: this.outputs.ProviderBaseUrl,
      application: this.outputs.ProviderApplication,
      secret: this.secret('ProviderSecretArn'),
      timeoutInSeconds: 10,
      onLogin: () => {},
    });
  }

  /** The API, with requests signed by whoever runs this. */
  async orders(): Promise<OrdersClient> {
    const { credentials, region } = this.dynamoDb.config;
    return new OrdersClient(this.outputs.OrdersUrl, await credentials(), await region());
  }

  /** Where somebody can look at an execution. */
  executionLink(name: string): string {
    const arn = `${this.outputs.StateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    if (this.#isLocal) return arn;
    const region = arn.split(':')[3];
    return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
  }

  /** The resources of one type. */
  async resources(type: string): Promise<readonly StackResource[]> {
    const client = new CloudFormationClient(this.#configuration);
    const found: StackResource[] = [];
    for await (const page of paginateListStackResources({ client }, { StackName: this.stackName })) {
      for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ??
        []) {
        if (ResourceType !== type || !LogicalResourceId || !PhysicalResourceId) continue;
        found.push({ type, logicalId: LogicalResourceId, physicalId: PhysicalResourceId });
      }
    }
    return found;
  }

  /**
   * The one resource of a type whose logical id holds a word.
   * @throws {CommandError} when there is none
   */
  async resource(type: string, part: string): Promise<StackResource> {
    const found = (await this.resources(type)).find(({ logicalId }) => logicalId.includes(part));
    if (found) return found;
    throw new CommandError(`The stack ${this.stackName} has no ${type} like ${part}.`, EXIT.notFound);
  }
}

const readOutputs = async (stackName: string): Promise<Record<string, string>> => {
  const client = new CloudFormationClient({});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    return Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationError') throw error;
    throw new CommandError(
      `There is no stack ${stackName} in this account and region. Name it with --environment or --stack.`,
      EXIT.notFound,
    );
  }
};

const readStackFile = async (
  file: string,
): Promise<{ endpoint: string; outputs: Record<string, string> }> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CommandError(
      'No local stack is running here: its file is not there. Start one with npm start.',
      EXIT.notFound,
    );
  }
};

/** A local stack that was ended by force leaves its file. */
const checkLocal = async (endpoint: string): Promise<void> => {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(5000) });
  } catch {
    throw new CommandError(
      `The local stack at ${endpoint} does not answer: it has ended. Start one with npm start.`,
      EXIT.notFound,
    );
  }
};

const complete = (outputs: Record<string, string>, where: string): Outputs => {
  const missing = OUTPUTS.filter((name) => !outputs[name]);
  if (missing.length === 0) return outputs as Outputs;
  throw new CommandError(
    `${where} lacks the outputs ${missing.join(', ')}; deploy this version of the stack.`,
    EXIT.notFound,
  );
};

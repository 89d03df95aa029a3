import { paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { OrdersClient } from '../clients/orders-client.ts';
import type { StackOutputs } from '../clients/stack-outputs.ts';
import { dynamoDbTable } from '../lambdas/adapters/dynamodb-table.ts';
import { musementProvider } from '../lambdas/adapters/musement-provider.ts';
import { type SecretReader, secretReader } from '../lambdas/adapters/secrets.ts';
import type { Table } from '../lambdas/adapters/table.ts';
import type { AwsClients } from './aws-clients.ts';
import { CommandError, EXIT } from './outcome.ts';
import { findStack, type Stack, type Target } from './stack.ts';

/** Timeout of one request to the provider. */
const PROVIDER_TIMEOUT_IN_SECONDS = 10;

/** A resource of the stack. */
export interface StackResource {
  readonly type: string;
  readonly logicalId: string;
  readonly physicalId: string;
}

/** A deployed stack, and access to its parts. */
export class Deployment {
  readonly stackName: string;
  readonly outputs: StackOutputs;
  readonly aws: AwsClients;
  readonly table: Table;
  readonly provider: ReturnType<typeof musementProvider>;
  readonly #isLocal: boolean;
  #resources: Promise<readonly StackResource[]> | undefined;

  private constructor({ name, outputs, aws, isLocal }: Stack) {
    this.stackName = name;
    this.outputs = outputs;
    this.aws = aws;
    this.#isLocal = isLocal;
    this.table = dynamoDbTable(outputs.TableName, aws.dynamoDb);
    this.provider = musementProvider({
      baseUrl: outputs.ProviderBaseUrl,
      application: outputs.ProviderApplication,
      secret: this.secret('ProviderSecretArn'),
      timeoutInSeconds: PROVIDER_TIMEOUT_IN_SECONDS,
      onLogin: () => {},
    });
  }

  /**
   * Finds the stack.
   * @throws {CommandError} when it does not exist
   */
  static async find(target: Target): Promise<Deployment> {
    return new Deployment(await findStack(target));
  }

  /** A secret of the stack. */
  secret(name: 'ProviderSecretArn' | 'WebhookSecretArn'): SecretReader {
    return secretReader(this.outputs[name], this.aws.secretsManager);
  }

  /** The orders API, called with the caller's own AWS credentials. */
  async orders(): Promise<OrdersClient> {
    const { credentials, region } = this.aws.dynamoDb.config;
    return new OrdersClient(this.outputs.OrdersUrl, credentials, await region());
  }

  /** Link to an execution of watch-order in the AWS console; its ARN for a local stack. */
  executionLink(name: string): string {
    const arn = `${this.outputs.StateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    if (this.#isLocal) return arn;
    const region = arn.split(':')[3];
    return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
  }

  /** The stack's resources of one type. CloudFormation is asked once. */
  async resources(type: string): Promise<readonly StackResource[]> {
    this.#resources ??= this.#listResources();
    return (await this.#resources).filter((resource) => resource.type === type);
  }

  /**
   * The resource of a type whose logical id contains a text.
   * @throws {CommandError} when there is none
   */
  async resource(type: string, text: string): Promise<StackResource> {
    const found = (await this.resources(type)).find(({ logicalId }) => logicalId.includes(text));
    if (found) return found;
    throw new CommandError(
      `The stack ${this.stackName} has no ${type} whose logical id contains ${text}.`,
      EXIT.notFound,
    );
  }

  async #listResources(): Promise<readonly StackResource[]> {
    const pages = paginateListStackResources(
      { client: this.aws.cloudFormation },
      { StackName: this.stackName },
    );
    const found: StackResource[] = [];
    for await (const { StackResourceSummaries = [] } of pages) {
      for (const {
        ResourceType: type,
        LogicalResourceId: logicalId,
        PhysicalResourceId: physicalId,
      } of StackResourceSummaries) {
        if (type && logicalId && physicalId) found.push({ type, logicalId, physicalId });
      }
    }
    return found;
  }
}

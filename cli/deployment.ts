import { OrdersClient } from '../clients/orders-client.ts';
import { dynamoDbTable } from '../lambdas/adapters/dynamodb-table.ts';
import { musementProvider } from '../lambdas/adapters/musement-provider.ts';
import { type SecretReader, secretReader } from '../lambdas/adapters/secrets.ts';
import type { Table } from '../lambdas/adapters/table.ts';
import type { TrackerParameter } from '../lambdas/contracts/tracker-parameter.ts';
import type { AwsClients } from './aws-clients.ts';
import { type FoundTracker, findTracker, type Target } from './tracker.ts';

/** Timeout of one request to the provider. */
const PROVIDER_TIMEOUT_IN_SECONDS = 10;

/** A deployed tracker, and access to its parts. */
export class Deployment {
  /** Names and addresses of its parts. */
  readonly tracker: TrackerParameter;
  readonly aws: AwsClients;
  readonly table: Table;
  readonly provider: ReturnType<typeof musementProvider>;
  readonly #isLocal: boolean;

  private constructor({ tracker, aws, isLocal }: FoundTracker) {
    this.tracker = tracker;
    this.aws = aws;
    this.#isLocal = isLocal;
    this.table = dynamoDbTable(tracker.tableName, aws.dynamoDb);
    this.provider = musementProvider({
      baseUrl: tracker.providerBaseUrl,
      application: tracker.providerApplication,
      secret: this.secret('providerSecretArn'),
      timeoutInSeconds: PROVIDER_TIMEOUT_IN_SECONDS,
      onLogin: () => {},
    });
  }

  /**
   * Finds the tracker.
   * @throws {CommandError} when it does not exist, or when none is named and there are several
   */
  static async find(target: Target): Promise<Deployment> {
    return new Deployment(await findTracker(target));
  }

  /** A secret of the tracker. */
  secret(name: 'providerSecretArn' | 'webhookSecretArn'): SecretReader {
    return secretReader(this.tracker[name], this.aws.secretsManager);
  }

  /** The orders API, called with the caller's own AWS credentials. */
  async orders(): Promise<OrdersClient> {
    const { credentials, region } = this.aws.dynamoDb.config;
    return new OrdersClient(this.tracker.ordersUrl, credentials, await region());
  }

  /** Link to an execution of watch-order in the AWS console; its ARN for a local stack. */
  executionLink(name: string): string {
    const arn = `${this.tracker.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    if (this.#isLocal) return arn;
    const region = arn.split(':')[3];
    return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${arn}`;
  }
}

import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { ENV } from '../lambdas/contracts/environment.ts';
import type { Settings } from '../lambdas/contracts/settings.ts';
import type { OrderTable } from './order-table.ts';
import type { ProviderAccess } from './provider-access.ts';
import type { RefreshQueue } from './refresh-queue.ts';
import type { FunctionEnvironment } from './tracker-function.ts';

/**
 * Longest time that looking at an order takes: it may wait for another look's answer and then ask for itself, each
 * with a new login and a repetition, and has half a minute for the table.
 */
export const lookTimeout = ({ providerTimeoutInSeconds }: Settings): Duration =>
  Duration.seconds(2 * 3 * providerTimeoutInSeconds + 30);

/** Properties of {@link OrderExamination}. */
export interface OrderExaminationProps {
  readonly orders: OrderTable;
  readonly refreshQueue: RefreshQueue;
  readonly provider: ProviderAccess;
  /** CloudEvents `source` of the events that it writes. */
  readonly eventSource: string;
}

/** What a function needs to examine an order: refresh-order and check-item do the same for different reasons. */
export class OrderExamination {
  readonly environment: FunctionEnvironment;
  readonly #props: OrderExaminationProps;

  constructor(props: OrderExaminationProps) {
    this.#props = props;
    this.environment = {
      [ENV.tableName]: props.orders.table.tableName,
      [ENV.refreshQueueUrl]: props.refreshQueue.queue.queueUrl,
      [ENV.providerBaseUrl]: props.provider.baseUrl,
      [ENV.providerApplication]: props.provider.application,
      [ENV.providerSecretArn]: props.provider.providerSecret.arn,
      [ENV.eventSource]: props.eventSource,
    };
  }

  /** Allows asking the provider, writing what changed, and asking for another look. */
  grant(grantee: IGrantable): void {
    this.#props.orders.grant(grantee, 'Query', 'PutItem', 'UpdateItem');
    this.#props.provider.providerSecret.grantRead(grantee);
    this.#props.refreshQueue.grantSend(grantee);
  }
}

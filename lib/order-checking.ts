import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { ENV } from '../lambdas/contracts/environment.ts';
import type { Settings } from '../lambdas/contracts/settings.ts';
import type { OrderTable } from './order-table.ts';
import type { ProviderAccess } from './provider-access.ts';
import type { FunctionEnvironment } from './tracker-function.ts';

/** A check requests the order. After a 401 it logs in and requests the order once more. */
const MAX_REQUESTS_PER_CHECK = 3;

/** A check starts again when another write came first. Usually nothing is due then, and no other request is needed. */
const MAX_CHECKS_PER_CALL = 2;

/** Time for the start of the function and for the table, whose transactions are retried after a conflict. */
const TIME_WITHOUT_PROVIDER = Duration.seconds(30);

/** Timeout of a function that checks orders. The orders of a batch are checked at the same time. */
export const checkTimeout = ({ providerTimeoutInSeconds }: Settings): Duration =>
  Duration.seconds(MAX_CHECKS_PER_CALL * MAX_REQUESTS_PER_CHECK * providerTimeoutInSeconds).plus(
    TIME_WITHOUT_PROVIDER,
  );

/** Properties of {@link OrderChecking}. */
export interface OrderCheckingProps {
  readonly orders: OrderTable;
  readonly provider: ProviderAccess;
  /** CloudEvents `source` of the events that a check stores. */
  readonly eventSource: string;
}

/** Environment and permissions of the functions that check orders: refresh-order and check-order. */
export class OrderChecking {
  readonly environment: FunctionEnvironment;
  readonly #props: OrderCheckingProps;

  constructor(props: OrderCheckingProps) {
    this.#props = props;
    this.environment = {
      [ENV.tableName]: props.orders.table.tableName,
      [ENV.providerBaseUrl]: props.provider.baseUrl,
      [ENV.providerApplication]: props.provider.application,
      [ENV.providerSecretArn]: props.provider.providerSecret.arn,
      [ENV.eventSource]: props.eventSource,
    };
  }

  /** Grants access to the orders in the table and to the login at the provider. */
  grant(grantee: IGrantable): void {
    this.#props.orders.grantCommit(grantee);
    this.#props.provider.providerSecret.grantRead(grantee);
  }
}

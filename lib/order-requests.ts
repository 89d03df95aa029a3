import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV } from '../lambdas/contracts/environment.ts';
import type { OrderTable } from './order-table.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link OrderRequests}. */
export interface OrderRequestsProps {
  readonly defaults: FunctionDefaults;
  readonly orders: OrderTable;
  /** CloudEvents `source` of the events that the end of tracking stores. */
  readonly eventSource: string;
}

/** The function behind the `/orders` routes: the partner's systems start and stop tracking, and read orders. */
export class OrderRequests extends Construct {
  readonly function: TrackerFunction;

  constructor(scope: Construct, id: string, props: OrderRequestsProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'OrdersApi', {
      name: 'orders-api',
      description: 'Starts and stops tracking an order, shows its state and timeline, lists orders',
      defaults: props.defaults,
      environment: {
        [ENV.tableName]: props.orders.table.tableName,
        [ENV.eventSource]: props.eventSource,
      },
      timeout: Duration.seconds(10),
    });
    props.orders.grantCommit(this.function);
    props.orders.grantQueryDue(this.function);
  }
}

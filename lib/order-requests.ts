import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV } from '../lambdas/contracts/environment.ts';
import type { OrderTable } from './order-table.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link OrderRequests}. */
export interface OrderRequestsProps {
  readonly defaults: FunctionDefaults;
  readonly orders: OrderTable;
}

/** The function behind the `/orders` routes: the partner's systems request tracking and read an order's timeline. */
export class OrderRequests extends Construct {
  readonly function: TrackerFunction;

  constructor(scope: Construct, id: string, props: OrderRequestsProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'OrdersApi', {
      name: 'orders-api',
      description: 'Starts tracking an order, and shows its state and timeline',
      defaults: props.defaults,
      environment: { [ENV.tableName]: props.orders.table.tableName },
      timeout: Duration.seconds(10),
    });
    props.orders.grant(this.function, 'PutItem', 'Query');
  }
}

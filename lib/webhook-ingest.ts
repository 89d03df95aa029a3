import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ENV } from '../lambdas/contracts/environment.ts';
import type { OrderTable } from './order-table.ts';
import type { ProviderAccess } from './provider-access.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link WebhookIngest}. */
export interface WebhookIngestProps {
  readonly defaults: FunctionDefaults;
  readonly orders: OrderTable;
  readonly provider: ProviderAccess;
}

/** Stores webhooks. The table's stream triggers everything else. */
export class WebhookIngest extends Construct {
  readonly function: TrackerFunction;

  constructor(scope: Construct, id: string, props: WebhookIngestProps) {
    super(scope, id);
    const { webhookSecret } = props.provider;
    this.function = new TrackerFunction(this, 'IngestWebhook', {
      name: 'ingest-webhook',
      description: 'Checks and stores the webhooks of the provider',
      defaults: props.defaults,
      environment: {
        [ENV.tableName]: props.orders.table.tableName,
        [ENV.webhookSecretArn]: webhookSecret.arn,
        // All settings: this is the only function that needs to know which addresses webhooks may come from.
        [ENV.settings]: JSON.stringify(props.defaults.settings),
      },
      // The provider's timeout is not documented. It repeats a webhook that fails, so failing early is better.
      timeout: Duration.seconds(10),
    });
    props.orders.grant(this.function, 'PutItem', 'UpdateItem');
    webhookSecret.grantRead(this.function);
  }
}

import { Duration } from 'aws-cdk-lib';
import {
  ApiDestination,
  Authorization,
  Connection,
  type IEventBus,
  Rule,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { ApiDestination as ApiDestinationTarget } from 'aws-cdk-lib/aws-events-targets';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Properties of {@link PartnerApi}. */
export interface PartnerApiProps {
  /** A bus with the events of a tracker, as the example `event-bus` makes it. */
  readonly bus: IEventBus;
  /** Where the events are sent, `https://…`. */
  readonly url: string;
  /** The API key, as the text of the secret. */
  readonly apiKey: ISecret;
}

/** Sends final statuses of items to an API that is not on AWS, with headers that it asks for. */
export class PartnerApi extends Construct {
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: PartnerApiProps) {
    super(scope, id);
    this.undelivered = new Queue(this, 'Undelivered', {
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
    });
    const apiDestination = new ApiDestination(this, 'Destination', {
      connection: new Connection(this, 'Connection', {
        authorization: Authorization.apiKey('X-Api-Key', props.apiKey.secretValue),
      }),
      endpoint: props.url,
      rateLimitPerSecond: 20,
    });
    new Rule(this, 'FinalStatuses', {
      eventBus: props.bus,
      eventPattern: { detailType: ['order_item.ok', 'order_item.ko', 'order_item.refunded'] },
      targets: [
        new ApiDestinationTarget(apiDestination, {
          event: RuleTargetInput.fromEventPath('$.detail'),
          headerParameters: {
            'X-Sender': 'order-tracker',
            'Idempotency-Key': '$.detail.id',
            'X-Event-Type': '$.detail.type',
          },
          deadLetterQueue: this.undelivered,
          // The most that EventBridge allows.
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }
}

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { OrderTracker, PRODUCTION_BASE_URL } from 'musement-order-tracker';

/** A stack of a travel agency, with the tracker as one part of it. */
export class TravelStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    const tracker = new OrderTracker(this, 'Tracker', {
      trackerName: 'travel',
      providerApplication: '<value of the X-Musement-Application header>',
      providerBaseUrl: PRODUCTION_BASE_URL,
    });
    new CfnOutput(this, 'ProviderSecretArn', { value: tracker.providerSecret.secretArn });
    new CfnOutput(this, 'WebhookUrl', { value: tracker.webhookUrl });
    new CfnOutput(this, 'WebhookSecretArn', { value: tracker.webhookSecret.secretArn });
  }
}

import { AccountPrincipal, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** Properties of {@link EventTopic}. */
export interface EventTopicProps {
  /** Other accounts that may subscribe. */
  readonly subscriberAccounts: readonly string[];
  /** @default - SNS's own key */
  readonly encryptionKey?: IKey | undefined;
}

/** Where subscribers get final statuses. Its ARN is what partners' subscriptions point to. */
export class EventTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: EventTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Musement order items',
      // Messages hold voucher URLs, which must not lie about in clear. SNS's own key asks nothing of subscribers.
      masterKey: props.encryptionKey ?? Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
    });
    if (props.subscriberAccounts.length > 0) {
      this.topic.addToResourcePolicy(
        new PolicyStatement({
          sid: 'AllowSubscribers',
          principals: props.subscriberAccounts.map((account) => new AccountPrincipal(account)),
          // SNS itself decrypts what it delivers: subscribers need no key.
          actions: ['sns:Subscribe'],
          resources: [this.topic.topicArn],
        }),
      );
    }
  }

  /** Allows publishing. SNS's own key lets in whoever in the account may use the topic. */
  grantPublish(grantee: IGrantable): void {
    Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [this.topic.topicArn] });
  }
}

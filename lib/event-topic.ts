import { AccountPrincipal, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SNS_SUBSCRIPTIONS_SQS_DECRYPTION_POLICY } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';

/** Properties of {@link EventTopic}. */
export interface EventTopicProps {
  /** Other AWS accounts that may subscribe. */
  readonly subscriberAccounts: readonly string[];
  /** @default - the key of SNS */
  readonly encryptionKey?: IKey | undefined;
}

/** The topic that events are published to. Subscriptions of partners refer to its ARN. */
export class EventTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: EventTopicProps) {
    super(scope, id);
    // A queue that subscribes may use the same key. With this flag CDK would name the topic in the policy of the key, which
    // cannot be deployed, because the topic needs the key. The policy of the queue names the topic in any case.
    if (props.encryptionKey) this.node.setContext(SNS_SUBSCRIPTIONS_SQS_DECRYPTION_POLICY, false);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Musement order items',
      // Messages hold voucher URLs, so they are encrypted. With the key of SNS, subscribers need no permission for it.
      masterKey: props.encryptionKey ?? Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
      enforceSSL: true,
      // HTTPS endpoints verify signatures: by default SNS makes them with SHA1.
      signatureVersion: '2',
    });
    if (props.subscriberAccounts.length > 0) {
      this.topic.addToResourcePolicy(
        new PolicyStatement({
          sid: 'AllowSubscribers',
          principals: props.subscriberAccounts.map((account) => new AccountPrincipal(account)),
          // CloudFormation reads the topic's attributes before it subscribes, and after that to see what it did:
          // https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-sns/tree/main/aws-sns-subscription
          // SNS decrypts what it delivers, so subscribers need no permission for the key.
          actions: ['sns:Subscribe', 'sns:GetTopicAttributes'],
          resources: [this.topic.topicArn],
        }),
      );
    }
  }

  /**
   * Grants publishing only. `grantPublish` of CDK would also grant the use of the key, which the key's policy already
   * allows to everyone in the account who may publish.
   */
  grantPublish(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [this.topic.topicArn] });
  }
}

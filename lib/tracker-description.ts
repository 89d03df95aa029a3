import { Stack } from 'aws-cdk-lib';
import type { Schedule } from 'aws-cdk-lib/aws-scheduler';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { parameterName, type TrackerParameter } from '../lambdas/contracts/tracker-parameter.ts';
import type { DeadLetterQueues } from './alarms/dead-letter-alarms.ts';
import type { OrderTracker } from './order-tracker.ts';
import type { ProviderAccess } from './provider-access.ts';
import type { FunctionName, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link TrackerDescription}. */
export interface TrackerDescriptionProps {
  readonly tracker: OrderTracker;
  /** Whether the tracker has alarms. */
  readonly alarms: boolean;
  readonly provider: ProviderAccess;
  readonly functions: Readonly<Record<FunctionName, TrackerFunction>>;
  readonly deadLetters: DeadLetterQueues;
  readonly reconcileSchedule: Schedule;
}

/** A parameter that describes a tracker, so that the command line finds it in any stack of the account and region. */
export class TrackerDescription extends StringParameter {
  constructor(scope: Construct, id: string, props: TrackerDescriptionProps) {
    const stack = Stack.of(scope);
    super(scope, id, {
      parameterName: parameterName(props.tracker.trackerName),
      simpleName: false,
      description: 'Describes an order tracker to its command line, order-tracker',
      // With the longest names it has more than 4 KB, and then costs $0.05 a month.
      tier: ParameterTier.INTELLIGENT_TIERING,
      stringValue: stack.toJsonString(contentOf(props, stack)),
    });
  }
}

const contentOf = (props: TrackerDescriptionProps, { stackName }: Stack): TrackerParameter => {
  const { tracker, alarms, provider, functions, deadLetters, reconcileSchedule } = props;
  const functionName = (name: FunctionName): string => functions[name].functionName;
  return {
    version: 1,
    trackerName: tracker.trackerName,
    stackName,
    webhookUrl: tracker.webhookUrl,
    ordersUrl: tracker.ordersUrl,
    topicArn: tracker.topic.topicArn,
    urgentTopicArn: tracker.urgentTopic?.topicArn,
    noticesTopicArn: tracker.noticesTopic?.topicArn,
    alarms,
    tableName: tracker.table.tableName,
    stateMachineArn: tracker.stateMachine.stateMachineArn,
    providerBaseUrl: provider.baseUrl,
    providerApplication: provider.application,
    providerSecretArn: provider.providerSecret.arn,
    webhookSecretArn: provider.webhookSecret.arn,
    functions: {
      'ingest-webhook': functionName('ingest-webhook'),
      'orders-api': functionName('orders-api'),
      'dispatch-changes': functionName('dispatch-changes'),
      'refresh-order': functionName('refresh-order'),
      'check-order': functionName('check-order'),
      'publish-events': functionName('publish-events'),
      reconcile: functionName('reconcile'),
    },
    deadLetterQueues: {
      RefreshDeadLetters: deadLetters.refresh.queueUrl,
      DispatchFailures: deadLetters.dispatch.queueUrl,
      PublicationFailures: deadLetters.publication.queueUrl,
      MissedRuns: deadLetters.missedRuns.queueUrl,
    },
    scheduleName: reconcileSchedule.scheduleName,
  };
};

import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { PERIOD } from '../tracker-metrics.ts';
import { type AlarmDefinition, type AlarmDefinitions, NO_DATA } from './alarm-definition.ts';

/** Queues that receive a message only when something failed. */
export interface DeadLetterQueues {
  readonly refresh: Queue;
  readonly dispatch: Queue;
  readonly publication: Queue;
  readonly missedRuns: Queue;
}

/** Alarms on dead-letter queues. Nothing is lost: the records that a message is about are still due for the reconciler. */
export const deadLetterAlarms = ({ refresh, dispatch, publication, missedRuns }: DeadLetterQueues) =>
  ({
    RefreshDeadLetters: alarmOn(
      refresh,
      'Checks of orders failed five times. The statuses of these orders are found by schedule only.',
    ),
    DispatchFailures: alarmOn(
      dispatch,
      'Changes could not be dispatched. Their orders wait for the reconciler.',
    ),
    PublicationFailures: alarmOn(
      publication,
      'New events could not be published at once. They wait for the reconciler.',
    ),
    MissedRuns: alarmOn(
      missedRuns,
      'The reconciler was not called. Whatever failed elsewhere waits for its next run.',
    ),
  }) as const satisfies AlarmDefinitions;

const alarmOn = (queue: Queue, impact: string): AlarmDefinition => ({
  severity: 'notice',
  metric: queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM }),
  threshold: 1,
  reason: 'A message arrives here only after several failed attempts.',
  missingData: NO_DATA.isFine,
  impact,
});

import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, inject, test } from 'vitest';
import { METRIC } from '../../../lambdas/contracts/metrics.ts';
import { toInstant } from '../../../lambdas/domain/time.ts';
import { clientConfiguration } from '../../../local/local-aws.ts';
import type { Sample } from '../../alarms/evaluate-alarm.ts';
import { counted, dimensionOf, emitted, emittedCases, stateOf } from '../alarm-fixture.ts';
import { useCommandLine } from '../command-line.ts';
import { emittedSamples } from '../emitted-metrics.ts';
import {
  failureQueueOf,
  functionNamed,
  reconcile,
  sourceQueueOf,
  throttle,
  withEnvironment,
  withRecordAge,
} from '../functions.ts';
import { NOWHERE } from '../nowhere.ts';
import { delivered, needsConfirmation, orderOf } from '../order-fixture.ts';
import { type DeployedQueue, queueNamed, sqsClient } from '../queues.ts';
import { eventually, expectConsistent, useStack } from '../stack-fixture.ts';
import { deployedTable, makeDue, storedRecord } from '../stored-records.ts';

const stack = useStack();
const cli = useCommandLine();
const { endpoint, outputs } = inject('localStack');
const configuration = clientConfiguration(endpoint);
const table = deployedTable();

const HOUR_IN_MILLISECONDS = 3_600_000;

/** An order whose check was due so long ago, and whose watch sleeps for 2.5 minutes. */
const overdueOrder = async (milliseconds: number, rescueCount = 0): Promise<string> => {
  const { orderUuid } = await orderOf(stack.simulator, needsConfirmation(86_400, delivered(0, 'PENDING')));
  const key = await storedRecord(orderUuid, 'ORDER');
  const due = toInstant(Date.now() - milliseconds);
  await table.update({ key, set: { nextCheckAt: due, dueAt: due, rescueCount } });
  return orderUuid;
};

/** What CloudWatch would show of a queue. */
const depthOf = async (queue: DeployedQueue): Promise<Sample[]> =>
  counted(
    'AWS/SQS',
    'ApproximateNumberOfMessagesVisible',
    { QueueName: queue.name },
    await queue.visibleMessages(),
  );

const untilFilled = async (queue: DeployedQueue): Promise<Sample[]> => {
  await eventually(async () => expect(await queue.visibleMessages()).toBeGreaterThan(0));
  return await depthOf(queue);
};

test('E3 events that the topic rejects are published later; PublishFailures fires if it happens again', async () => {
  const since = Date.now();
  let rejected: Sample[] = [];
  let orderUuid = '';
  const rejecting = { TOPIC_ARN: `${outputs.TopicArn}-${NOWHERE}` };
  // The reconciler publishes too, and its schedule may start it at any moment.
  await withEnvironment('Reconcile', rejecting, () =>
    withEnvironment('PublishEvents', rejecting, async () => {
      ({ orderUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] }));
      rejected = await emittedCases(METRIC.eventRejected, since);
      expect(stack.typesOf(orderUuid)).toEqual([]);
    }),
  );
  expect(await stateOf('PublishFailures', rejected, { periods: 1 })).toBe('OK');
  expect(await stateOf('PublishFailures', rejected, { periods: 2 })).toBe('ALARM');
  const restoredAt = Date.now();
  await eventually(async () => {
    await makeDue(orderUuid);
    await reconcile();
    expect(new Set(stack.typesOf(orderUuid))).toEqual(new Set(['order_item.ok', 'order.settled']));
  });
  const accepted = await emitted(METRIC.eventRejected, restoredAt);
  expect(await stateOf('PublishFailures', accepted, { periods: 2 })).toBe('OK');
});

test('OldestRescue fires for an order that has been due for an hour, not after the next run of the reconciler', async () => {
  const since = Date.now();
  /** Runs the reconciler until its log has a sample: on a busy machine, the emulator keeps late lines until the next run. */
  const agesSince = (time: number, atLeast: number): Promise<Sample[]> =>
    eventually(async () => {
      await reconcile();
      const ages = (await emittedSamples(time)).filter(({ name }) => name === METRIC.oldestRescue);
      expect(Math.max(...ages.map(({ value }) => value))).toBeGreaterThanOrEqual(atLeast);
      return ages;
    });
  await overdueOrder(HOUR_IN_MILLISECONDS);
  expect(await stateOf('OldestRescue', await agesSince(since, HOUR_IN_MILLISECONDS / 1000))).toBe('ALARM');
  expect(await stateOf('OldestRescue', await agesSince(Date.now(), 0))).toBe('OK');
});

test('E13 RecordsParked fires for an order that is rescued for the 20th time, not for the 19th', async () => {
  const since = Date.now();
  const orders = await Promise.all([overdueOrder(1000, 18), overdueOrder(1000, 19)]);
  await reconcile();
  const samples = await emittedCases(METRIC.recordParked, since);
  expect(samples.map(({ value }) => value)).toEqual([1]);
  expect(await stateOf('RecordsParked', samples)).toBe('ALARM');
  // Both orders are checked, and a finished check sets the count to zero.
  for (const orderUuid of orders) {
    await storedRecord(orderUuid, 'ORDER', ({ rescueCount = 0 }) => rescueCount === 0);
  }
});

test('Throttles fires for ten throttled calls of check-order in each of three periods, not for a burst of ten', async () => {
  const FunctionName = await functionNamed('CheckOrder');
  const throttled = async (): Promise<number> => {
    const { Datapoints = [] } = await new CloudWatchClient(configuration).send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/Lambda',
        MetricName: 'Throttles',
        Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
        StartTime: new Date(Date.now() - HOUR_IN_MILLISECONDS),
        EndTime: new Date(Date.now() + HOUR_IN_MILLISECONDS),
        Period: 3600,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
  };
  const before = await throttled();
  expect(await throttle('CheckOrder', 10)).toBe(10);
  const count = await eventually(async () => {
    const more = (await throttled()) - before;
    expect(more).toBeGreaterThanOrEqual(10);
    return more;
  });
  const samples = counted('AWS/Lambda', 'Throttles', { FunctionName }, count);
  expect(await stateOf('Throttles', samples, { periods: 3 })).toBe('ALARM');
  expect(await stateOf('Throttles', samples, { periods: 1 })).toBe('OK');
});

test('RefreshDeadLetters fires when a refresh message has failed five times', async () => {
  const refresh = await queueNamed(await sourceQueueOf('RefreshOrder'));
  const { deadLetterTargetArn } = JSON.parse(await refresh.attribute('RedrivePolicy'));
  const deadLetters = await queueNamed(String(deadLetterTargetArn).split(':').at(-1) ?? '');
  expect(await stateOf('RefreshDeadLetters', await depthOf(deadLetters))).toBe('OK');
  // A failed message is received again at once.
  await refresh.withAttribute('VisibilityTimeout', '0', async () => {
    await sqsClient().send(
      new SendMessageCommand({
        QueueUrl: refresh.url,
        MessageBody: '{"unreadable":true}',
        MessageGroupId: 'unreadable',
        MessageDeduplicationId: crypto.randomUUID(),
      }),
    );
    expect(await stateOf('RefreshDeadLetters', await untilFilled(deadLetters))).toBe('ALARM');
  });
  await deadLetters.purge();
});

test('E10 changes whose records reached the failure queues are processed by the reconciler; DispatchFailures and PublicationFailures fire', async () => {
  const dispatch = await queueNamed(await failureQueueOf('DispatchChanges'));
  const publication = await queueNamed(await failureQueueOf('PublishEvents'));
  expect(await stateOf('DispatchFailures', await depthOf(dispatch))).toBe('OK');
  expect(await stateOf('PublicationFailures', await depthOf(publication))).toBe('OK');

  /** Makes a consumer of the stream fail until its records are too old. */
  const whileFailing = (part: string, broken: Record<string, string>, work: () => Promise<void>) =>
    withEnvironment(part, broken, () => withRecordAge(part, 1, work));
  let orderUuid = '';
  await whileFailing('DispatchChanges', { REFRESH_QUEUE_URL: '' }, async () => {
    ({ orderUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] }));
    expect(await stateOf('DispatchFailures', await untilFilled(dispatch))).toBe('ALARM');
  });
  await whileFailing('PublishEvents', { TOPIC_ARN: '' }, async () => {
    await eventually(async () => {
      await makeDue(orderUuid);
      await reconcile();
      expect(await publication.visibleMessages()).toBeGreaterThan(0);
    });
    expect(await stateOf('PublicationFailures', await depthOf(publication))).toBe('ALARM');
  });
  await eventually(async () => {
    await makeDue(orderUuid);
    await reconcile();
    expect(stack.typesOf(orderUuid)).toEqual(['order_item.ok', 'order.settled']);
  });
  expectConsistent(stack.eventsOf(orderUuid));

  for (const queue of [dispatch, publication]) {
    const { Messages = [] } = await sqsClient().send(new ReceiveMessageCommand({ QueueUrl: queue.url }));
    // A message holds positions in the stream, and nothing of the order.
    expect(JSON.parse(Messages[0]?.Body ?? '{}')).toHaveProperty('DDBStreamBatchInfo.startSequenceNumber');
    expect(Messages[0]?.Body).not.toContain(orderUuid);
    await queue.purge();
  }
});

test('MissedRuns observes the queue to which the Scheduler sends runs that it could not start', async () => {
  const scheduler = new SchedulerClient(configuration);
  const { Schedules: [{ Name } = {}] = [] } = await scheduler.send(new ListSchedulesCommand({}));
  const { Target } = await scheduler.send(new GetScheduleCommand({ Name }));
  expect(Target?.DeadLetterConfig?.Arn?.split(':').at(-1)).toBe(await dimensionOf('MissedRuns'));
});

test('after all of that the stack is healthy', async () => {
  await eventually(async () => {
    const { findings } = (await cli.run('doctor', '--json')).json<{ findings: { verdict: string }[] }>();
    expect(findings.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
  });
});

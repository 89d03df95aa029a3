import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { orderPartition } from '../../lambdas/adapters/records.ts';
import type { Row } from '../../lambdas/adapters/table.ts';
import { METRIC, METRIC_UNIT, METRICS_DIMENSION, metricsNamespace } from '../../lambdas/contracts/metrics.ts';
import { EventQueue } from '../../local/event-queue.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { ALARM_NAMES, type AlarmName } from '../alarms/alarm-names.ts';
import { type AlarmDefinition, evaluateAlarm, type Sample, samplesOf } from '../alarms/evaluate-alarm.ts';
import { useCommandLine } from './command-line.ts';
import { emittedSamples, loggedLines, metricLines } from './emitted-metrics.ts';
import {
  failureQueueOf,
  functionNamed,
  reconcile,
  switchConsumer,
  throttle,
  withEnvironment,
  withRecordAge,
} from './functions.ts';
import { NOWHERE } from './nowhere.ts';
import { lost, needsConfirmation, orderOf, told } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';

const stack = useStack();
const cli = useCommandLine();
const { endpoint, outputs, webhookCredentials } = inject('localStack');
const configuration = clientConfiguration(endpoint);
const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(configuration));
const stepFunctions = new SFNClient(configuration);
const sqs = new SQSClient(configuration);

/** Longer than anything takes that is not held back, shorter than the reconciler's rhythm. */
const LAG_IN_MS = 1500;
const HOUR_IN_MS = 3_600_000;
const DAY_IN_MS = 24 * HOUR_IN_MS;
const ago = (milliseconds: number): string => new Date(Date.now() - milliseconds).toISOString();

/** The alarms as they are deployed, by name. */
const alarms = new Map<AlarmName, AlarmDefinition>();

beforeAll(async () => {
  const client = new CloudWatchClient(configuration);
  const { MetricAlarms = [] } = await client.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: 'OrderTracker-local-', MaxRecords: 100 }),
  );
  for (const alarm of MetricAlarms) {
    alarms.set(alarm.AlarmName?.replace('OrderTracker-local-', '') as AlarmName, alarm);
  }
});

const deployed = (name: AlarmName): AlarmDefinition => {
  const alarm = alarms.get(name);
  if (!alarm) throw new Error(`The alarm ${name} is not deployed.`);
  return alarm;
};

/** What AWS itself measures and the local AWS does not: a fault that was seen, as its documentation names it. */
const measured = (
  namespace: string,
  name: string,
  dimensions: Readonly<Record<string, string>>,
  ...values: number[]
): Sample[] => values.map((value) => ({ namespace, name, dimensions, at: Date.now(), value }));

/** Samples of a metric that the functions have emitted since then, once there are so many that are not 0. */
const emitted = (metric: string, since: number, atLeast = 1): Promise<Sample[]> =>
  eventually(async () => {
    const samples = (await emittedSamples(since)).filter(({ name }) => name === metric);
    expect(samples.filter(({ value }) => value > 0).length).toBeGreaterThanOrEqual(atLeast);
    return samples;
  });

/** Posts to the webhook's address. */
const post = (authorization: string, body: unknown): Promise<Response> =>
  fetch(outputs.WebhookUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: authorization },
    body: JSON.stringify(body),
  });

const musement = `Basic ${Buffer.from(`${webhookCredentials.username}:${webhookCredentials.password}`).toString('base64')}`;

/** A record of an order, once it is there and as the test needs it. */
const record = (
  orderUuid: string,
  prefix: string,
  isGood: (row: Row) => boolean = () => true,
): Promise<Row> =>
  eventually(async () => {
    const rows = await table.query(orderPartition(orderUuid), prefix, `${prefix}~`);
    const row = rows.find(isGood);
    if (!row) throw new Error(`There is no record ${prefix} yet.`);
    return row;
  });

/** An order that the provider does not know was tracked, and has been asked for once. */
const unknownOrder = async (): Promise<Row> => {
  const orderUuid = crypto.randomUUID();
  await stack.orders.track(orderUuid);
  return await record(orderUuid, 'TRACK#', (row) => Number(row['tries']) > 0);
};

const queueUrl = async (name: string): Promise<string> =>
  (await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl ?? '';

const messagesIn = async (url: string): Promise<number> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  return Number(Attributes['ApproximateNumberOfMessages']);
};

/** Name of the queue that is in the alarm's dimension, and must be what the fault fills. */
const queueIn = (name: AlarmName): string => deployed(name).Dimensions?.[0]?.Value ?? '';

/** How often the local AWS says that a function was throttled; on AWS the metric has the same name and dimension. */
const throttlesOf = async (part: string): Promise<number> => {
  const { Datapoints = [] } = await new CloudWatchClient(configuration).send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Lambda',
      MetricName: 'Throttles',
      Dimensions: [{ Name: 'FunctionName', Value: await functionNamed(part) }],
      StartTime: new Date(Date.now() - HOUR_IN_MS),
      EndTime: new Date(Date.now() + HOUR_IN_MS),
      Period: 3600,
      Statistics: ['Sum'],
    }),
  );
  return Datapoints.reduce((total, { Sum = 0 }) => total + Sum, 0);
};

/**
 * A consumer of the stream that fails until its records are too old: the platform itself puts them into the queue
 * that is named in the event source, which must be the one that the alarm looks at.
 */
const failConsumer = async (
  name: AlarmName,
  part: string,
  broken: Record<string, string>,
): Promise<Sample[]> => {
  const queue = await failureQueueOf(part);
  expect(queueIn(name)).toBe(queue);
  const url = await queueUrl(queue);
  let messages = 0;
  await withEnvironment(part, broken, async () => {
    await withRecordAge(part, 1, async () => {
      await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
      messages = await eventually(async () => {
        const count = await messagesIn(url);
        expect(count).toBeGreaterThan(0);
        return count;
      });
    });
  });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url }));
  // Positions in the stream, and nothing of the orders.
  expect(JSON.parse(Messages[0]?.Body ?? '{}')).toHaveProperty('DDBStreamBatchInfo.startSequenceNumber');
  await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
  return measured('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: queue }, messages);
};

/** A queue that the platform puts something into holds it until somebody looks. */
const fillDeadLetters = async (queue: string): Promise<Sample[]> => {
  const url = await queueUrl(queue);
  await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '{}' }));
  const messages = await messagesIn(url);
  await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
  return measured('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: queue }, messages);
};

interface Proof {
  /** Brings the fault about and tells what was measured. */
  readonly fault: () => Promise<Sample[]>;
  /** For how many of the alarm's periods the fault goes on, for a test cannot wait that long. @default 1 */
  readonly periods?: number;
}

/** How each alarm is made to fire. */
const PROOFS: Readonly<Record<AlarmName, Proof>> = {
  ApiErrors: {
    periods: 2,
    async fault() {
      const apiId = new URL(outputs.WebhookUrl).pathname.split('/')[3] ?? '';
      let status = 0;
      await withEnvironment('OrdersApi', { TABLE_NAME: NOWHERE }, async () => {
        await eventually(async () => {
          ({ status } = await stack.orders.track(crypto.randomUUID()));
          expect(status).toBe(500);
        });
      });
      return measured('AWS/ApiGateway', '5xx', { ApiId: apiId }, 1);
    },
  },
  WebhooksRefused: {
    async fault() {
      const since = Date.now();
      for (let request = 0; request < 10; request++) await post('Basic Z3Vlc3M6Z3Vlc3M=', {});
      return await emitted(METRIC.webhookUnauthorized, since, 10);
    },
  },
  QuarantineNotEmpty: {
    async fault() {
      const since = Date.now();
      expect((await post(musement, { order_uuid: 7 })).status).toBe(400);
      return await emitted(METRIC.webhookQuarantined, since);
    },
  },
  WebhooksSilent: { periods: 3, fault: async () => await finalsWithoutWebhook(3) },
  WebhookLoss: { fault: async () => await finalsWithoutWebhook(50) },
  ItemsOverdue: {
    async fault() {
      const since = Date.now();
      const order = await stack.simulator.createOrder({
        items: Array.from({ length: 5 }, () => needsConfirmation(2, lost(600, 'OK'))),
      });
      await stack.orders.track(order.uuid, { paidAt: new Date().toISOString() });
      return await emitted(METRIC.itemOverdue, since, 5);
    },
  },
  GivenUp: {
    async fault() {
      const since = Date.now();
      const hint = await unknownOrder();
      const longAgo = ago(8 * DAY_IN_MS);
      await table.update({
        key: hint,
        set: { tries: 9, firstUnknownAt: longAgo, nextTryAt: longAgo, dueAt: ago(1000) },
      });
      await reconcile();
      return await emitted(METRIC.givenUp, since);
    },
  },
  ProviderFailing: {
    periods: 3,
    async fault() {
      const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
      const since = Date.now();
      await stack.simulator.planFault({ fault: { kind: 'status', status: 503 }, times: 'always' });
      await stack.orders.track(orderUuid);
      const samples = await emitted(METRIC.providerTrouble, since, 2);
      await stack.simulator.clearFaults();
      return samples;
    },
  },
  LoginRefused: {
    async fault() {
      const since = Date.now();
      await stack.simulator.planFault({
        endpoint: 'login',
        fault: { kind: 'status', status: 401 },
        times: 'always',
      });
      await stack.simulator.expireTokens();
      // A refusal is remembered for a minute by the process that saw it; with other variables it is another one.
      let samples: Sample[] = [];
      await withEnvironment('RefreshOrder', { MARK: 'refused' }, async () => {
        const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
        await stack.orders.track(orderUuid);
        samples = await emitted(METRIC.loginRefused, since);
        await stack.simulator.clearFaults();
      });
      await withEnvironment('CheckItem', { MARK: 'refused' }, async () => {});
      return samples;
    },
  },
  DispatchLag: { fault: async () => await lag('DispatchChanges', 'WEBHOOK#') },
  PublicationLag: { fault: async () => await lag('PublishEvents', 'EVENT#') },
  PublishFailures: {
    periods: 2,
    async fault() {
      const since = Date.now();
      let samples: Sample[] = [];
      const TOPIC_ARN = `${outputs.TopicArn}-${NOWHERE}`;
      await withEnvironment('PublishEvents', { TOPIC_ARN }, async () => {
        const { orderUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
        samples = await emitted(METRIC.eventRefused, since);
        expect(stack.typesOf(orderUuid)).toEqual([]);
      });
      return samples;
    },
  },
  DeliveryFailures: {
    periods: 2,
    async fault() {
      const gone = await EventQueue.subscribe(endpoint, outputs.TopicArn);
      await gone.remove();
      const { orderUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
      await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.ok'));
      expect((await cli.run('doctor')).stdout).toMatch(/✗ subscribers: .* is not there/);
      await gone.unsubscribe();
      const TopicName = outputs.TopicArn.split(':').at(-1) ?? '';
      return measured('AWS/SNS', 'NumberOfNotificationsFailed', { TopicName }, 1);
    },
  },
  RefreshBacklog: {
    async fault() {
      const queue = queueIn('RefreshBacklog');
      await switchConsumer('RefreshOrder', false);
      const url = await queueUrl(queue);
      await stack.orders.track(crypto.randomUUID());
      await eventually(async () => expect(await messagesIn(url)).toBeGreaterThan(0));
      await switchConsumer('RefreshOrder', true);
      await eventually(async () => expect(await messagesIn(url)).toBe(0));
      // Nobody took it, and somebody did as soon as it was switched on: half an hour later it would be that old.
      return measured('AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: queue }, 1800);
    },
  },
  WatchesFailed: {
    async fault() {
      const { StateMachineArn } = outputs;
      await withEnvironment('CheckItem', { TABLE_NAME: NOWHERE }, async () => {
        const { executionArn } = await stepFunctions.send(
          new StartExecutionCommand({
            stateMachineArn: StateMachineArn,
            input: JSON.stringify(watchOf(crypto.randomUUID(), crypto.randomUUID())),
          }),
        );
        await eventually(async () => {
          const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
          expect(status).toBe('FAILED');
        });
      });
      return measured('AWS/States', 'ExecutionsFailed', { StateMachineArn }, 1);
    },
  },
  OldestRescue: {
    async fault() {
      const since = Date.now();
      await table.update({ key: await unknownOrder(), set: { dueAt: ago(HOUR_IN_MS) } });
      await reconcile();
      return await emitted(METRIC.oldestRescue, since);
    },
  },
  RecordsParked: {
    async fault() {
      const since = Date.now();
      await table.update({ key: await unknownOrder(), set: { claims: 19, tries: 5, dueAt: ago(1000) } });
      await reconcile();
      return await emitted(METRIC.recordParked, since);
    },
  },
  Throttles: {
    periods: 3,
    async fault() {
      const before = await throttlesOf('Reconcile');
      expect(await throttle('Reconcile', 10)).toBe(10);
      const throttled = await eventually(async () => {
        const count = (await throttlesOf('Reconcile')) - before;
        expect(count).toBeGreaterThanOrEqual(10);
        return count;
      });
      // AWS counts without dimensions too: of all functions together.
      return measured('AWS/Lambda', 'Throttles', {}, throttled);
    },
  },
  RefreshDeadLetters: {
    async fault() {
      const refresh = queueIn('RefreshBacklog');
      const url = await queueUrl(refresh);
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl: url,
          AttributeNames: ['RedrivePolicy', 'VisibilityTimeout'],
        }),
      );
      const { deadLetterTargetArn } = JSON.parse(Attributes['RedrivePolicy'] ?? '{}');
      const deadLetters = String(deadLetterTargetArn).split(':').at(-1) ?? '';
      const deadUrl = await queueUrl(deadLetters);
      const setVisibility = (VisibilityTimeout = '') =>
        sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { VisibilityTimeout } }));
      await setVisibility('0');
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: '{"contract":0}' }));
      const messages = await eventually(async () => {
        const count = await messagesIn(deadUrl);
        expect(count).toBeGreaterThan(0);
        return count;
      });
      await setVisibility(Attributes['VisibilityTimeout']);
      await sqs.send(new PurgeQueueCommand({ QueueUrl: deadUrl }));
      return measured('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: deadLetters }, messages);
    },
  },
  DispatchFailures: {
    fault: async () => await failConsumer('DispatchFailures', 'DispatchChanges', { REFRESH_QUEUE_URL: '' }),
  },
  PublicationFailures: {
    fault: async () => await failConsumer('PublicationFailures', 'PublishEvents', { TOPIC_ARN: '' }),
  },
  MissedRuns: {
    fault: async () => {
      // The local Scheduler puts nothing there; that it would put it there is in the schedule that is deployed.
      const scheduler = new SchedulerClient(configuration);
      const { Schedules: [{ Name } = {}] = [] } = await scheduler.send(new ListSchedulesCommand({}));
      const { Target } = await scheduler.send(new GetScheduleCommand({ Name }));
      expect(Target?.DeadLetterConfig?.Arn?.split(':').at(-1)).toBe(queueIn('MissedRuns'));
      return await fillDeadLetters(queueIn('MissedRuns'));
    },
  },
  Spend: {
    async fault() {
      const since = Date.now();
      const { orderUuid } = await orderOf(stack.simulator, needsConfirmation(5, lost(3, 'OK')));
      await stack.orders.track(orderUuid, { paidAt: new Date().toISOString() });
      await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.ok'));
      // The local AWS counts no runs that a workflow asks for. Each of them tells of itself, once.
      const checks = (await emitted(METRIC.watchChecks, since)).length;
      // So many such orders a day, and it is more than planned.
      const orders = Math.ceil((deployed('Spend').Threshold ?? 0) / checks);
      const FunctionName = await functionNamed('CheckItem');
      return measured('AWS/Lambda', 'Invocations', { FunctionName }, checks * orders);
    },
  },
  WatchesRestless: {
    async fault() {
      const since = Date.now();
      const { orderUuid, itemUuid } = await orderOf(
        stack.simulator,
        needsConfirmation(600, told(0, 'PENDING')),
      );
      await record(orderUuid, 'ITEM#');
      await stepFunctions.send(
        new StartExecutionCommand({
          stateMachineArn: outputs.StateMachineArn,
          input: JSON.stringify({ ...watchOf(orderUuid, itemUuid), checks: 120 }),
        }),
      );
      return await emitted(METRIC.watchChecks, since);
    },
  },
};

const watchOf = (orderUuid: string, itemUuid: string) => ({
  contract: 1,
  orderUuid,
  itemUuid,
  round: 1,
  attempt: 1,
  nextCheckAt: ago(1000),
  troubles: 0,
});

/** Final statuses that the schedule finds, none by webhook. */
async function finalsWithoutWebhook(count: number): Promise<Sample[]> {
  const since = Date.now();
  const order = await stack.simulator.createOrder({
    items: Array.from({ length: count }, () => needsConfirmation(12, lost(2, 'OK'))),
  });
  await stack.orders.track(order.uuid, { paidAt: new Date().toISOString() });
  return await emitted(METRIC.webhookMissing, since, count);
}

/** A consumer that is switched off leaves a change lying; five minutes later its age would be that. */
async function lag(part: string, follows: string): Promise<Sample[]> {
  await switchConsumer(part, false);
  let orderUuid = '';
  let seenAt = 0;
  try {
    ({ orderUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] }));
    await record(orderUuid, follows, (row) => row['dueAt'] !== undefined);
    seenAt = Date.now();
    await sleep(LAG_IN_MS);
  } finally {
    await switchConsumer(part, true);
  }
  // It has lain there as long as the consumer was off, and goes on as soon as it is on again.
  await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.ok'));
  const { publishedAt } = await record(orderUuid, 'EVENT#', (row) => row['publishedAt'] !== undefined);
  expect(Date.parse(`${publishedAt}`) - seenAt).toBeGreaterThanOrEqual(LAG_IN_MS);
  return measured('AWS/Lambda', 'IteratorAge', { FunctionName: await functionNamed(part) }, 300_000);
}

/** The same samples in each of the alarm's last periods. */
const goingOn = (alarm: AlarmDefinition, samples: readonly Sample[], periods: number): Sample[] => {
  const now = Date.now();
  return Array.from({ length: periods }, (_, index) =>
    samples.map((sample) => ({ ...sample, at: now - index * (alarm.Period ?? 60) * 1000 })),
  ).flat();
};

test('every alarm that is deployed has a proof, and none is missing', () => {
  expect([...alarms.keys()].sort()).toEqual([...ALARM_NAMES].sort());
  expect(Object.keys(PROOFS).sort()).toEqual([...ALARM_NAMES].sort());
});

test('no alarm fires while all is well', async () => {
  const since = Date.now();
  const { orderUuid } = await orderOf(stack.simulator, {
    timeline: [told(0, 'OK'), told(2, 'REFUND_STARTED'), told(4, 'REFUNDED')],
  });
  await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.refunded'));
  await reconcile();
  const samples = await eventually(async () => {
    const found = await emittedSamples(since);
    for (const name of [METRIC.itemRefunded, METRIC.oldestRescue, METRIC.webhookToPublish]) {
      expect(found.map((sample) => sample.name)).toContain(name);
    }
    return found;
  });
  for (const name of ALARM_NAMES) {
    expect(evaluateAlarm(deployed(name), samples, Date.now()), name).not.toBe('ALARM');
  }
});

describe('an alarm fires when its fault is there', () => {
  test.for(ALARM_NAMES)('%s', async (name) => {
    const alarm = deployed(name);
    const { fault, periods = 1 } = PROOFS[name];
    const samples = samplesOf(alarm, await fault());
    expect(samples.length, 'samples of the alarm’s own metric and dimensions').toBeGreaterThan(0);
    expect(evaluateAlarm(alarm, goingOn(alarm, samples, periods), Date.now())).toBe('ALARM');
  });
});

describe('what the functions emit', () => {
  test('is twenty metrics, with the names, units and dimensions of the contract', async () => {
    const lines = await metricLines();
    const described = lines.flatMap((line) => line._aws.CloudWatchMetrics);
    const units = Object.fromEntries(
      described.flatMap(({ Metrics }) => Metrics.map(({ Name, Unit }) => [Name, Unit])),
    );
    expect(units).toEqual(METRIC_UNIT);
    const sets = new Set(
      (await emittedSamples()).map(({ namespace, name, dimensions }) =>
        JSON.stringify([namespace, name, dimensions]),
      ),
    );
    expect(sets.size).toBe(20);
    for (const { Namespace, Dimensions } of described) {
      expect(Namespace).toBe(metricsNamespace('local'));
      expect(Dimensions).toEqual([Object.keys(METRICS_DIMENSION)]);
    }
  });

  test('says nothing of orders, items, products, vouchers or people', async () => {
    const allowed = new Set(['_aws', ...Object.keys(METRICS_DIMENSION), ...Object.values(METRIC)]);
    for (const line of await metricLines()) {
      expect(Object.keys(line).filter((property) => !allowed.has(property))).toEqual([]);
      const { _aws, service, ...values } = line;
      expect(service).toBe(METRICS_DIMENSION.service);
      for (const value of Object.values(values).flat()) expect(typeof value).toBe('number');
    }
  });
});

test('nothing that is logged holds a voucher, a header or a secret', async () => {
  const { orderUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
  const voucher = await eventually(() => {
    const data = stack
      .eventsOf(orderUuid)
      .flatMap(({ event }) => ('vouchers' in event.data ? [event.data] : []));
    return new URL(data[0]?.vouchers[0] ?? '');
  });
  const lines = await eventually(async () => {
    const logged = await loggedLines();
    // Orders are named, so that one can ask for everything about one.
    expect(logged.filter((line) => line.includes(orderUuid)).length).toBeGreaterThanOrEqual(3);
    return logged;
  });
  for (const secret of [voucher.host, webhookCredentials.password, musement, 'Bearer ', 'Basic ']) {
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  }
});

test('after all of that the stack is sound again', async () => {
  await eventually(async () => {
    const { findings } = (await cli.run('doctor', '--json')).json<{ findings: { verdict: string }[] }>();
    expect(findings.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
  });
});

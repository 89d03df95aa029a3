import { describe, expect, inject, test } from 'vitest';
import { METRIC } from '../../../lambdas/contracts/metrics.ts';
import { ALARM_NAMES } from '../../alarms/alarm-names.ts';
import { evaluateAlarm } from '../../alarms/evaluate-alarm.ts';
import { counted, deployedAlarms, emittedCases, repeated, stateOf } from '../alarm-fixture.ts';
import { emittedSamples } from '../emitted-metrics.ts';
import { reconcile, sourceQueueOf, switchConsumer, withEnvironment } from '../functions.ts';
import { NOWHERE } from '../nowhere.ts';
import { delivered, lost, needsConfirmation, orderOf } from '../order-fixture.ts';
import { queueNamed } from '../queues.ts';
import { eventually, useStack } from '../stack-fixture.ts';
import { recordsOf } from '../stored-records.ts';
import { postedWith } from '../webhooks.ts';

const stack = useStack();
const { outputs, webhookCredentials } = inject('localStack');

test('every alarm is deployed', async () => {
  expect([...(await deployedAlarms()).keys()].sort()).toEqual([...ALARM_NAMES].sort());
});

test('no alarm fires however long everything works', async () => {
  const since = Date.now();
  const order = await stack.simulator.createOrder({
    items: [
      { timeline: [delivered(0, 'OK')] },
      needsConfirmation(600, delivered(0, 'PENDING'), delivered(1, 'KO')),
    ],
  });
  await eventually(() => expect(stack.typesOf(order.uuid)).toContain('order.settled'));
  await reconcile();
  const samples = await eventually(async () => {
    const found = await emittedSamples(since);
    const names = found.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([METRIC.itemConfirmed, METRIC.oldestRescue, METRIC.webhookToPublish]),
    );
    return found;
  });
  for (const [name, alarm] of await deployedAlarms()) {
    const allPeriods = repeated(alarm, samples, alarm.EvaluationPeriods ?? 1);
    expect(evaluateAlarm(alarm, allPeriods, Date.now()), name).not.toBe('ALARM');
  }
});

describe('alarms on requests and webhooks', () => {
  test('I3 webhooks are answered with 500 while the table fails, are not half-written, and are accepted later; ApiErrors fires if it goes on', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const body = JSON.stringify(await stack.simulator.webhookBody(orderUuid, itemUuid));
    let errors = 0;
    await withEnvironment('IngestWebhook', { TABLE_NAME: NOWHERE }, async () => {
      await eventually(async () => expect(await postedWith(webhookCredentials, body)).toBe(500));
      errors += 1;
    });
    await withEnvironment('OrdersApi', { TABLE_NAME: NOWHERE }, async () => {
      const answer = await eventually(async () => {
        const response = await stack.orders.track(orderUuid);
        expect(response.status).toBe(500);
        return response;
      });
      expect(await answer.text()).not.toContain(NOWHERE);
      errors += 1;
    });
    expect(await recordsOf(orderUuid)).toEqual([]);
    await eventually(async () => expect(await postedWith(webhookCredentials, body)).toBe(200));
    await eventually(() => expect(stack.typesOf(orderUuid)).toEqual(['order_item.ok', 'order.settled']));

    const ApiId = new URL(outputs.WebhookUrl).pathname.split('/')[3] ?? '';
    const samples = counted('AWS/ApiGateway', '5xx', { ApiId }, errors);
    expect(await stateOf('ApiErrors', samples, { periods: 1 })).toBe('OK');
    expect(await stateOf('ApiErrors', samples, { periods: 2 })).toBe('ALARM');
  });

  test('WebhooksRejected fires for ten webhooks with a wrong password, not for three', async () => {
    const since = Date.now();
    const wrong = { ...webhookCredentials, password: 'guess' };
    for (let request = 0; request < 10; request++) expect(await postedWith(wrong, '{}')).toBe(401);
    const samples = await emittedCases(METRIC.webhookUnauthorized, since, 10);
    expect(await stateOf('WebhooksRejected', samples)).toBe('ALARM');
    expect(await stateOf('WebhooksRejected', samples.slice(0, 3))).toBe('OK');
  });

  test('I6 QuarantineNotEmpty fires for one malformed body, but not for one without credentials', async () => {
    const since = Date.now();
    const malformed = JSON.stringify({ order_uuid: 7 });
    expect(await postedWith({ ...webhookCredentials, password: 'guess' }, malformed)).toBe(401);
    await emittedCases(METRIC.webhookUnauthorized, since);
    expect((await emittedSamples(since)).map(({ name }) => name)).not.toContain(METRIC.webhookQuarantined);
    expect(await postedWith(webhookCredentials, malformed)).toBe(400);
    expect(await stateOf('QuarantineNotEmpty', await emittedCases(METRIC.webhookQuarantined, since))).toBe(
      'ALARM',
    );
  });
});

test('P7 48 webhooks of an order of 61 items cause one request; E9 alarms fire for the 13 that were lost, if they are too many', async () => {
  const since = Date.now();
  const refreshQueue = await queueNamed(await sourceQueueOf('RefreshOrder'));
  await switchConsumer('RefreshOrder', false);
  const order = await stack.simulator.createOrder({
    items: Array.from({ length: 61 }, () => ({ timeline: [lost(0, 'OK')] })),
  });
  try {
    for (const { uuid } of order.items.slice(0, 48)) {
      const body = JSON.stringify(await stack.simulator.webhookBody(order.uuid, uuid));
      expect(await postedWith(webhookCredentials, body)).toBe(200);
    }
    // The queue keeps the requests for as long as nothing receives them.
    await eventually(async () => expect(await refreshQueue.visibleMessages()).toBeGreaterThan(0));
  } finally {
    await switchConsumer('RefreshOrder', true);
  }
  await eventually(() => {
    const types = stack.typesOf(order.uuid);
    expect(types.filter((type) => type === 'order_item.ok')).toHaveLength(61);
    expect(types.filter((type) => type === 'order.settled')).toHaveLength(1);
  });
  await eventually(async () => expect(await refreshQueue.visibleMessages()).toBe(0));
  expect((await stack.simulator.order(order.uuid)).gets).toHaveLength(1);

  const samples = await emittedCases(METRIC.webhookMissing, since, 13);
  const arrived = samples.filter(({ value }) => value === 0);
  const missing = samples.filter(({ value }) => value === 1);
  expect([arrived.length, missing.length]).toEqual([48, 13]);
  // 13 of 61 are more than a fifth; 4 of 52 are not, as if 9 of them had never existed.
  expect(await stateOf('WebhookLoss', samples)).toBe('ALARM');
  expect(await stateOf('WebhookLoss', [...arrived, ...missing.slice(0, 4)])).toBe('OK');
  // 26 of 26 are enough to say that webhooks are silent; 13 of 13 are not, and 13 of 61 are too few.
  expect(await stateOf('WebhooksSilent', [...missing, ...missing])).toBe('ALARM');
  expect(await stateOf('WebhooksSilent', missing)).toBe('unchanged');
  expect(await stateOf('WebhooksSilent', samples)).toBe('OK');
  // Days on which no webhook arrived at all, against days on which some did.
  expect(await stateOf('NoWebhooks', missing, { periods: 2 })).toBe('ALARM');
  expect(await stateOf('NoWebhooks', missing, { periods: 1 })).toBe('OK');
  expect(await stateOf('NoWebhooks', samples, { periods: 2 })).toBe('OK');
});

import { expect, test } from 'vitest';
import { METRIC } from '../../lambdas/contracts/metrics.ts';
import { at, DAY, HOUR, ITEM, MINUTE, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { TestTracker } from '../platform/test-tracker.ts';
import { pending, RECONCILED, SELDOM_RECONCILED, tracked } from '../use-cases/tracked-order.ts';

/** How many checks counted as ones of an order without an answer. */
const failuresOf = (tracker: TestTracker): number => tracker.counts.get(METRIC.providerFailure) ?? 0;

test('a failed check that the next one makes good is not counted', async () => {
  const tracker = await tracked(seen('PENDING'));
  tracker.fail();
  await tracker.webhook('PENDING', '2');
  await tracker.run(20);
  tracker.show(seen('PENDING'));
  await tracker.run(40 * MINUTE);
  expect(tracker.gets).toHaveLength(4);
  expect(failuresOf(tracker)).toBe(0);
});

test('checks of an order count from the fifth minute without an answer on', async () => {
  const tracker = await tracked(seen('PENDING'));
  tracker.fail();
  await tracker.webhook('PENDING', '2');
  // Checked after 0, 0.5, 1.5, 3.5, 7.5 and 15.5 minutes.
  await tracker.run(5 * MINUTE);
  expect(failuresOf(tracker)).toBe(0);
  await tracker.run(15 * MINUTE);
  expect(failuresOf(tracker)).toBe(2);
});

test('an answer that lacks an item counts likewise', async () => {
  const tracker = new TestTracker();
  tracker.show(seen('PENDING'), seen('PENDING', { itemUuid: OTHER_ITEM }));
  await tracker.track({ paidAt: at(0) });
  await tracker.run(5);
  tracker.show(seen('PENDING', { itemUuid: ITEM }));
  await tracker.webhook('PENDING', '2');
  // Checked after 0, 1, 6 and 21 minutes.
  await tracker.run(5 * MINUTE);
  expect(failuresOf(tracker)).toBe(0);
  await tracker.run(2 * MINUTE);
  expect(failuresOf(tracker)).toBe(1);
});

test('an order that the provider does not know is an answer', async () => {
  const tracker = new TestTracker();
  await tracker.track({ paidAt: at(0) });
  await tracker.run(60 * MINUTE);
  expect(tracker.gets.length).toBeGreaterThan(4);
  expect(failuresOf(tracker)).toBe(0);
});

test('an order that is given up by a postponed check counts like any other', async () => {
  const tracker = await tracked(pending('P2D'));
  await tracker.webhook('OK', '2');
  await tracker.run(2);
  tracker.provider = () => ({ kind: 'paused', cause: 'login_rejected', retryAfterInSeconds: 60 });
  await tracker.run(182 * DAY, SELDOM_RECONCILED);
  expect(tracker.types).toEqual(['order_item.tracking_ended']);
  expect(tracker.rows('WEBHOOK#')).toMatchObject([{ outcome: 'given_up' }]);
  expect(tracker.counts.get(METRIC.givenUp)).toBe(2);
  expect(tracker.logs).toContainEqual(
    expect.objectContaining({
      message: 'Webhook or track request resolved',
      fields: expect.objectContaining({ outcome: 'given_up' }),
    }),
  );
  expect(failuresOf(tracker)).toBe(0);
});

test('the time until a status is published counts from the first arrival of its webhook', async () => {
  const tracker = await tracked(pending('P2D'));
  await tracker.webhook('OK', '2');
  await tracker.run(2 * MINUTE, RECONCILED);
  await tracker.webhook('OK', '2');
  await tracker.run(2);
  tracker.show(seen('OK'));
  await tracker.run(HOUR, RECONCILED);
  const [seconds] = tracker.measured.get(METRIC.webhookToPublish) ?? [];
  expect(seconds).toBeGreaterThan(2 * MINUTE);
});

import { expect, test } from 'vitest';
import { secondsBetween } from '../../lambdas/domain/time.ts';
import { answer, DAY, FAILURE, HOUR, MINUTE, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import type { TestTracker } from '../platform/test-tracker.ts';
import { count, RECONCILED, SELDOM_RECONCILED, tracked } from './tracked-order.ts';

const OK = seen('OK');
const PENDING = seen('PENDING');
const OTHER_VOUCHER = seen('OK', { vouchers: ['https://vouchers.example.com/2.pdf'] });
const other = (status: string) => seen(status, { itemUuid: OTHER_ITEM });

/** From now on the provider gives these answers in turn, as two replicas that stay different would. */
const answerInTurn = (tracker: TestTracker, ...answers: ReturnType<TestTracker['provider']>[]): void => {
  let turn = 0;
  tracker.provider = () => answers[turn++ % answers.length] ?? FAILURE;
};

/** The first follow-up finds the contradiction. After that: 5 listed checks, and daily ones. */
const CHECKS_IN_30_DAYS = 2 * (1 + 5 + 30);

test.for<[string, ReturnType<TestTracker['provider']>[]]>([
  ['an old status and another voucher', [answer(PENDING, other('OK')), answer(OTHER_VOUCHER, other('OK'))]],
  ['old statuses of two items', [answer(PENDING, other('OK')), answer(OK, other('PENDING'))]],
  ['an old status, and another item left out', [answer(PENDING, other('OK')), answer(OK)]],
  [
    'an old status, a failure, and another voucher',
    [answer(PENDING, other('OK')), FAILURE, answer(OTHER_VOUCHER, other('OK'))],
  ],
])('answers that show %s in turn cause few checks and no event', async ([, answers]) => {
  const tracker = await tracked(OK, other('OK'));
  const published = tracker.types.length;
  answerInTurn(tracker, ...answers);
  await tracker.run(30 * DAY, SELDOM_RECONCILED);
  expect(tracker.types.slice(published)).toEqual([]);
  expect(tracker.gets.length).toBeGreaterThan(10);
  expect(tracker.gets.length).toBeLessThan(CHECKS_IN_30_DAYS);
});

test('after contradicting answers a new status is applied when it is seen for the second time', async () => {
  const tracker = await tracked(OK, other('OK'));
  answerInTurn(tracker, answer(PENDING, other('OK')), answer(OTHER_VOUCHER, other('OK')));
  await tracker.run(3 * DAY, RECONCILED);
  tracker.show(seen('REFUNDED'), other('OK'));
  await tracker.webhook('REFUNDED', '9');
  await tracker.run(3 * MINUTE, RECONCILED);
  expect(count(tracker, 'order_item.refunded')).toBe(1);
  // The answers agree: the next difference is confirmed after a minute again.
  tracker.show(seen('REFUNDED'), other('REFUNDED'));
  await tracker.run(30 * DAY, RECONCILED);
  const [first, second] = tracker.published.filter(({ type }) => type === 'order_item.refunded');
  expect(first && second && secondsBetween(first.time, second.time)).toBeLessThan(1.1 * DAY);
  const [secondSight, firstSight] = tracker.gets
    .filter((sentAt) => second && sentAt <= second.time)
    .toReversed();
  expect(secondsBetween(firstSight ?? '', secondSight ?? '')).toBe(60);
});

test('E1 voucher URLs that differ in every answer cause an event for every second check at most', async () => {
  const tracker = await tracked(OK, other('PENDING'));
  let signature = 0;
  tracker.provider = () =>
    answer(
      seen('OK', { vouchers: [`https://vouchers.example.com/1.pdf?signature=${signature++}`] }),
      other('PENDING'),
    );
  await tracker.run(2 * DAY - HOUR, RECONCILED);
  expect(tracker.gets.length).toBeLessThan(2 * 24);
  expect(count(tracker, 'order_item.vouchers_available')).toBeLessThanOrEqual(24);
});

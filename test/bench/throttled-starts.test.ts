import { expect, test } from 'vitest';
import { itemsOf, STANDARD } from '../../bench/model/scenario.ts';
import { confirmedInTime, followUnderQuota } from '../../bench/model/throttled-starts.ts';

const ITEMS = confirmedInTime(itemsOf(STANDARD, 100, 'throttled starts'), STANDARD.maxConfirmationTime);
const OPTIONS = {
  ordersPerSecond: 50,
  maxConfirmationTime: STANDARD.maxConfirmationTime,
  reconcileEveryInSeconds: 300,
};

test('every final event is published once, although most starts are throttled', async () => {
  const result = await followUnderQuota(ITEMS, { ...OPTIONS, quota: { burst: 5, perSecond: 1 } });

  expect(result).toMatchObject({ published: ITEMS.length, repeated: 0 });
  expect(result.throttled).toBeGreaterThan(result.starts / 2);
  expect(result.starts - result.throttled).toBeGreaterThanOrEqual(ITEMS.length);
  expect(result.givenUp).toBeGreaterThan(0);
});

test('no start is throttled without a quota', async () => {
  const result = await followUnderQuota(ITEMS, OPTIONS);

  expect(result).toMatchObject({
    starts: ITEMS.length,
    throttled: 0,
    givenUp: 0,
    published: ITEMS.length,
    repeated: 0,
  });
});

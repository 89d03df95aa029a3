import { beforeEach, describe, expect, test } from 'vitest';
import { equal, type Put, type Update } from '../../lambdas/adapters/table.ts';
import {
  answer,
  at,
  DAY,
  FAILURE,
  HOUR,
  ITEM,
  itemUuids,
  OTHER_ITEM,
  SETTINGS,
  seen,
} from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

const RESCUE = expect.stringMatching(/^RESCUE#/);
const ok = answer(seen('OK'));
const pending = answer(seen('PENDING'));

/** Epoch seconds a number of days after an instant. */
const daysAfter = (instant: unknown, days: number): number =>
  Math.floor(Date.parse(`${instant}`) / 1000) + days * DAY;

const sortKeysOf = (writes: readonly (Put | Update)[]): string[] =>
  writes.map((write) => ('put' in write ? write.put.sk : write.key.sk));

let orders: OrderTable;

beforeEach(() => {
  orders = new OrderTable();
});

describe('a check is written only if nothing was written since the order was read', () => {
  test.for([
    ['answer', 'an answer', ok, pending],
    ['failure', 'an answer', FAILURE, pending],
    ['answer', 'a failure', ok, FAILURE],
  ] as const)('O5 a slow %s loses to %s', async ([, , slow, fast]) => {
    await orders.check(0, pending);
    const read = await orders.read();
    await orders.check(20, fast);
    const before = orders.table.rows();
    expect(await orders.commit(read, 10, slow)).toBe(false);
    expect(orders.table.rows()).toEqual(before);
  });

  test('O5 one of two first checks of an order wins', async () => {
    const read = [await orders.read(), await orders.read()] as const;
    expect(await orders.commit(read[0], 0, pending)).toBe(true);
    expect(await orders.commit(read[1], 1, ok)).toBe(false);
    expect(orders.order).toMatchObject({ rev: 1 });
    expect(orders.records('ITEM#')).toMatchObject([{ status: 'PENDING' }]);
  });

  test('an item that was read before it changed loses, although the order was read after that', async () => {
    await orders.check(0, pending);
    const { items } = await orders.read();
    await orders.check(10, ok);
    const before = orders.table.rows();
    const torn = { ...(await orders.read()), items };
    const titled = answer(seen('PENDING', { product: { title: 'Another title' } }));
    expect(await orders.commit(torn, 20, titled)).toBe(false);
    expect(orders.table.rows()).toEqual(before);
  });

  test('E6 a claim of the reconciler meanwhile does not make it lose, and is over with it', async () => {
    await orders.check(0, pending);
    const read = await orders.read();
    await orders.claimDue(at(7 * DAY));
    expect(orders.order).toMatchObject({ rescueCount: 1 });
    expect(await orders.commit(read, 7 * DAY, pending)).toBe(true);
    expect(orders.order).not.toHaveProperty('rescueCount');
    expect(`${orders.order['dueAt']}` > at(7 * DAY)).toBe(true);
  });
});

describe('a hint that a check has read', () => {
  const hint = () => orders.records('WEBHOOK#')[0];

  beforeEach(async () => {
    await orders.check(0, pending);
    await orders.webhook('OK', '7', 10);
  });

  test.for([
    ['an answer', pending],
    ['a failure', FAILURE],
  ] as const)('is not due any more after %s', async ([, given]) => {
    await orders.claimDue(at(70));
    expect(hint()).toMatchObject({ due: RESCUE, dueAt: expect.anything(), rescueCount: 1 });
    await orders.check(100, given);
    for (const name of ['due', 'dueAt', 'rescueCount']) expect(hint()).not.toHaveProperty(name);
    expect((await orders.read()).hints).toMatchObject([{ isFresh: false, requestedAt: at(10) }]);
  });

  test.for([
    ['satisfies it', ok],
    ['is a failure', FAILURE],
  ] as const)('I4 stays fresh if the webhook came again before an answer that %s', async ([, given]) => {
    const read = await orders.read();
    await orders.webhook('OK', '7', 71);
    const before = orders.table.rows();
    expect(await orders.commit(read, 20, given)).toBe(false);
    expect(orders.table.rows()).toEqual(before);
    expect(hint()).toMatchObject({ requestedAt: at(71), dueAt: at(131), deliveries: 2 });
  });

  test.for([
    ['I4 if the webhook came again within a minute', () => orders.webhook('OK', '7', 15)],
    ['E6 if the reconciler claimed it', () => orders.claimDue(at(70))],
  ] as const)('does not make the check lose %s', async ([, happens]) => {
    const read = await orders.read();
    await happens();
    expect(await orders.commit(read, 20, ok)).toBe(true);
    expect(hint()).toMatchObject({ outcome: 'satisfied', outcomeAt: at(20) });
    expect(hint()).not.toHaveProperty('dueAt');
  });

  test('is not written again once it is resolved', async () => {
    await orders.check(20, ok);
    const resolved = hint();
    await orders.check(DAY, ok);
    expect(hint()).toEqual(resolved);
  });
});

test.for([
  ['an answer', pending, { [ITEM]: 'PENDING' }],
  ['a failure', FAILURE, 'http_503'],
] as const)(
  'after %s comes a record of why the order was checked and what it showed',
  async ([, given, showed]) => {
    await orders.webhook('OK', '7', 0);
    await orders.check(10, given);
    expect(orders.table.transactions).toHaveLength(1);
    const sk = `CHECK#${at(10)}#1`;
    const content = { sk, at: at(10), reason: 'webhook', tookInMilliseconds: 1000, showed };
    expect(orders.records('CHECK#')).toEqual([expect.objectContaining(content)]);
  },
);

test('a check that changes nothing but the order needs no transaction', async () => {
  for (const seconds of [0, 600]) await orders.check(seconds, pending);
  expect(orders.table.transactions).toHaveLength(1);
  expect(orders.order).toMatchObject({ rev: 2, checkedAt: at(600) });
});

test('a check does not write an item again that has not changed', async () => {
  const other = seen('PENDING', { itemUuid: OTHER_ITEM });
  await orders.check(0, answer(seen('PENDING'), other));
  await orders.check(600, answer(seen('OK'), other));
  const written = sortKeysOf(orders.table.transactions[1] ?? []).filter((sk) => sk.startsWith('ITEM#'));
  expect(written).toEqual([`ITEM#${ITEM}`]);
});

describe('P7 an order that one transaction cannot hold is written in parts', () => {
  const uuids = itemUuids(120);
  const many = (status: string) => answer(...uuids.map((itemUuid) => seen(status, { itemUuid })));

  /** Checks the order, and lets the function die after the first transaction. */
  const checkInPart = async (seconds: number, given = many('OK')): Promise<void> => {
    const start = orders.table.transactions.length;
    orders.table.onTransaction = (index) => {
      if (index > start) throw new Error('The function died.');
    };
    await expect(orders.check(seconds, given)).rejects.toThrow('died');
  };

  test('of 100 actions at most, each of which checks and raises rev, in the order of the design', async () => {
    await orders.check(0, many('PENDING'));
    const { rev } = orders.order;
    const start = orders.table.transactions.length;
    await orders.webhook('OK', '7', 590);
    await orders.check(600, many('OK'));
    const parts = orders.table.transactions.slice(start);
    expect(orders.order).toMatchObject({ rev: Number(rev) + parts.length });
    const conditions = parts.map((_, index) => equal('rev', Number(rev) + index));
    expect(parts.map(([order]) => order?.condition)).toEqual(conditions);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThanOrEqual(100);
    // Each item is followed by its event, in the same part; then come the hints, then what belongs to the order itself.
    expect(parts.flatMap((part) => sortKeysOf(part.slice(1)))).toEqual([
      ...uuids.flatMap((uuid) => [`ITEM#${uuid}`, `EVENT#${uuid}#00000002`]),
      `WEBHOOK#${ITEM}#00000000000000000007#OK`,
      'EVENT#order#00000001',
    ]);
    for (const part of parts) expect(sortKeysOf(part)[1]).not.toMatch(/^EVENT#[^o]/);
  });

  test('of 3 MB at most', async () => {
    const vouchers = Array.from({ length: 60 }, (_, n) => `https://v.example/${n}${'x'.repeat(1900)}`);
    await orders.check(0, many('PENDING'));
    await orders.check(600, answer(...uuids.map((itemUuid) => seen('OK', { itemUuid, vouchers }))));
    const parts = orders.table.transactions.slice(2);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(3.1 * 1024 * 1024);
    expect(orders.records('ITEM#').every(({ status }) => status === 'OK')).toBe(true);
  });

  test('a write between two parts stops the rest', async () => {
    const read = await orders.read();
    orders.table.onTransaction = (index) => {
      if (index === 1) orders.table.updateNow({ key: { pk: orders.order.pk, sk: 'ORDER' }, add: { rev: 1 } });
    };
    expect(await orders.commit(read, 10, many('OK'))).toBe(false);
    expect(orders.records('ITEM#').length).toBeLessThan(120);
    expect(orders.records('CHECK#')).toEqual([]);
  });

  test.for([
    ['before its first check', undefined, 0, 0],
    ['whose next check is later', 'PENDING', 60, 60],
    ['whose next check is overdue', 'PENDING', 10 * DAY, undefined],
    ['that a follow-up checks', 'KO', DAY, DAY],
  ] as const)('a crash between two parts leaves an order %s due', async ([, status, seconds, nextCheck]) => {
    if (status) await orders.check(0, many(status));
    const { rev = 0, generation = 0, nextCheckAt } = status ? orders.order : ({} as Record<string, unknown>);
    await checkInPart(seconds);
    expect(orders.order).toMatchObject({
      rev: Number(rev) + 1,
      generation,
      nextCheckAt: nextCheck === undefined ? nextCheckAt : at(nextCheck),
      rescueCount: 1,
      due: RESCUE,
      dueAt: at(seconds + SETTINGS.rescueMarginInSeconds),
    });
  });

  test('a crash between two parts keeps what a rescue has counted', async () => {
    await orders.check(0, many('PENDING'));
    for (const day of [3, 4, 5]) await orders.claimDue(at(day * DAY));
    await checkInPart(6 * DAY);
    expect(orders.order).toMatchObject({ rescueCount: 3 });
  });

  test('only the last part says what the answer means for the order', async () => {
    await checkInPart(0);
    expect(orders.order).toMatchObject({ readable: false, settled: false, settledCount: 0 });
    for (const name of ['status', 'identifier', 'checkedAt', 'clock']) {
      expect(orders.order).not.toHaveProperty(name);
    }
  });

  test('E17 a part that stores only final statuses leaves settled as it is', async () => {
    await orders.check(0, many('OK'));
    await orders.check(600, many('REFUNDED'));
    await checkInPart(700, many('REFUNDED'));
    expect(orders.records('ITEM#').some(({ status }) => status === 'REFUNDED')).toBe(true);
    expect(orders.order).toMatchObject({ settled: true, settledCount: 1 });
  });
});

describe('the due time of an order', () => {
  test('E6 is a margin after the next check while a watch is its clock', async () => {
    await orders.check(0, pending);
    const { nextCheckAt, clock, due, dueAt } = orders.order;
    expect({ clock, due }).toEqual({ clock: 'watch', due: RESCUE });
    expect(Date.parse(`${dueAt}`) - Date.parse(`${nextCheckAt}`)).toBe(60_000);
  });

  test('is its next check while the reconciler is its clock', async () => {
    const item = seen('PENDING', { product: { maxConfirmationTime: 'PT30M' } });
    for (const seconds of [0, HOUR]) await orders.check(seconds, answer(item));
    const next = at(HOUR + DAY);
    expect(orders.order).toMatchObject({ clock: 'reconciler', due: RESCUE, nextCheckAt: next, dueAt: next });
  });

  test('E11 of a follow-up is in a lane of its own', async () => {
    await orders.check(0, ok);
    const due = expect.stringMatching(/^FOLLOW_UP#/);
    expect(orders.order).toMatchObject({ clock: 'reconciler', due, dueAt: at(DAY) });
  });

  test('is absent when nothing is left to check, and the record lives for 400 days after the check', async () => {
    orders = new OrderTable({ followUps: false });
    await orders.check(0, pending);
    await orders.check(60, ok);
    for (const name of ['nextCheckAt', 'clock', 'due', 'dueAt']) {
      expect(orders.order).not.toHaveProperty(name);
    }
    expect(orders.order).toMatchObject({ expiresAt: daysAfter(at(60), 400) });
  });
});

describe('the time to live', () => {
  const slow = seen('PENDING', { product: { maxConfirmationTime: 'P364D' } });

  test('of the order and of what a check writes of it is 400 days after the next check', async () => {
    await orders.check(0, answer(slow));
    const expiresAt = daysAfter(orders.order['nextCheckAt'], 400);
    expect(expiresAt).toBeGreaterThan(daysAfter(at(0), 400));
    for (const prefix of ['ORDER', 'ITEM#', 'EVENT#'])
      expect(orders.records(prefix)).toMatchObject([{ expiresAt }]);
  });

  test('of an unresolved hint is 400 days, of a resolved one and of a check 90', async () => {
    await orders.webhook('OK', '7', 0);
    for (const [seconds, given] of [
      [60, FAILURE],
      [120, pending],
    ] as const) {
      await orders.check(seconds, given);
      expect(orders.records('WEBHOOK#')).toMatchObject([{ expiresAt: daysAfter(at(seconds), 400) }]);
    }
    await orders.check(180, ok);
    expect(orders.records('WEBHOOK#')).toMatchObject([{ expiresAt: daysAfter(at(180), 90) }]);
    for (const check of orders.records('CHECK#')) {
      expect(check).toMatchObject({ expiresAt: daysAfter(check['at'], 90) });
    }
  });

  test('of an item that does not change is renewed before it ends, also by a check that failed', async () => {
    const final = seen('OK', { itemUuid: OTHER_ITEM });
    await orders.check(0, answer(slow, final));
    const other = () => orders.records(`ITEM#${OTHER_ITEM}`)[0];
    const first = other();
    // The item is written again once it would not outlive the next check by 200 days.
    await orders.check(100 * DAY, answer(slow, final));
    expect(other()).toEqual(first);
    await orders.check(250 * DAY, FAILURE);
    expect(other()).toEqual({ ...first, expiresAt: daysAfter(orders.order['nextCheckAt'], 400) });
    expect(Number(other()?.['expiresAt'])).toBe(orders.order['expiresAt']);
  });
});

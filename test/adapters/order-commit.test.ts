import { beforeEach, describe, expect, test } from 'vitest';
import { trackKey } from '../../lambdas/adapters/records.ts';
import type { Put, Update } from '../../lambdas/adapters/table.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { at, FAILURE, ITEM, ORDER, OTHER_ITEM, SETTINGS, seen, UNKNOWN } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

const DAY = 86_400;

/** Epoch seconds so many days after an instant. */
const daysAfter = (instant: unknown, days: number): number =>
  Math.floor(Date.parse(`${instant}`) / 1000) + days * DAY;

let orders: OrderTable;

beforeEach(() => {
  orders = new OrderTable();
});

describe('a check is written only if nothing was written since the order was read', () => {
  beforeEach(() => orders.check(0, answer(seen('PENDING'))));

  test.for([
    ['changes an item', answer(seen('OK'))],
    ['changes nothing', answer(seen('PENDING'))],
    ['says that the order is unknown', UNKNOWN],
    ['is a failure', FAILURE],
  ] as const)('O5 a slow answer that %s loses to a faster check', async ([, answer]) => {
    const slow = await orders.read();
    await orders.check(20, answer(seen('PENDING')));
    const before = orders.table.rows();
    expect(await orders.commit(slow, 10, answer)).toBe(false);
    expect(orders.table.rows()).toEqual(before);
  });

  test('O5 a slow answer loses to a check that failed', async () => {
    const slow = await orders.read();
    await orders.check(20, FAILURE);
    const before = orders.table.rows();
    expect(await orders.commit(slow, 10, answer(seen('OK')))).toBe(false);
    expect(orders.table.rows()).toEqual(before);
  });

  test('O5 one of two first checks of an order wins', async () => {
    const other = new OrderTable();
    const read = [await other.read(), await other.read()] as const;
    expect(await other.commit(read[0], 0, answer(seen('PENDING')))).toBe(true);
    expect(await other.commit(read[1], 1, answer(seen('OK')))).toBe(false);
    expect(other.order).toMatchObject({ rev: 1 });
    expect(other.records('ITEM#')).toMatchObject([{ status: 'PENDING' }]);
  });

  test('every check raises rev, a failed one too', async () => {
    expect(orders.order).toMatchObject({ rev: 1 });
    await orders.check(100, FAILURE);
    expect(orders.order).toMatchObject({ rev: 2 });
    await orders.check(200, answer(seen('PENDING')));
    expect(orders.order).toMatchObject({ rev: 3 });
  });

  test('E6 a claim of the reconciler meanwhile does not make it lose, and is over with it', async () => {
    const read = await orders.read();
    const late = 7 * DAY;
    expect(await orders.claimDue(at(late))).not.toEqual([]);
    expect(orders.order).toMatchObject({ rescueCount: 1 });
    expect(await orders.commit(read, late, answer(seen('PENDING')))).toBe(true);
    expect(orders.order).not.toHaveProperty('rescueCount');
    expect(`${orders.order['dueAt']}` > at(late)).toBe(true);
  });
});

describe('a hint that a check has read', () => {
  const hint = () => orders.records('WEBHOOK#')[0];

  beforeEach(async () => {
    await orders.check(0, answer(seen('PENDING')));
    await orders.webhook('OK', '7', 10);
  });

  test.for([
    ['satisfies it', answer(seen('OK'))],
    ['does not resolve it', answer(seen('PENDING'))],
    ['says that the order is unknown', UNKNOWN],
    ['is a failure', FAILURE],
  ] as const)('is not due any more after an answer that %s', async ([, answer]) => {
    await orders.claimDue(at(70));
    expect(hint()).toMatchObject({ due: expect.anything(), dueAt: expect.anything(), rescueCount: 1 });
    await orders.check(100, answer);
    for (const name of ['due', 'dueAt', 'rescueCount']) expect(hint()).not.toHaveProperty(name);
    expect((await orders.read()).hints).toMatchObject([{ isFresh: false, requestedAt: at(10) }]);
  });

  test('gets its outcome with the status that satisfies it, in one transaction', async () => {
    await orders.check(20, answer(seen('OK')));
    expect(hint()).toMatchObject({ outcome: 'satisfied', outcomeAt: at(20) });
    expect(orders.table.transactions).toHaveLength(2);
  });

  test('O7 remembers when the first answer came that did not resolve it', async () => {
    await orders.check(20, FAILURE);
    expect(hint()).not.toHaveProperty('firstAnswerAt');
    await orders.check(60, answer(seen('PENDING')));
    await orders.check(90, answer(seen('PENDING')));
    expect(hint()).toMatchObject({ firstAnswerAt: at(60) });
    expect(hint()).not.toHaveProperty('outcome');
  });

  test.for([
    ['satisfies it', answer(seen('OK'))],
    ['is a failure', FAILURE],
  ] as const)(
    'I4 stays fresh if the webhook came again meanwhile: the answer that %s is not written',
    async ([, answer]) => {
      const read = await orders.read();
      await orders.webhook('OK', '7', 71);
      const before = orders.table.rows();
      expect(await orders.commit(read, 20, answer)).toBe(false);
      expect(orders.table.rows()).toEqual(before);
      expect(hint()).toMatchObject({ requestedAt: at(71), dueAt: at(131), deliveries: 2 });
      expect(hint()).not.toHaveProperty('outcome');
    },
  );

  test('I4 does not make the check lose if the webhook came again within a minute', async () => {
    const read = await orders.read();
    await orders.webhook('OK', '7', 15);
    expect(await orders.commit(read, 20, answer(seen('OK')))).toBe(true);
    expect(hint()).toMatchObject({ outcome: 'satisfied', deliveries: 2 });
  });

  test('does not make the check lose if the reconciler claimed it meanwhile', async () => {
    const read = await orders.read();
    expect(await orders.claimDue(at(70))).toHaveLength(1);
    expect(await orders.commit(read, 60, answer(seen('OK')))).toBe(true);
    expect(hint()).toMatchObject({ outcome: 'satisfied' });
    expect(hint()).not.toHaveProperty('dueAt');
  });

  test('O6 is another one than a webhook that comes while the check runs: that one stays fresh', async () => {
    const read = await orders.read();
    await orders.webhook('REFUNDED', '8', 15);
    expect(await orders.commit(read, 20, answer(seen('OK')))).toBe(true);
    const [first, second] = orders.records('WEBHOOK#');
    expect(first).toMatchObject({ status: 'OK', outcome: 'satisfied' });
    expect(second).toMatchObject({ status: 'REFUNDED', dueAt: at(75) });
    expect(second).not.toHaveProperty('outcome');
  });

  test('is not written again once it is resolved', async () => {
    await orders.check(20, answer(seen('OK')));
    const resolved = hint();
    await orders.check(DAY, answer(seen('OK')));
    expect(hint()).toEqual(resolved);
  });
});

describe('one transaction', () => {
  test('holds the order, its items, their events, the hints and the record of the check', async () => {
    await orders.webhook('OK', '7', 0);
    await orders.check(10, answer(seen('OK')));
    const [writes = []] = orders.table.transactions;
    expect(orders.table.transactions).toHaveLength(1);
    expect(sortKeysOf(writes)).toEqual([
      'ORDER',
      `ITEM#${ITEM}`,
      `EVENT#${ITEM}#00000001`,
      `WEBHOOK#${ITEM}#00000000000000000007#OK`,
      'EVENT#order#00000001',
      `CHECK#${at(10)}#1`,
    ]);
  });

  test.for([
    ['an answer', answer(seen('PENDING')), { [ITEM]: 'PENDING' }],
    ['a failure', FAILURE, 'unknown'],
  ] as const)('stores of %s why the order was checked and what it showed', async ([, answer, showed]) => {
    await orders.webhook('OK', '7', 0);
    await orders.check(10, answer);
    expect(orders.records('CHECK#')).toEqual([
      expect.objectContaining({
        sk: `CHECK#${at(10)}#1`,
        at: at(10),
        reason: 'webhook',
        tookInMilliseconds: 1000,
        showed,
        expiresAt: daysAfter(at(10), 90),
      }),
    ]);
  });

  test('does not write an item again that has not changed', async () => {
    await orders.check(0, answer(seen('PENDING'), seen('PENDING', { itemUuid: OTHER_ITEM })));
    await orders.check(600, answer(seen('OK'), seen('PENDING', { itemUuid: OTHER_ITEM })));
    const written = sortKeysOf(orders.table.transactions[1] ?? []);
    expect(written).toContain(`ITEM#${ITEM}`);
    expect(written).not.toContain(`ITEM#${OTHER_ITEM}`);
  });

  test('stores an event that is not published without a due time', async () => {
    await orders.check(0, answer(seen('PENDING')));
    await orders.check(600, answer(seen('OK')));
    const [pending, ok] = orders.records(`EVENT#${ITEM}`);
    expect(pending).not.toHaveProperty('due');
    expect(pending).not.toHaveProperty('dueAt');
    expect(ok).toMatchObject({ due: expect.stringMatching(/^RESCUE#/), dueAt: at(660) });
    expect(JSON.parse(`${ok?.['body']}`)).toMatchObject({
      id: `${ORDER}/${ITEM}/2`,
      type: 'order_item.ok',
      time: at(600),
    });
  });
});

const sortKeysOf = (writes: readonly (Put | Update)[]): string[] =>
  writes.map((write) => ('put' in write ? write.put.sk : write.key.sk));

describe('P7 an order that one transaction cannot hold is written in parts', () => {
  const COUNT = 120;
  const uuidOf = (index: number): string => `${ITEM.slice(0, -4)}${`${index}`.padStart(4, '0')}`;
  const many = (status: string, more: Partial<SeenItem> = {}, count = COUNT): SeenItem[] =>
    Array.from({ length: count }, (_, index) => seen(status, { itemUuid: uuidOf(index), ...more }));

  const partsSince = (start: number) => orders.table.transactions.slice(start);

  /** Lets the function die before the n-th of the transactions that follow. */
  const dieBefore = (part: number): void => {
    const start = orders.table.transactions.length;
    orders.table.onTransaction = (index) => {
      if (index - start >= part) throw new Error('The function died.');
    };
  };

  const revive = (): void => {
    orders.table.onTransaction = () => {};
  };

  test('of 100 actions at most, none of which is lost', async () => {
    await orders.webhook('OK', '7', 0);
    await orders.check(10, answer(...many('OK')));
    const parts = partsSince(0);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(100);
    expect(orders.records('ITEM#')).toHaveLength(COUNT);
    expect(orders.records(`EVENT#${ITEM.slice(0, 8)}`)).toHaveLength(COUNT);
    expect(orders.records('EVENT#order')).toHaveLength(1);
    expect(orders.records('CHECK#')).toHaveLength(1);
    // Hints come after the items, what belongs to the order itself comes last.
    expect(sortKeysOf(parts.flat()).slice(-3)).toEqual([
      expect.stringMatching(/^WEBHOOK#/),
      'EVENT#order#00000001',
      expect.stringMatching(/^CHECK#/),
    ]);
  });

  test('of 3 MB at most', async () => {
    const vouchers = Array.from(
      { length: 60 },
      (_, index) => `https://v.example/${index}${'x'.repeat(1900)}`,
    );
    await orders.check(0, answer(...many('PENDING', {}, 40)));
    await orders.check(600, answer(...many('OK', { vouchers }, 40)));
    const parts = partsSince(1);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(3.1 * 1024 * 1024);
    expect(orders.records('ITEM#').every(({ status }) => status === 'OK')).toBe(true);
  });

  test('an item and its events are in the same part', async () => {
    await orders.check(0, answer(...many('OK')));
    for (const part of partsSince(0)) {
      const keys = sortKeysOf(part);
      const items = keys.filter((sk) => sk.startsWith('ITEM#')).map((sk) => sk.slice(5));
      const events = keys.filter((sk) => /^EVENT#[^o]/.test(sk)).map((sk) => sk.slice(6, -9));
      expect(events).toEqual(items);
    }
  });

  test('each part checks and raises rev', async () => {
    await orders.check(0, answer(...many('PENDING')));
    const { rev } = orders.order;
    const start = orders.table.transactions.length;
    await orders.check(600, answer(...many('OK')));
    const parts = partsSince(start);
    expect(orders.order).toMatchObject({ rev: Number(rev) + parts.length });
    for (const [index, [order]] of parts.entries()) {
      expect(order).toMatchObject({
        condition: { attribute: 'rev', is: 'equal', value: Number(rev) + index },
      });
    }
  });

  test('a write between two parts stops the rest', async () => {
    const start = orders.table.transactions.length;
    const read = await orders.read();
    orders.table.onTransaction = (index) => {
      if (index === start + 1) {
        orders.table.updateNow({ key: { pk: orders.order.pk, sk: 'ORDER' }, add: { rev: 1 } });
      }
    };
    expect(await orders.commit(read, 10, answer(...many('OK')))).toBe(false);
    expect(orders.records('ITEM#').length).toBeLessThan(COUNT);
    expect(orders.records('CHECK#')).toEqual([]);
  });

  test.for([
    ['the planned check is later', 60, 60],
    ['the planned check is overdue', 10 * DAY, undefined],
  ] as const)(
    'a crash between two parts leaves the order due, as in need of a new watch: %s',
    async ([, seconds, nextCheck]) => {
      await orders.check(0, answer(...many('PENDING')));
      const before = orders.order;
      dieBefore(1);
      await expect(orders.check(seconds, answer(...many('OK')))).rejects.toThrow('died');
      expect(orders.order).toMatchObject({
        rev: Number(before['rev']) + 1,
        generation: before['generation'],
        nextCheckAt: nextCheck === undefined ? before['nextCheckAt'] : at(nextCheck),
        rescueCount: 1,
        due: expect.stringMatching(/^RESCUE#/),
        dueAt: at(seconds + SETTINGS.rescueMarginInSeconds),
      });
    },
  );

  test.for([
    ['before its first check', undefined, 0],
    ['that a follow-up checks', 'OK', DAY],
  ] as const)(
    'a crash between two parts puts an order %s into the lane of rescues',
    async ([, status, seconds]) => {
      if (status) await orders.check(0, answer(...many(status)));
      dieBefore(1);
      await expect(orders.check(seconds, answer(...many('KO')))).rejects.toThrow('died');
      expect(orders.order).toMatchObject({
        due: expect.stringMatching(/^RESCUE#/),
        dueAt: at(seconds + 60),
        nextCheckAt: at(seconds),
        rescueCount: 1,
      });
    },
  );

  test('a crash between two parts keeps what a rescue has counted', async () => {
    await orders.check(0, answer(...many('PENDING')));
    for (const day of [3, 4, 5]) await orders.claimDue(at(day * DAY));
    dieBefore(1);
    await expect(orders.check(6 * DAY, answer(...many('OK')))).rejects.toThrow('died');
    expect(orders.order).toMatchObject({ rescueCount: 3 });
  });

  test('only the last part says what the answer means for the order', async () => {
    dieBefore(1);
    await expect(orders.check(0, answer(...many('OK')))).rejects.toThrow('died');
    expect(orders.order).toMatchObject({ readable: false, settled: false, settledCount: 0, generation: 0 });
    for (const name of ['status', 'identifier', 'checkedAt', 'clock']) {
      expect(orders.order).not.toHaveProperty(name);
    }
    revive();
    await orders.check(60, answer(...many('OK')));
    expect(orders.order).toMatchObject({
      readable: true,
      settled: true,
      settledCount: 1,
      status: 'PENDING',
      identifier: 'MUS0738876',
      checkedAt: at(60),
    });
    expect(orders.order).not.toHaveProperty('rescueCount');
  });

  test('the check after a crash publishes nothing again, and starts a new watch', async () => {
    await orders.check(0, answer(...many('PENDING', { product: { maxConfirmationTime: 'P9D' } })));
    const { generation } = orders.order;
    const changed = many('OK');
    dieBefore(1);
    await expect(
      orders.check(600, answer(...changed.slice(0, 100), ...many('PENDING').slice(100))),
    ).rejects.toThrow('died');
    const events = orders.records('EVENT#');
    revive();
    await orders.check(660, answer(...changed.slice(0, 100), ...many('PENDING').slice(100)));
    const first = new Set(events.map(({ sk }) => sk));
    const kept = orders.records('EVENT#').filter(({ sk }) => first.has(sk));
    expect(kept).toEqual(events);
    expect(orders.records('EVENT#')).toHaveLength(COUNT + 100);
    expect(orders.order).toMatchObject({ generation: Number(generation) + 1 });
  });

  test('E17 a part that stores an open status takes settled away with it', async () => {
    await orders.check(0, answer(...many('OK')));
    // After a final status every other one needs a second answer.
    await orders.check(600, answer(...many('REFUND_STARTED')));
    expect(orders.order).toMatchObject({ settled: true });
    dieBefore(1);
    await expect(orders.check(700, answer(...many('REFUND_STARTED')))).rejects.toThrow('died');
    expect(orders.records('ITEM#').some(({ status }) => status === 'REFUND_STARTED')).toBe(true);
    expect(orders.order).toMatchObject({ settled: false, settledCount: 1 });
    revive();
    await orders.check(800, answer(...many('REFUNDED')));
    await orders.check(900, answer(...many('REFUNDED')));
    expect(orders.order).toMatchObject({ settled: true, settledCount: 2 });
    expect(orders.records('EVENT#order')).toHaveLength(2);
  });

  test('E17 a part that stores only final statuses leaves settled as it is', async () => {
    await orders.check(0, answer(...many('OK')));
    await orders.check(600, answer(...many('REFUNDED')));
    dieBefore(1);
    await expect(orders.check(700, answer(...many('REFUNDED')))).rejects.toThrow('died');
    expect(orders.records('ITEM#').some(({ status }) => status === 'REFUNDED')).toBe(true);
    expect(orders.order).toMatchObject({ settled: true, settledCount: 1 });
  });
});

describe('the due time of an order', () => {
  test('E6 is a margin after the next check while a watch is its clock', async () => {
    await orders.check(0, answer(seen('PENDING')));
    const { nextCheckAt, clock, due, dueAt } = orders.order;
    expect({ clock, due }).toEqual({ clock: 'watch', due: expect.stringMatching(/^RESCUE#/) });
    expect(Date.parse(`${dueAt}`) - Date.parse(`${nextCheckAt}`)).toBe(60_000);
  });

  test('is its next check while the reconciler is its clock', async () => {
    const item = seen('PENDING', { product: { maxConfirmationTime: 'PT30M' } });
    await orders.check(0, answer(item));
    await orders.check(3600, answer(item));
    expect(orders.order).toMatchObject({
      clock: 'reconciler',
      due: expect.stringMatching(/^RESCUE#/),
      nextCheckAt: at(3600 + DAY),
      dueAt: at(3600 + DAY),
    });
  });

  test('E11 of a follow-up is in a lane of its own', async () => {
    await orders.check(0, answer(seen('OK')));
    expect(orders.order).toMatchObject({
      clock: 'reconciler',
      due: expect.stringMatching(/^FOLLOW_UP#/),
      dueAt: at(DAY),
    });
  });

  test('is absent when nothing is left to check', async () => {
    orders = new OrderTable({ followUps: false });
    await orders.check(0, answer(seen('PENDING')));
    await orders.check(60, answer(seen('OK')));
    for (const name of ['nextCheckAt', 'clock', 'due', 'dueAt']) {
      expect(orders.order).not.toHaveProperty(name);
    }
  });
});

describe('the time to live', () => {
  const slow = seen('PENDING', { product: { maxConfirmationTime: 'P364D' } });

  test('of the order and of what a check writes of it is 400 days after the next check', async () => {
    await orders.check(0, answer(slow));
    const expected = daysAfter(orders.order['nextCheckAt'], 400);
    expect(expected).toBeGreaterThan(daysAfter(at(0), 400));
    expect(orders.order).toMatchObject({ expiresAt: expected });
    expect(orders.records('ITEM#')).toMatchObject([{ expiresAt: expected }]);
    expect(orders.records('EVENT#')).toMatchObject([{ expiresAt: expected }]);
  });

  test('is 400 days after the check when nothing is left to check', async () => {
    orders = new OrderTable({ followUps: false });
    await orders.check(0, answer(seen('OK')));
    expect(orders.order).toMatchObject({ expiresAt: daysAfter(at(0), 400) });
  });

  test('of an unresolved hint is 400 days, of a resolved one and of a check 90', async () => {
    await orders.webhook('OK', '7', 0);
    expect(orders.records('WEBHOOK#')).toMatchObject([{ expiresAt: daysAfter(at(0), 400) }]);
    await orders.check(60, FAILURE);
    expect(orders.records('WEBHOOK#')).toMatchObject([{ expiresAt: daysAfter(at(60), 400) }]);
    await orders.check(120, answer(seen('PENDING')));
    expect(orders.records('WEBHOOK#')).toMatchObject([{ expiresAt: daysAfter(at(120), 400) }]);
    await orders.check(180, answer(seen('OK')));
    expect(orders.records('WEBHOOK#')).toMatchObject([{ expiresAt: daysAfter(at(180), 90) }]);
    for (const check of orders.records('CHECK#')) {
      expect(check).toMatchObject({ expiresAt: daysAfter(check['at'], 90) });
    }
  });

  test('of an item is renewed before it ends, although nothing changes the item', async () => {
    const final = seen('OK', { itemUuid: OTHER_ITEM });
    await orders.check(0, answer(slow, final));
    const other = () => orders.records(`ITEM#${OTHER_ITEM}`)[0];
    const first = other();
    // The item is written again once it would not outlive the next check by 200 days.
    await orders.check(100 * DAY, answer(slow, final));
    expect(other()).toEqual(first);
    await orders.check(250 * DAY, answer(slow, final));
    expect(other()).toEqual({ ...first, expiresAt: daysAfter(orders.order['nextCheckAt'], 400) });
    expect(Number(other()?.['expiresAt'])).toBe(orders.order['expiresAt']);
  });

  test('of an item is renewed by a check that failed, too', async () => {
    await orders.check(0, answer(slow));
    await orders.check(250 * DAY, FAILURE);
    expect(orders.records('ITEM#')).toMatchObject([
      { expiresAt: daysAfter(orders.order['nextCheckAt'], 400), status: 'PENDING' },
    ]);
  });
});

test('a track request loses its freshness like a webhook', async () => {
  const { pk, sk } = trackKey(ORDER, at(0));
  await orders.table.put({
    put: { pk, sk, v: 1, expiresAt: 0, requestedAt: at(0), due: 'RESCUE#0', dueAt: at(60), paidAt: at(-5) },
  });
  await orders.check(10, answer(seen('PENDING')));
  expect(orders.records('TRACK#')).toEqual([
    expect.objectContaining({ outcome: 'satisfied', outcomeAt: at(10), requestedAt: at(0) }),
  ]);
  expect(orders.records('TRACK#')[0]).not.toHaveProperty('dueAt');
  expect(orders.order).toMatchObject({ paidAt: at(-5) });
});

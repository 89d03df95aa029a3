import { beforeEach, describe, expect, test } from 'vitest';
import { dueStore } from '../../lambdas/adapters/due-store.ts';
import { orderStore } from '../../lambdas/adapters/order-store.ts';
import { itemKey, orderKey, orderPartition } from '../../lambdas/adapters/records.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { dueLane } from '../../lambdas/domain/due.ts';
import { examine } from '../../lambdas/domain/examine.ts';
import type { StoredOrder } from '../../lambdas/domain/model.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { answer, at, HINT, ITEM, newOrder, ORDER, SETTINGS, seen, webhookBody } from '../domain/fixtures.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';

let table: InMemoryTable;
let store: ReturnType<typeof orderStore>;

/** Writes what a look at these items, sent so many seconds after the beginning, means for what was read. */
const commit = async (stored: StoredOrder, seconds: number, ...items: SeenItem[]) =>
  await store.commit(stored, examine(stored, answer(...items), at(seconds), HINT, 'urn:test', SETTINGS));

beforeEach(async () => {
  table = new InMemoryTable();
  store = orderStore(table, SETTINGS);
  expect(await commit(newOrder(), 0, seen('PENDING'))).toBe('committed');
});

describe('a snapshot is written only if nothing was since the order was read', () => {
  test.for([
    ['that changes an item', 'OK'],
    ['that changes nothing', 'PENDING'],
  ] as const)('O5 one %s loses to another that was faster', async ([_, status]) => {
    const slow = await store.read(ORDER);
    expect(await commit(await store.read(ORDER), 20, seen('PENDING'))).toBe('committed');
    const before = table.rows();
    expect(await commit(slow, 10, seen(status))).toBe('lost');
    expect(table.rows()).toEqual(before);
  });

  test('E6 it loses to the reconciler, which has started the next attempt', async () => {
    const read = await store.read(ORDER);
    await table.update({ key: itemKey(ORDER, ITEM), add: { attempt: 1 } });
    const before = table.rows();
    expect(await commit(read, 10, seen('OK'))).toBe('lost');
    expect(table.rows()).toEqual(before);
  });
});

describe('a wait is written only if what it was planned from is still so', () => {
  const wait = { nextCheckAt: at(900), nextCheckNominalAt: at(900), dueAt: at(960), claims: 0 };

  test('otherwise it is', async () => {
    const [item] = (await store.read(ORDER)).items;
    expect(item && (await store.writeWait(ORDER, item, wait))).toBe(true);
    expect(table.peek(itemKey(ORDER, ITEM))).toMatchObject({ nextCheckAt: at(900), dueAt: at(960) });
  });

  test('E13 F13 and with it how many claims without success the item still counts', async () => {
    const [item] = (await store.read(ORDER)).items;
    if (!item) throw new Error('The item is not stored.');
    await store.writeWait(ORDER, item, { ...wait, claims: 3 });
    expect(table.peek(itemKey(ORDER, ITEM))).toMatchObject({ claims: 3 });
    await store.writeWait(ORDER, item, wait);
    expect(table.peek(itemKey(ORDER, ITEM))).not.toHaveProperty('claims');
  });

  test.for([
    ['sequence', { add: { sequence: 1 } }],
    ['round', { add: { round: 1 } }],
    ['attempt', { add: { attempt: 1 } }],
    ['deadline', { set: { confirmBy: at(500) } }],
    ['doubt', { set: { doubt: { status: 'OK', since: at(10) } } }],
  ] as const)('F12 the %s has changed', async ([_, change]) => {
    const [item] = (await store.read(ORDER)).items;
    await table.update({ key: itemKey(ORDER, ITEM), ...change });
    const before = table.rows();
    expect(item && (await store.writeWait(ORDER, item, wait))).toBe(false);
    expect(table.rows()).toEqual(before);
  });
});

describe('a hint is concluded only if it is still what was read', () => {
  const webhook = webhookBody('OK', '7');
  const readHint = async () => {
    const [hint] = (await store.read(ORDER)).hints;
    if (!hint) throw new Error('There is no hint.');
    return hint;
  };
  const stored = async () => (await table.query(orderPartition(ORDER), 'WEBHOOK#', 'WEBHOOK$'))[0];

  test('I4 a delivery that came meanwhile keeps it due', async () => {
    const webhooks = webhookStore(table, SETTINGS);
    await webhooks.store(webhook, at(0));
    const hint = await readHint();
    await webhooks.store(webhook, at(61));
    await store.concludeHint(ORDER, { hint, ends: 'satisfied' }, at(62));
    expect(await stored()).toMatchObject({ dueAt: at(121) });
    expect(await stored()).not.toHaveProperty('outcome');
  });

  test('F7 two looks that overlap count one try', async () => {
    await webhookStore(table, SETTINGS).store(webhook, at(0));
    const hint = await readHint();
    const tryAgain = { tries: 1, troubles: 0, nextTryAt: at(6), dueAt: at(66), byMessage: true };
    await store.concludeHint(ORDER, { hint, ...tryAgain }, at(1));
    await store.concludeHint(ORDER, { hint, ...tryAgain, nextTryAt: at(9), dueAt: at(69) }, at(2));
    expect(await stored()).toMatchObject({ tries: 1, nextTryAt: at(6), dueAt: at(66) });
  });
});

describe('what is due is taken up once', () => {
  test('E13 of two that claim a record, one gets it', async () => {
    const due = dueStore(table, SETTINGS);
    const [record] = await due.due(dueLane('RESCUE', ORDER), at(7 * 86_400), 10);
    if (!record) throw new Error('Nothing is due.');
    const claims = await Promise.all([1, 2].map(() => due.claim(record, 'RESCUE', at(7 * 86_400))));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(table.peek(itemKey(ORDER, ITEM))).toMatchObject({ claims: 1, attempt: 2 });
  });
});

describe('the lease', () => {
  test('is free again after each outcome of a look', async () => {
    await store.takeLease(ORDER, at(10), at(27));
    expect(await store.takeLease(ORDER, at(11), at(28))).toBeUndefined();
    await store.noteTrouble((await store.read(ORDER)).order, {
      troubles: 1,
      troubledSince: at(11),
      troubledAt: at(11),
      askAgainAt: at(41),
    });
    expect(table.peek(orderKey(ORDER))).not.toHaveProperty('leaseUntil');
    await store.takeLease(ORDER, at(50), at(67));
    expect(await commit(await store.read(ORDER), 50, seen('PENDING'))).toBe('committed');
    expect(table.peek(orderKey(ORDER))).not.toHaveProperty('leaseUntil');
  });
});

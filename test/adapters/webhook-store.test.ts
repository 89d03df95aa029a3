import { beforeEach, describe, expect, test } from 'vitest';
import type { Put } from '../../lambdas/adapters/table.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { at, FAILURE, ITEM, ORDER, SETTINGS, seen, webhookBody } from '../domain/fixtures.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { OrderTable } from './order-table.ts';

let orders: OrderTable;

beforeEach(() => {
  orders = new OrderTable();
});

const hints = () => orders.records('WEBHOOK#');

describe('the same webhook', () => {
  test('I4 ten times at once is one record, and new once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => orders.webhooks.store(webhookBody('OK', '7'), at(0))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(hints()).toMatchObject([{ deliveries: 10, requestedAt: at(0), dueAt: at(60) }]);
  });

  test('I4 within a minute is counted, and requests no other check', async () => {
    await orders.webhook('OK', '7', 0);
    await orders.check(5, answer(seen('OK')));
    await orders.webhook('OK', '7', 60);
    expect(hints()).toMatchObject([{ deliveries: 2, requestedAt: at(0), outcome: 'satisfied' }]);
    expect(hints()[0]).not.toHaveProperty('dueAt');
  });

  test('I4 after more than a minute is fresh again, and forgets how it was resolved', async () => {
    await orders.webhook('OK', '7', 0);
    await orders.check(5, FAILURE);
    await orders.check(50, answer(seen('PENDING')));
    await orders.check(1000, answer(seen('OK')));
    await orders.claimDue(at(2000));
    expect(hints()).toMatchObject([{ firstAnswerAt: at(50), outcome: 'satisfied', outcomeAt: at(1000) }]);
    await orders.webhook('OK', '7', 3000);
    expect(hints()).toMatchObject([
      { deliveries: 2, requestedAt: at(3000), dueAt: at(3060), due: expect.stringMatching(/^RESCUE#/) },
    ]);
    for (const name of ['firstAnswerAt', 'outcome', 'outcomeAt', 'rescueCount']) {
      expect(hints()[0]).not.toHaveProperty(name);
    }
    expect(Number(hints()[0]?.['expiresAt'])).toBe(Date.parse(at(3000)) / 1000 + 400 * 86_400);
  });

  test('I4 that is still fresh after a minute begins its rescue anew', async () => {
    await orders.webhook('OK', '7', 0);
    await orders.claimDue(at(60));
    expect(hints()).toMatchObject([{ rescueCount: 1, dueAt: at(360) }]);
    await orders.webhook('OK', '7', 61);
    expect(hints()).toMatchObject([{ requestedAt: at(61), dueAt: at(121) }]);
    expect(hints()[0]).not.toHaveProperty('rescueCount');
  });

  test('is the same with leading zeros in its version and other cases of its UUIDs', async () => {
    await orders.webhook('OK', '7', 0);
    const body = { ...webhookBody('OK', '007', ITEM.toUpperCase()), order_uuid: ORDER.toUpperCase() };
    expect(await orders.webhooks.store(body, at(1))).toBe(false);
    expect(hints()).toHaveLength(1);
  });

  test('I3 whose record expires while it is repeated is not answered as stored', async () => {
    class ExpiringTable extends InMemoryTable {
      override async put(put: Put): Promise<boolean> {
        await super.put(put);
        this.expire(put.put);
        return false;
      }
    }
    const table = new ExpiringTable();
    await expect(webhookStore(table, SETTINGS).store(webhookBody('OK', '7'), at(1))).rejects.toThrow(
      'expired',
    );
    expect(table.rows()).toEqual([]);
  });
});

test.for([
  ['O1 another version', 'OK', '8'],
  ['O2 another status of the same version', 'KO', '7'],
] as const)('%s is another record', async ([, status, version]) => {
  await orders.webhook('OK', '7', 0);
  expect(await orders.webhooks.store(webhookBody(status, version), at(1))).toBe(true);
  expect(hints()).toHaveLength(2);
});

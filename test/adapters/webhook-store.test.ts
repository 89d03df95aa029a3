import { beforeEach, expect, test } from 'vitest';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { answer, at, FAILURE, ITEM, ORDER, SETTINGS, seen, webhookBody } from '../domain/fixtures.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';
import { tableWith } from '../platform/test-tracker.ts';
import { OrderTable } from './order-table.ts';

let orders: OrderTable;

beforeEach(async () => {
  orders = new OrderTable();
  await orders.webhook('OK', '7', 0);
});

const hints = () => orders.records('WEBHOOK#');

test('I4 the same webhook after more than a minute is fresh again, and forgets how it was resolved', async () => {
  await orders.check(5, FAILURE);
  await orders.check(50, answer(seen('PENDING')));
  await orders.check(1000, answer(seen('OK')));
  expect(hints()).toMatchObject([{ firstAnswerAt: at(50), outcome: 'satisfied', outcomeAt: at(1000) }]);
  await orders.webhook('OK', '7', 3000);
  expect(hints()).toMatchObject([
    { deliveries: 2, requestedAt: at(3000), dueAt: at(3060), due: expect.stringMatching(/^RESCUE#/) },
  ]);
  for (const name of ['firstAnswerAt', 'outcome', 'outcomeAt']) expect(hints()[0]).not.toHaveProperty(name);
  expect(Number(hints()[0]?.['expiresAt'])).toBe(Date.parse(at(3000)) / 1000 + 400 * 86_400);
});

test('I4 the same webhook that is still fresh after a minute gets a new rescue time', async () => {
  await orders.claimDue(at(60));
  expect(hints()).toMatchObject([{ rescueCount: 1, dueAt: at(360) }]);
  await orders.webhook('OK', '7', 61);
  expect(hints()).toMatchObject([{ requestedAt: at(61), dueAt: at(121) }]);
  expect(hints()[0]).not.toHaveProperty('rescueCount');
});

test('a webhook is the same with leading zeros in its version and other cases of its UUIDs', async () => {
  const body = { ...webhookBody('OK', '007', ITEM.toUpperCase()), order_uuid: ORDER.toUpperCase() };
  expect(await orders.webhooks.store(body, at(1))).toBe(false);
  expect(hints()).toHaveLength(1);
});

test('I3 a webhook whose record expires while it is repeated is not answered as stored', async () => {
  const table = new InMemoryTable();
  const store = webhookStore(tableWith(table, { put: async () => false }), SETTINGS);
  await expect(store.store(webhookBody('OK', '7'), at(1))).rejects.toThrow('expired');
  expect(table.rows()).toEqual([]);
});

import { beforeEach, expect, test } from 'vitest';
import { type ReceivedMessage, refreshOrders } from '../../lambdas/application/refresh-orders.ts';
import type { RefreshMessage } from '../../lambdas/contracts/refresh.ts';
import { OrderTable } from '../adapters/order-table.ts';
import { answer, at, ORDER, OTHER_ITEM, seen, webhookBody } from '../domain/fixtures.ts';

const OTHER_ORDER = OTHER_ITEM;

let orders: OrderTable;
/** The orders that the provider was asked for. */
let requested: string[];
let logged: unknown[];

beforeEach(() => {
  orders = new OrderTable();
  requested = [];
  logged = [];
});

const messagesOf = (...messages: (RefreshMessage | undefined)[]): ReceivedMessage[] =>
  messages.map((message, index) => ({ messageId: `${index}`, message }));

/** @returns the ids of the messages that failed */
const refresh = async (messages: readonly ReceivedMessage[], now: string, failing?: string) => {
  const log = (...entry: unknown[]) => void logged.push(entry);
  return await refreshOrders(messages, {
    store: {
      ...orders.store,
      read: async (orderUuid) => {
        if (orderUuid === failing) throw new Error('The table is not available.');
        return await orders.store.read(orderUuid);
      },
    },
    provider: {
      getOrder: async (orderUuid) => {
        requested.push(orderUuid);
        return answer(seen('PENDING'));
      },
    },
    clock: { now: () => now, sleep: async () => {} },
    random: () => 0,
    telemetry: { count: () => {}, measure: () => {}, info: () => {}, warn: log, error: log },
    settings: orders.settings,
    eventSource: 'urn:test',
  });
};

const hint = async (orderUuid: string) =>
  await orders.webhooks.store({ ...webhookBody('OK', '7'), order_uuid: orderUuid }, at(0));

test('P7 fifty messages of one order in a batch are one request to the provider', async () => {
  await hint(ORDER);
  const messages = messagesOf(...Array.from({ length: 50 }, () => ({ orderUuid: ORDER })));
  expect(await refresh(messages, at(1))).toEqual([]);
  expect(requested).toEqual([ORDER]);
});

test('every message of an order that fails is delivered again, and no other', async () => {
  await hint(ORDER);
  await hint(OTHER_ORDER);
  const messages = messagesOf({ orderUuid: ORDER }, { orderUuid: OTHER_ORDER }, { orderUuid: ORDER });
  expect(await refresh(messages, at(1), ORDER)).toEqual(['0', '2']);
  expect(requested).toEqual([OTHER_ORDER]);
  expect(logged).toMatchObject([
    ['Could not check the order; its messages are delivered again', expect.any(Error), { orderUuid: ORDER }],
  ]);
});

test('unreadable messages fail, and do not hold back the others', async () => {
  await hint(ORDER);
  expect(await refresh(messagesOf(undefined, { orderUuid: ORDER }, undefined), at(1))).toEqual(['0', '2']);
  expect(requested).toEqual([ORDER]);
  expect(logged).toEqual([['Unreadable messages in the refresh queue', { messageIds: ['0', '2'] }]]);
});

test('E15 the latest planned time counts, if the clock of this host says that it has not come', async () => {
  await orders.check(0, answer(seen('PENDING')));
  const { nextCheckAt = '' } = (await orders.read()).order;
  const slow = new Date(Date.parse(nextCheckAt) - 400).toISOString();
  expect(await refresh(messagesOf({ orderUuid: ORDER }), slow)).toEqual([]);
  expect(requested).toEqual([]);
  const messages = messagesOf(
    { orderUuid: ORDER },
    { orderUuid: ORDER, plannedAt: nextCheckAt },
    { orderUuid: ORDER, plannedAt: at(0) },
  );
  await refresh(messages, slow);
  expect(requested).toEqual([ORDER]);
  expect((await orders.read()).order).toMatchObject({ checkedAt: nextCheckAt });
});

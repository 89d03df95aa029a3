import { describe, expect, it } from 'vitest';
import {
  type CloudEvent,
  EVENT_TYPES,
  type EventType,
  type FoundBy,
} from '../../lambdas/contracts/events.ts';
import { resultsTable } from '../../local/scenarios/results-table.ts';
import type { Scenario } from '../../local/scenarios/scenario.ts';
import { SCENARIOS } from '../../local/scenarios/scenarios.ts';
import { differences, isComplete } from '../../local/scenarios/verdict.ts';

const ORDER = 'order-uuid';
const ITEMS = ['item-1', 'item-2'];

const event = (id: string, type: EventType, time: string, data: object): CloudEvent => ({
  specversion: '1.0',
  id: `${ORDER}/${id}`,
  source: 'test',
  type,
  subject: ORDER,
  time,
  datacontenttype: 'application/json',
  data: data as CloudEvent['data'],
});

const itemEvent = (index: number, sequence: number, type: EventType, foundBy: FoundBy, time: string) =>
  event(`${ITEMS[index]}/${sequence}`, type, time, {
    orderUuid: ORDER,
    itemUuid: ITEMS[index],
    sequence,
    status: 'OK',
    foundBy,
    product: {},
    vouchers: [],
  });

const settled = (sequence: number, time: string) =>
  event(`order/${sequence}`, EVENT_TYPES.settled, time, {
    orderUuid: ORDER,
    sequence,
    status: 'OK',
    items: [],
  });

const OK = { afterSeconds: 0, status: 'OK' } as const;

const scenario: Scenario = {
  title: 'Two items',
  items: [
    { product: {}, steps: [OK], events: [{ type: EVENT_TYPES.ok, foundBy: ['webhook', 'schedule'] }] },
    { product: {}, steps: [OK], events: [{ type: EVENT_TYPES.ok, foundBy: ['track'] }] },
  ],
  settledEvents: 1,
};

const first = itemEvent(0, 2, EVENT_TYPES.ok, 'schedule', '2026-11-24T10:00:01.000Z');
const second = itemEvent(1, 2, EVENT_TYPES.ok, 'track', '2026-11-24T10:00:05.000Z');
const last = settled(1, '2026-11-24T10:00:05.000Z');

const judge = (...events: CloudEvent[]) => differences(scenario, ITEMS, events);

describe('the verdict about a scenario', () => {
  it('finds no difference when all expected events arrived, whatever their order', () => {
    expect(judge(last, second, first)).toEqual([]);
    expect(isComplete(scenario, [last, second, first])).toBe(true);
  });

  const byFollowUp = itemEvent(0, 2, EVENT_TYPES.ok, 'follow_up', first.time);
  const overdue = itemEvent(0, 3, EVENT_TYPES.overdue, 'schedule', last.time);
  const unknown = event('item-9/1', EVENT_TYPES.ok, last.time, { ...first.data, itemUuid: 'item-9' });
  const ofFirst = 'item 1: expected order_item.ok by webhook or schedule; received order_item.ok by';

  it.for<[string, CloudEvent[], string[]]>([
    [
      'missing events',
      [first],
      [
        'item 2: expected order_item.ok by track; received nothing',
        'order: expected order.settled 1 times; received it 0 times',
      ],
    ],
    ['an event that was found another way', [byFollowUp, second, last], [`${ofFirst} follow_up`]],
    [
      'additional events',
      [first, overdue, second, last],
      [`${ofFirst} schedule, order_item.overdue by schedule`],
    ],
    [
      'an order that settled before its items were final',
      [first, second, settled(1, first.time)],
      ['order: order.settled came before the final status of item-2'],
    ],
    [
      'an item that the order does not have',
      [first, second, last, unknown],
      ['received order_item.ok for item-9, which is no item of the order'],
    ],
  ])('names %s', ([, events, named]) => {
    expect(judge(...events)).toEqual(named);
  });

  it('is not complete while an event is missing, and names an event that arrived twice', () => {
    expect(isComplete(scenario, [first])).toBe(false);
    expect(judge(first, second, last, last)).toContain(`received ${ORDER}/order/1 more than once`);
  });
});

it.each(SCENARIOS)('$title expects an event of every item', ({ items }) => {
  expect(items.every(({ events }) => events.length > 0)).toBe(true);
});

it('the closing table shows every step of an item with its event, how the status was found and how long it took', () => {
  const at = Date.parse('2026-11-24T10:00:00.000Z');
  const moment = { vouchers: [], cancellationReason: null };
  const history = [
    { ...moment, at, status: 'PENDING', version: 1 },
    { ...moment, at: at + 2000, status: 'OK', version: 2 },
  ];
  const items = [{ uuid: 'item-1', title: 'Colosseum', history }];
  const order = { uuid: ORDER, identifier: 'MUS1', deliveries: [], gets: [], items };
  const received = [first, last].map((event) => ({ event, attributes: {}, receivedAt: at + 2300 }));
  const lines = resultsTable([
    { title: 'Instant', differences: [], order, received },
    { title: 'Refused', differences: ['the order could not be created'], received: [] },
  ]);
  expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['item', "provider's history", 'published event', 'found by', 'seconds'],
    expect.anything(),
    ['✔ Instant'],
    ['Colosseum', '0 s', 'PENDING'],
    ['2 s', 'OK', 'order_item.ok', 'schedule', '0.3'],
    ['order MUS1', 'OK', 'order.settled'],
    ['✖ Refused'],
  ]);
});

import { describe, expect, it } from 'vitest';
import {
  DATA_SCHEMAS,
  EVENT_TYPES,
  type FoundBy,
  type ItemEvent,
  type ItemEventType,
  type OrderEvent,
  type TrackerEvent,
} from '../../events/index.ts';
import { resultsTable } from '../../local/scenarios/results-table.ts';
import type { Scenario } from '../../local/scenarios/scenario.ts';
import { SCENARIOS } from '../../local/scenarios/scenarios.ts';
import { differences, isComplete } from '../../local/scenarios/verdict.ts';

const ORDER = 'order-uuid';
const ITEMS = ['item-1', 'item-2'];

const envelope = (id: string, time: string) =>
  ({
    specversion: '1.0',
    id: `${ORDER}/${id}`,
    source: 'test',
    subject: ORDER,
    time,
    datacontenttype: 'application/json',
  }) as const;

const itemEvent = (
  index: number,
  sequence: number,
  type: ItemEventType,
  foundBy: FoundBy,
  time: string,
): ItemEvent => ({
  ...envelope(`${ITEMS[index]}/${sequence}`, time),
  type,
  dataschema: DATA_SCHEMAS.item,
  data: {
    orderUuid: ORDER,
    itemUuid: ITEMS[index] ?? '',
    sequence,
    status: 'OK',
    since: time,
    foundBy,
    product: {},
    vouchers: [],
  },
});

const settled = (sequence: number, time: string): OrderEvent => ({
  ...envelope(`order/${sequence}`, time),
  type: EVENT_TYPES.settled,
  dataschema: DATA_SCHEMAS.order,
  data: { orderUuid: ORDER, sequence, status: 'OK', items: [] },
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

const judge = (...events: TrackerEvent[]) => differences(scenario, ITEMS, events);

describe('the verdict about a scenario', () => {
  it('finds no difference when all expected events arrived, whatever their order', () => {
    expect(judge(last, second, first)).toEqual([]);
    expect(isComplete(scenario, [last, second, first])).toBe(true);
  });

  const byFollowUp = itemEvent(0, 2, EVENT_TYPES.ok, 'follow_up', first.time);
  const overdue = itemEvent(0, 3, EVENT_TYPES.overdue, 'schedule', last.time);
  const unknown = { ...first, id: `${ORDER}/item-9/1`, data: { ...first.data, itemUuid: 'item-9' } };
  const ofFirst = 'item 1: expected order_item.ok by webhook or schedule; received order_item.ok by';

  it.for<[string, TrackerEvent[], string[]]>([
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

describe('the scenarios', () => {
  it.each(SCENARIOS)('$title: expects an event of every item', ({ items }) => {
    expect(items.every(({ events }) => events.length > 0)).toBe(true);
  });
});

describe('the closing table', () => {
  it('shows every step of an item with its event, how the status was found and how long it took', () => {
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
      { title: 'Rejected', differences: ['the order could not be created'], received: [] },
    ]);
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['item', "provider's history", 'published event', 'found by', 'change to receipt'],
      expect.anything(),
      ['✔ Instant'],
      ['Colosseum', '2 s', 'PENDING → OK', 'order_item.ok', 'schedule', '0.3 s'],
      ['order MUS1', 'OK', 'order.settled'],
      ['✖ Rejected'],
    ]);
  });

  const historyOf = (...statuses: readonly string[]) =>
    statuses.map((status, index) => ({
      at: Date.parse('2026-11-24T10:00:00.000Z') + index * 2000,
      status,
      version: index + 1,
      vouchers: [],
      cancellationReason: null,
    }));

  /** The rows of an item with this history, and these events. */
  const rowsOf = (history: ReturnType<typeof historyOf>, ...events: TrackerEvent[]) => {
    const items = [{ uuid: 'item-1', title: 'Colosseum', history }];
    const order = { uuid: ORDER, identifier: 'MUS1', deliveries: [], gets: [], items };
    const received = events.map((one) => ({ event: one, attributes: {}, receivedAt: 0 }));
    const lines = resultsTable([{ title: 'Any', differences: [], order, received }]);
    return lines.slice(3).map((line) => line.trim().split(/ {2,}/).slice(0, 4));
  };

  it.each([
    ['nothing but the creation', ['PENDING'], [['Colosseum', '0 s', 'PENDING']]],
    ['a change without an event', ['PENDING', 'OK'], [['Colosseum', '2 s', 'PENDING → OK']]],
    [
      'changes without events',
      ['PENDING', 'REFUND_STARTED', 'REFUNDED'],
      [
        ['Colosseum', '2 s', 'PENDING → REFUND_STARTED'],
        ['4 s', 'REFUNDED'],
      ],
    ],
  ])('shows %s', (_, statuses, rows) => {
    expect(rowsOf(historyOf(...statuses))).toEqual(rows);
  });

  it('shows the creation in a row of its own if an event reports it', () => {
    const confirmed = { ...first, data: { ...first.data, status: 'OK' } } as TrackerEvent;
    expect(rowsOf(historyOf('OK', 'REFUND_STARTED'), confirmed)).toEqual([
      ['Colosseum', '0 s', 'OK', 'order_item.ok'],
      ['2 s', 'REFUND_STARTED'],
    ]);
  });

  it('shows an event that reports no change', () => {
    const overdue = itemEvent(0, 3, EVENT_TYPES.overdue, 'schedule', last.time);
    expect(rowsOf(historyOf('PENDING'), overdue).at(-1)).toEqual(['order_item.overdue', 'schedule']);
  });

  it('fits 40 lines of 120 characters, with what npm start prints around it', () => {
    const results = SCENARIOS.map(({ title, items, settledEvents }) => {
      const histories = items.map(({ steps }) =>
        historyOf(...(steps[0].afterSeconds > 0 ? ['PENDING'] : []), ...steps.map(({ status }) => status)),
      );
      const uuids = items.map((_, index) => `${title} ${index}`);
      const events = [
        ...items.flatMap((item, index) =>
          item.events.map(({ type, foundBy }, number) => {
            const event = itemEvent(0, number, type, foundBy[0] ?? 'webhook', last.time);
            const status = type.includes('vouchers') ? 'OK' : (type.split('.')[1] ?? '').toUpperCase();
            return { ...event, data: { ...event.data, itemUuid: uuids[index], status } } as TrackerEvent;
          }),
        ),
        ...Array.from({ length: settledEvents }, (_, index) => settled(index + 1, last.time)),
      ];
      return {
        title,
        differences: [],
        order: {
          uuid: ORDER,
          identifier: 'MUS12345678',
          deliveries: [],
          gets: [],
          items: items.map(({ product }, index) => ({
            uuid: uuids[index] ?? '',
            title: product.title ?? '',
            history: histories[index] ?? [],
          })),
        },
        received: events.map((event) => ({
          event,
          attributes: {},
          receivedAt: Date.parse('2026-11-24T10:01:00.000Z'),
        })),
      };
    });

    const lines = resultsTable(results);

    const eventsShown = lines.filter((line) => /order(_item)?\./.test(line)).length;
    expect(eventsShown).toBe(results.flatMap(({ received }) => received).length);
    // An empty line above and one below, and two sentences.
    expect(lines.length + 4).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});

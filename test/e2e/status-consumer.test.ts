import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { EVENT_EXAMPLES } from '../../contract/examples.ts';
import { EVENT_TYPES, isItemEvent, type TrackerEvent } from '../../events/index.ts';
import { publishedOrder } from './command-line.ts';
import { useStack } from './stack-fixture.ts';
import { useStatusTable } from './status-table.ts';

const stack = useStack();
const { endpoint, region } = inject('localStack');
const table = useStatusTable();

let handler: (event: SQSEvent) => Promise<SQSBatchResponse>;

beforeAll(async () => {
  // What Lambda gives the function, and where AWS is.
  vi.stubEnv('TABLE_NAME', table.name);
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  ({ handler } = await import('../../examples/status-consumer/handler.ts'));
});

afterAll(() => vi.unstubAllEnvs());

/** Events of an item of its own, in the order of their sequences. */
const history = (): TrackerEvent[] => {
  const subject = `${crypto.randomUUID()}/${crypto.randomUUID()}`;
  return [EVENT_TYPES.pending, EVENT_TYPES.ok, EVENT_TYPES.refundStarted, EVENT_TYPES.refunded].map(
    (type) => {
      const event = EVENT_EXAMPLES[type];
      return { ...event, subject, id: `${subject}/${event.data.sequence}` } as TrackerEvent;
    },
  );
};

/** Delivers message bodies as one batch. @returns the positions of those that failed */
const deliver = async (...bodies: readonly string[]): Promise<number[]> => {
  const Records = bodies.map((body, index) => ({ messageId: `${index}`, body }) as SQSRecord);
  const { batchItemFailures } = await handler({ Records });
  return batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier));
};

/** Sequence and status that are stored about a subject. */
const stored = async (subject = '') => {
  const data = await table.stored(subject);
  return data && { sequence: data.sequence, status: data.status };
};

const texts = (events: readonly TrackerEvent[]): string[] => events.map((event) => JSON.stringify(event));

describe('the consumer of the examples', () => {
  test('stores what the stack publishes', async () => {
    const { orderUuid } = await publishedOrder(stack);
    const events = stack.eventsOf(orderUuid).map(({ event }) => event);
    expect(await deliver(...texts(events))).toEqual([]);
    for (const { subject, data } of events) {
      expect(await stored(subject)).toEqual({ sequence: data.sequence, status: data.status });
    }
    expect(events.filter(isItemEvent)).toHaveLength(1);
  });

  test('takes messages that were delivered without raw message delivery', async () => {
    const [, ok] = history();
    const envelope = { Type: 'Notification', MessageId: '1', Message: JSON.stringify(ok) };
    expect(await deliver(JSON.stringify(envelope))).toEqual([]);
    expect(await stored(ok?.subject)).toEqual({ sequence: 2, status: 'OK' });
  });

  test('ignores repetitions, in one batch and later', async () => {
    const [, ok] = texts(history());
    expect(await deliver(ok ?? '', ok ?? '', ok ?? '')).toEqual([]);
    expect(await deliver(ok ?? '')).toEqual([]);
    expect(await stored(JSON.parse(ok ?? '').subject)).toEqual({ sequence: 2, status: 'OK' });
  });

  test('ignores messages that are older than what is stored', async () => {
    const events = history();
    const bodies = texts(events);
    expect(await deliver(bodies[3] ?? '')).toEqual([]);
    for (const older of bodies.slice(0, 3)) expect(await deliver(older)).toEqual([]);
    expect(await stored(events[0]?.subject)).toEqual({ sequence: 4, status: 'REFUNDED' });
  });

  test('ends with the newest of a reversed batch', async () => {
    const events = history();
    expect(await deliver(...texts(events).toReversed())).toEqual([]);
    expect(await stored(events[0]?.subject)).toEqual({ sequence: 4, status: 'REFUNDED' });
  });

  test('reports a message that it cannot read, and stores the others', async () => {
    const [first, second] = [history(), history()];
    const bodies = [
      ...texts(first.slice(0, 2)),
      '{"hello":"world"}',
      'not JSON',
      ...texts(second.slice(0, 2)),
    ];
    expect(await deliver(...bodies)).toEqual([2, 3]);
    expect(await stored(first[0]?.subject)).toEqual({ sequence: 2, status: 'OK' });
    expect(await stored(second[0]?.subject)).toEqual({ sequence: 2, status: 'OK' });
  });

  test('reports every message while its table cannot be reached', async () => {
    const [, ok] = texts(history());
    vi.stubEnv('TABLE_NAME', 'another-table');
    expect(await deliver(ok ?? '')).toEqual([0]);
    vi.stubEnv('TABLE_NAME', table.name);
    expect(await deliver(ok ?? '')).toEqual([]);
  });
});

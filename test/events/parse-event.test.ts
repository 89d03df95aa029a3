import { describe, expect, test } from 'vitest';
import { EVENT_EXAMPLES } from '../../contract/examples.ts';
import {
  EVENT_TYPES,
  EventError,
  type EventType,
  isFinal,
  isItemEvent,
  isOrderEvent,
  parseEvent,
} from '../../events/index.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import { readDocument } from '../contract/documents.ts';

const ok = EVENT_EXAMPLES[EVENT_TYPES.ok];
const settled = EVENT_EXAMPLES[EVENT_TYPES.settled];

/** What SNS sends to a subscription without raw message delivery. */
const envelopeOf = (message: unknown, type = 'Notification') => ({
  Type: type,
  MessageId: 'da41e39f-ea4d-435a-b922-c6aae3915ebe',
  TopicArn: 'arn:aws:sns:eu-west-1:123456789012:tracker',
  Message: message,
  Timestamp: '2026-03-01T10:00:00.321Z',
});

/** The error with which a message is rejected. */
const errorOf = (message: unknown): unknown => {
  try {
    return parseEvent(message);
  } catch (error) {
    return error;
  }
};

const rejection = (message: unknown): string => {
  const error = errorOf(message);
  expect(error).toBeInstanceOf(EventError);
  return (error as EventError).message;
};

describe('parseEvent takes', () => {
  test.for([
    ['an SQS body with raw message delivery', JSON.stringify(ok)],
    [
      'an SQS body without it, and the body of an HTTPS delivery',
      JSON.stringify(envelopeOf(JSON.stringify(ok))),
    ],
    ['Sns of a record in Lambda', envelopeOf(JSON.stringify(ok))],
    ['the event itself', ok],
  ])('%s', ([, message]) => {
    expect(parseEvent(message)).toEqual(ok);
  });

  test.for(Object.values(EVENT_TYPES))('%s', (type) => {
    const event = parseEvent(JSON.stringify(EVENT_EXAMPLES[type]));
    expect(event).toEqual(EVENT_EXAMPLES[type]);
    expect([isItemEvent(event), isOrderEvent(event)]).toEqual(
      type === EVENT_TYPES.settled ? [false, true] : [true, false],
    );
  });

  test('fields and types that a later release may add', () => {
    const later = { ...ok, type: 'order_item.rebooked', more: true, data: { ...ok.data, more: [1] } };
    expect(parseEvent(later)).toEqual(later);
    const later2 = { ...settled, type: 'order.reopened' };
    expect(parseEvent(later2)).toEqual(later2);
  });
});

describe('parseEvent rejects', () => {
  test.for([
    ['text that is not JSON', 'voucher https://secret', 'The message is not JSON.'],
    ['JSON that is no object', '[1]', 'The message must be a JSON object.'],
    ['nothing', undefined, 'The message must be a JSON object.'],
    ['null', null, 'The message must be a JSON object.'],
    ['another object', { hello: 'world' }, 'The message is no CloudEvent: specversion must be "1.0".'],
    ['a Message that is not JSON', envelopeOf('hello'), "The SNS message's Message is not JSON."],
    ['a Message that is no object', envelopeOf('7'), "The SNS message's Message must be a JSON object."],
    [
      'a CloudEvent of somebody else',
      { ...ok, type: 'com.example' },
      'The type "com.example" is not a type of the order tracker.',
    ],
    [
      'an event without a list of vouchers',
      { ...ok, data: omit(ok.data as never, 'vouchers') },
      'data.vouchers: must be a list of texts.',
    ],
    [
      'vouchers that are no texts',
      { ...ok, data: { ...ok.data, vouchers: [1] } },
      'data.vouchers: must be a list of texts.',
    ],
    [
      'sequence 0',
      { ...ok, data: { ...ok.data, sequence: 0 } },
      'data.sequence: must be a positive integer.',
    ],
    [
      'a sequence as text',
      { ...ok, data: { ...ok.data, sequence: '2' } },
      'data.sequence: must be a positive integer.',
    ],
    ['data as text', { ...ok, data: 'data' }, 'data: must be an object.'],
    ['an empty id', { ...ok, id: '' }, 'id: must be a text that is not empty.'],
    [
      'a request to confirm a subscription',
      envelopeOf('You have chosen to subscribe', 'SubscriptionConfirmation'),
      'The SNS message is a SubscriptionConfirmation, not a Notification: an HTTPS endpoint must confirm its subscription, and skip the other types.',
    ],
    [
      'another major version',
      { ...ok, dataschema: ok.dataschema.replace('/v1/', '/v2/') },
      'The event has version 2 of the contract (dataschema), and this package reads version 1: install the release of musement-order-tracker that belongs to it.',
    ],
  ] as const)('%s', ([, message, text]) => {
    expect(rejection(message)).toBe(text);
  });

  test('every event that lacks a field that the schema requires', () => {
    const { anyOf, $defs } = readDocument<{
      anyOf: { $ref: string }[];
      $defs: Record<string, { required: string[] }>;
    }>('docs/schemas/v1/event.json');
    expect(anyOf).toEqual([{ $ref: '#/$defs/ItemEvent' }, { $ref: '#/$defs/OrderEvent' }]);
    for (const [event, kind] of [[ok, 'Item'] as const, [settled, 'Order'] as const]) {
      for (const name of $defs[`${kind}Event`]?.required ?? []) {
        expect(rejection(omit(event, name as keyof typeof event))).toContain(name);
      }
      for (const name of $defs[`${kind}EventData`]?.required ?? []) {
        const data = omit(event.data, name as keyof typeof event.data);
        expect(rejection({ ...event, data })).toContain(`data.${name}: must be`);
      }
    }
  });

  test('with an error that quotes nothing of the data', () => {
    const text = rejection(`{"data": {"vouchers": ["https://secret"]} ${JSON.stringify(ok)}`);
    expect(text).not.toContain('secret');
  });
});

test.for([
  ['order_item.ok', true],
  ['order_item.ko', true],
  ['order_item.refunded', true],
  ['order_item.vouchers_available', true],
  ['order_item.overdue', false],
  ['order_item.missing', false],
  ['order_item.tracking_ended', false],
  ['order_item.pending', false],
  ['order_item.refund_started', false],
  ['order_item.cancellation_error', false],
  ['order.settled', true],
] satisfies [EventType, boolean][])('isFinal(%s) is %s', ([type, final]) => {
  expect(isFinal({ type })).toBe(final);
});

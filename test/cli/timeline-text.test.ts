import { expect, test } from 'vitest';
import { describeAnswer, describeEntry } from '../../cli/timeline-text.ts';

const orderUuid = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
const itemUuid = '11045e18-e3ca-42e1-acb4-0d5be75036fd';
const at = '2026-11-24T10:00:00.123Z';

test.for([
  [
    {
      kind: 'event',
      id: `${orderUuid}/${itemUuid}/2`,
      type: 'order_item.ok',
      status: 'OK',
      foundBy: 'webhook',
      publishedAt: at,
    },
    'event         order_item.ok of 11045e18, found by webhook, published',
  ],
  [
    { kind: 'event', id: `${orderUuid}/order/1`, type: 'order.settled', status: 'OK' },
    'event         order.settled, not published yet',
  ],
  [
    {
      kind: 'event',
      id: `${orderUuid}/${itemUuid}/1`,
      type: 'order_item.pending',
      status: 'PENDING',
      foundBy: 'track',
    },
    'event         order_item.pending of 11045e18, found by track, temporary: not published',
  ],
  [
    { kind: 'webhook', itemUuid, status: 'OK', version: '22', deliveries: 2, outcome: 'satisfied' },
    'webhook       OK of 11045e18, version 22, received 2 times: satisfied',
  ],
  [
    { kind: 'webhook', itemUuid, status: 'OK', version: '22', deliveries: 1, firstAnswerAt: at },
    'webhook       OK of 11045e18, version 22, received once: unresolved',
  ],
  [{ kind: 'track', requestedBy: 'arn:caller' }, 'track         by arn:caller: no answer yet'],
  [
    { kind: 'check', reason: 'schedule', tookInMilliseconds: 120, showed: { [itemUuid]: 'PENDING' } },
    'check         by schedule, took 120 ms: 11045e18 PENDING',
  ],
  [
    { kind: 'notification', itemUuid, outcome: 'no_webhook' },
    'notification  requested for 11045e18: no_webhook',
  ],
] as const)('%j is one line', ([entry, expected]) => {
  expect(describeEntry({ at, ...entry })).toBe(`2026-11-24 10:00:00Z  ${expected}`);
});

test.for([
  [{}, 'response contains no valid item'],
  ['http_503', 'http_503'],
] as const)('the answer %j is described as "%s"', ([showed, expected]) => {
  expect(describeAnswer(showed)).toBe(expected);
});

import { expect, test } from 'vitest';
import { notifications } from '../../lambdas/adapters/notifications.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';

const ORDER = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
const ITEM = '11045e18-e3ca-42e1-acb4-0d5be75036fd';

test('P11 the last answer is remembered for each item', async () => {
  const memory = notifications(new InMemoryTable());
  expect(await memory.last(ORDER, ITEM)).toBeUndefined();
  await memory.remember(ORDER, ITEM, { askedAt: '2026-03-01T10:00:00.000Z', outcome: 'no_webhook' });
  expect(await memory.last(ORDER, ITEM)).toMatchObject({
    askedAt: '2026-03-01T10:00:00.000Z',
    outcome: 'no_webhook',
  });
  expect(await memory.last(ORDER, crypto.randomUUID())).toBeUndefined();
  await memory.remember(ORDER, ITEM, { askedAt: '2026-03-02T10:00:00.000Z', outcome: 'accepted' });
  expect(await memory.last(ORDER, ITEM)).toMatchObject({ outcome: 'accepted' });
});

import { expect, test } from 'vitest';
import { notifications } from '../../lambdas/adapters/notifications.ts';
import { at, ITEM, ORDER } from '../domain/fixtures.ts';
import { InMemoryTable } from '../in-memory/in-memory-table.ts';

test('P11 the last answer is remembered for each item', async () => {
  const memory = notifications(new InMemoryTable());
  expect(await memory.last(ORDER, ITEM)).toBeUndefined();
  for (const notification of [
    { askedAt: at(0), outcome: 'no_webhook' },
    { askedAt: at(60), outcome: 'accepted' },
  ] as const) {
    await memory.remember(ORDER, ITEM, notification);
    expect(await memory.last(ORDER, ITEM)).toMatchObject(notification);
  }
  expect(await memory.last(ORDER, crypto.randomUUID())).toBeUndefined();
});

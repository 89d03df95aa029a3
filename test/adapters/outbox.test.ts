import { expect, test } from 'vitest';
import { outbox } from '../../lambdas/adapters/outbox.ts';
import { answer, at, ITEM, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

test('E16 a published event is not due any more; one that has expired meanwhile is not created again', async () => {
  const orders = new OrderTable();
  await orders.check(0, answer(seen('OK')));
  await orders.claimDue(at(60));
  const event = () => orders.records(`EVENT#${ITEM}`)[0];
  const unpublished = event();
  if (!unpublished) throw new Error('There is no event.');
  const { due, dueAt, rescueCount, ...content } = unpublished;
  expect({ dueAt, rescueCount }).toEqual({ dueAt: at(360), rescueCount: 1 });
  await outbox(orders.table).markPublished(unpublished, at(61));
  expect(event()).toEqual({ ...content, publishedAt: at(61) });
  orders.table.expire(unpublished);
  await outbox(orders.table).markPublished(unpublished, at(61));
  expect(event()).toBeUndefined();
});

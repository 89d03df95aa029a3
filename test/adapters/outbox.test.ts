import { expect, test } from 'vitest';
import { outbox } from '../../lambdas/adapters/outbox.ts';
import { at, ITEM, seen } from '../domain/fixtures.ts';
import { OrderTable } from './order-table.ts';

test('a published event is not due any more, and says when it was published', async () => {
  const orders = new OrderTable();
  await orders.check(0, answer(seen('OK')));
  await orders.claimDue(at(60));
  const [event] = orders.records(`EVENT#${ITEM}`);
  if (!event) throw new Error('There is no event.');
  expect(event).toMatchObject({ dueAt: at(360), rescueCount: 1 });
  await outbox(orders.table).markPublished(event, at(61));
  const [published] = orders.records(`EVENT#${ITEM}`);
  expect(published).toMatchObject({ publishedAt: at(61), body: event['body'] });
  for (const name of ['due', 'dueAt', 'rescueCount']) expect(published).not.toHaveProperty(name);
});

test('E16 an event that has expired meanwhile is not created again', async () => {
  const orders = new OrderTable();
  await orders.check(0, answer(seen('OK')));
  const [event] = orders.records(`EVENT#${ITEM}`);
  if (!event) throw new Error('There is no event.');
  orders.table.expire(event);
  await outbox(orders.table).markPublished(event, at(61));
  expect(orders.records(`EVENT#${ITEM}`)).toEqual([]);
});

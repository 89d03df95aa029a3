import type { SQSEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';
import { NO_FAULTS } from './context.ts';
import { MessageQueue } from './message-queue.ts';

const CONFIG = {
  delayInSeconds: 1,
  visibilityTimeoutInSeconds: 60,
  maxReceiveCount: 3,
  batchSize: 10,
  maxConcurrency: 2,
};

/** A queue, and every batch that was received from it: when, and which orders its messages are about. */
const queueWith = (work: (event: SQSEvent, receives: number) => Promise<readonly string[] | undefined>) => {
  const agenda = new Agenda(0);
  const received: [seconds: number, orders: string][] = [];
  const queue = new MessageQueue(
    CONFIG,
    (event) => {
      const orders = event.Records.map(({ body }) => JSON.parse(body).orderUuid).join(' ');
      received.push([agenda.now / 1000, orders]);
      return work(event, received.length);
    },
    { agenda, faults: NO_FAULTS, log: () => {} },
  );
  return { agenda, queue, received };
};

test('messages are received after the delay of the queue, several in one batch', async () => {
  const { agenda, queue, received } = queueWith(async () => []);
  queue.send({ orderUuid: 'a' });
  queue.send({ orderUuid: 'a' });
  await agenda.runUntil(500);
  queue.send({ orderUuid: 'a' });
  await agenda.runUntil(5000);
  expect(received).toEqual([
    [1, 'a a'],
    [1.5, 'a'],
  ]);
});

test('one batch of an order is in flight at a time, other orders are not held back', async () => {
  const { agenda, queue, received } = queueWith(async () => {
    await agenda.after(5000);
    return [];
  });
  queue.send({ orderUuid: 'a' });
  await agenda.runUntil(100);
  queue.send({ orderUuid: 'a' });
  queue.send({ orderUuid: 'b' });
  await agenda.runUntil(20_000);
  expect(received).toEqual([
    [1, 'a'],
    [1.1, 'b'],
    [6, 'a'],
  ]);
});

test('messages behind a failed one of the same order wait with it; after three receives it is a dead letter', async () => {
  const { agenda, queue, received } = queueWith(async ({ Records }) =>
    Records.flatMap(({ messageId }) => (messageId === '0' ? [messageId] : [])),
  );
  queue.send({ orderUuid: 'a' });
  await agenda.runUntil(1500);
  queue.send({ orderUuid: 'a' });
  await agenda.runUntil(300_000);
  expect(received).toEqual([
    [1, 'a'],
    [61, 'a a'],
    [121, 'a'],
  ]);
  expect(queue.deadLetters).toBe(1);
});

test('messages wait while the queue is paused', async () => {
  const { agenda, queue, received } = queueWith(async () => []);
  queue.pause();
  queue.send({ orderUuid: 'a' });
  await agenda.runUntil(10_000);
  expect(received).toEqual([]);
  queue.resume();
  await agenda.runUntil(11_000);
  expect(received).toEqual([[10, 'a']]);
});

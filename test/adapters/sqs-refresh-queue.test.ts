import type { SendMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { readMessages, sqsRefreshQueue } from '../../lambdas/adapters/sqs-refresh-queue.ts';
import { at, ORDER } from '../domain/fixtures.ts';
import { recordingClient } from './recording-client.ts';

/** A queue that answers so; every batch is remembered. */
const queueThat = (answer?: (input: SendMessageBatchCommandInput) => unknown) => {
  const { client, sent } = recordingClient<SQSClient, SendMessageBatchCommandInput>(answer);
  const batches = () => sent.map(({ Entries }) => Entries ?? []);
  return { queue: sqsRefreshQueue('https://queue.example', client), sent, batches };
};

const messages = (count: number) => Array.from({ length: count }, () => ({ orderUuid: crypto.randomUUID() }));

test('the refresh queue gets ten messages in a batch, each in the group of its order: an order is refreshed once at a time', async () => {
  const { queue, sent, batches } = queueThat();
  const all = [...messages(24), { orderUuid: ORDER, plannedAt: at(0) }];
  await queue.send(all);
  expect(batches().map(({ length }) => length)).toEqual([10, 10, 5]);
  expect(sent[0]).toMatchObject({ QueueUrl: 'https://queue.example' });
  for (const entries of batches()) expect(new Set(entries.map(({ Id }) => Id)).size).toBe(entries.length);
  expect(batches().flat()).toMatchObject(
    all.map((message) => ({ MessageGroupId: message.orderUuid, MessageBody: JSON.stringify(message) })),
  );
});

test('I4 the refresh queue gets an id of its own with each message: an equal one within five minutes asks for another check', async () => {
  const { queue, batches } = queueThat();
  for (const count of [25, 1]) await queue.send(Array.from({ length: count }, () => ({ orderUuid: ORDER })));
  expect(new Set(batches().flatMap((batch) => batch.map((entry) => entry.MessageDeduplicationId))).size).toBe(
    26,
  );
});

test('the refresh queue is not called without a message', async () => {
  const { queue, sent } = queueThat();
  await queue.send([]);
  expect(sent).toEqual([]);
});

test('a refresh queue that rejects a message is an error, so that the caller tries again', async () => {
  const { queue } = queueThat(({ Entries: [first] = [] }) => ({
    Failed: [{ Id: first?.Id, Code: 'InternalError' }],
  }));
  await expect(queue.send(messages(3))).rejects.toThrow('1 of 3 messages (InternalError)');
});

test.for([
  ['nothing', ''],
  ['no JSON', '{"orderUuid": '],
  ['null', 'null'],
  ['a list', '[]'],
  ['no order', '{}'],
  ['an order of another type', '{"orderUuid":7}'],
  ['a time that is none', `{"orderUuid":"${ORDER}","plannedAt":"soon"}`],
  ['a time with an offset', `{"orderUuid":"${ORDER}","plannedAt":"2026-03-01T10:00:00+02:00"}`],
] as const)('a message whose body is %s is unreadable, and the others are read', ([, body]) => {
  const bodies = [body, JSON.stringify({ orderUuid: ORDER })];
  const Records = bodies.map((text, index) => ({ messageId: `${index}`, body: text }));
  expect(readMessages({ Records })).toEqual([
    { messageId: '0', message: undefined },
    { messageId: '1', message: { orderUuid: ORDER } },
  ]);
});

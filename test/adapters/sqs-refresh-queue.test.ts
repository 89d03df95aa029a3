import type {
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { failedMessages, readMessages, sqsRefreshQueue } from '../../lambdas/adapters/sqs-refresh-queue.ts';
import { at, ORDER } from '../domain/fixtures.ts';

/** A queue that answers so; every batch is remembered. */
const queueThat = (
  answer: (input: SendMessageBatchCommandInput) => Partial<SendMessageBatchCommandOutput> = () => ({}),
) => {
  const batches: SendMessageBatchCommandInput[] = [];
  const client = {
    send: async ({ input }: { input: SendMessageBatchCommandInput }) => {
      batches.push(input);
      return answer(input);
    },
  } as unknown as SQSClient;
  const queue = sqsRefreshQueue('https://queue.example', client);
  return { queue, batches, entries: () => batches.flatMap(({ Entries = [] }) => Entries) };
};

const orderUuids = (count: number): string[] => Array.from({ length: count }, () => crypto.randomUUID());

describe('the refresh queue', () => {
  test('gets each message in the group of its order, so that an order is refreshed once at a time', async () => {
    const { queue, entries } = queueThat();
    const [one, other] = orderUuids(2) as [string, string];
    await queue.send([{ orderUuid: one }, { orderUuid: other, plannedAt: at(0) }]);
    expect(entries()).toMatchObject([
      { MessageGroupId: one, MessageBody: JSON.stringify({ orderUuid: one }) },
      { MessageGroupId: other, MessageBody: JSON.stringify({ orderUuid: other, plannedAt: at(0) }) },
    ]);
  });

  test('I4 gets an id of its own with each message: an equal one within five minutes asks for another check', async () => {
    const { queue, entries } = queueThat();
    await queue.send(Array.from({ length: 25 }, () => ({ orderUuid: ORDER })));
    await queue.send([{ orderUuid: ORDER }]);
    expect(new Set(entries().map((entry) => entry.MessageDeduplicationId)).size).toBe(26);
  });

  test('gets ten messages in a batch, whose ids differ', async () => {
    const { queue, batches } = queueThat();
    const orders = orderUuids(25);
    await queue.send(orders.map((orderUuid) => ({ orderUuid })));
    expect(batches.map(({ Entries = [] }) => Entries.length)).toEqual([10, 10, 5]);
    for (const { QueueUrl, Entries = [] } of batches) {
      expect(QueueUrl).toBe('https://queue.example');
      expect(new Set(Entries.map(({ Id }) => Id)).size).toBe(Entries.length);
    }
    expect(batches.flatMap(({ Entries = [] }) => Entries.map((entry) => entry.MessageGroupId))).toEqual(
      orders,
    );
  });

  test('is not called without a message', async () => {
    const { queue, batches } = queueThat();
    await queue.send([]);
    expect(batches).toEqual([]);
  });

  test('that refuses a message is an error, so that the caller tries again', async () => {
    const { queue } = queueThat(({ Entries = [] }) => ({
      Failed: Entries.slice(0, 1).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
    }));
    await expect(queue.send(orderUuids(3).map((orderUuid) => ({ orderUuid })))).rejects.toThrow(
      '1 of 3 messages (InternalError)',
    );
  });

  test('that cannot be reached is an error', async () => {
    const { queue } = queueThat(() => {
      throw new Error('unreachable');
    });
    await expect(queue.send([{ orderUuid: ORDER }])).rejects.toThrow('unreachable');
  });
});

describe('a batch that Lambda received from the queue', () => {
  const read = (...bodies: string[]) =>
    readMessages({ Records: bodies.map((body, index) => ({ messageId: `${index}`, body })) });

  test('is read as it was sent', async () => {
    const { queue, entries } = queueThat();
    const sent = [{ orderUuid: ORDER }, { orderUuid: ORDER, plannedAt: at(0) }];
    await queue.send(sent);
    const received = read(...entries().map(({ MessageBody = '' }) => MessageBody));
    expect(received).toEqual(sent.map((message, index) => ({ messageId: `${index}`, message })));
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
  ])('says of a body that is %s that it is unreadable, and reads the others', ([, body = '']) => {
    expect(read(body, JSON.stringify({ orderUuid: ORDER }))).toEqual([
      { messageId: '0', message: undefined },
      { messageId: '1', message: { orderUuid: ORDER } },
    ]);
  });

  test('names the messages that failed, so that the queue delivers only those again', () => {
    expect(failedMessages(['a', 'b'])).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }],
    });
    expect(failedMessages([])).toEqual({ batchItemFailures: [] });
  });
});

import type { PublishBatchCommandInput, PublishBatchCommandOutput, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { snsTopic } from '../../lambdas/adapters/sns-topic.ts';
import type { UnpublishedEvent } from '../../lambdas/application/ports.ts';
import { ITEM, ORDER } from '../domain/fixtures.ts';

/** A topic that answers so; every request is remembered. */
const topicThat = (
  answer: (input: PublishBatchCommandInput) => Pick<PublishBatchCommandOutput, 'Successful' | 'Failed'>,
) => {
  const sent: PublishBatchCommandInput[] = [];
  const errors: string[] = [];
  const client = {
    send: async ({ input }: { input: PublishBatchCommandInput }) => {
      sent.push(input);
      return answer(input);
    },
  } as unknown as SNSClient;
  const topic = snsTopic('arn', { error: (message) => void errors.push(message) }, client);
  return { topic, sent, errors };
};

const accepting = ({ PublishBatchRequestEntries = [] }: PublishBatchCommandInput) => ({
  Successful: PublishBatchRequestEntries.map(({ Id }) => ({ Id, MessageId: 'm', SequenceNumber: '' })),
  Failed: [],
});

const event = (sequence: number, bytes = 100): UnpublishedEvent => ({
  key: { pk: `ORDER#${ORDER}`, sk: `EVENT#${ITEM}#${sequence}` },
  body: JSON.stringify({
    type: 'order_item.ok',
    data: { orderUuid: ORDER, status: 'OK', product: { type: 'musement' }, padding: 'x'.repeat(bytes) },
  }),
});

const events = (count: number, bytes?: number) =>
  Array.from({ length: count }, (_, index) => event(index, bytes));

describe('the topic', () => {
  test('E3 gets ten messages a batch, and no batch of more than 256 KiB', async () => {
    const { topic, sent } = topicThat(accepting);
    expect(await topic.publish(events(25))).toHaveLength(25);
    expect(sent.map((batch) => batch.PublishBatchRequestEntries?.length)).toEqual([10, 10, 5]);
    expect(await topic.publish(events(5, 100 * 1024))).toHaveLength(5);
    expect(sent.slice(3).map((batch) => batch.PublishBatchRequestEntries?.length)).toEqual([2, 2, 1]);
  });

  test('E3 may refuse one of ten: the others count as published', async () => {
    const { topic } = topicThat((input) => {
      const { Successful } = accepting(input);
      return { Successful: Successful.filter(({ Id }) => Id !== '3'), Failed: [] };
    });
    const unpublished = events(10);
    expect(await topic.publish(unpublished)).toEqual(unpublished.filter((_, index) => index !== 3));
  });

  test('E3 may refuse a whole batch: the others go through, and the error is logged', async () => {
    let batches = 0;
    const { topic, errors } = topicThat((input) => {
      if (++batches === 1) throw new Error('Throttled');
      return accepting(input);
    });
    expect(await topic.publish(events(12))).toHaveLength(2);
    expect(errors).toEqual(['The topic rejected a batch of events; they stay due']);
  });

  test('gets as message attributes what subscribers filter by', async () => {
    const { topic, sent } = topicThat(accepting);
    await topic.publish([event(1)]);
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    expect(sent[0]?.PublishBatchRequestEntries?.[0]?.MessageAttributes).toEqual({
      type: text('order_item.ok'),
      status: text('OK'),
      final: text('true'),
      order_uuid: text(ORDER),
      product_type: text('musement'),
    });
  });
});

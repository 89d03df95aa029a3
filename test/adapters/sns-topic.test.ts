import type { PublishBatchCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { EVENT_TYPES } from '../../events/index.ts';
import { messageAttributes, snsTopic } from '../../lambdas/adapters/sns-topic.ts';
import type { UnpublishedEvent } from '../../lambdas/application/ports.ts';
import { ITEM, ORDER } from '../domain/fixtures.ts';
import { recordingClient } from './recording-client.ts';

const accepting = ({ PublishBatchRequestEntries = [] }: PublishBatchCommandInput) => ({
  Successful: PublishBatchRequestEntries.map(({ Id }) => ({ Id, MessageId: 'm' })),
});

/** A topic that answers so; every batch is remembered. */
const topicThat = (answer: (input: PublishBatchCommandInput) => unknown = accepting) => {
  const { client, sent } = recordingClient<SNSClient, PublishBatchCommandInput>(answer);
  const errors: string[] = [];
  const topic = snsTopic('arn', { error: (message) => void errors.push(message) }, client);
  const batches = () => sent.map((batch) => batch.PublishBatchRequestEntries ?? []);
  return { topic, batches, errors };
};

/** The body of an event with other data. */
const bodyWith = (data: object, type = 'order_item.ok'): string =>
  JSON.stringify({ type, data: { orderUuid: ORDER, status: 'OK', ...data } });

/** An event with this body. */
const eventWith = (body: string): UnpublishedEvent => ({
  key: { pk: `ORDER#${ORDER}`, sk: `EVENT#${ITEM}#1` },
  body,
});

const events = (count: number, bytes = 100): UnpublishedEvent[] =>
  Array.from({ length: count }, (_, sequence) => ({
    key: { pk: `ORDER#${ORDER}`, sk: `EVENT#${ITEM}#${sequence}` },
    body: JSON.stringify({
      type: 'order_item.ok',
      data: { orderUuid: ORDER, status: 'OK', product: { type: 'musement' }, padding: 'x'.repeat(bytes) },
    }),
  }));

describe('the topic', () => {
  test('E3 gets ten messages a batch, and no batch of more than 256 KiB', async () => {
    const { topic, batches } = topicThat();
    expect(await topic.publish(events(25))).toHaveLength(25);
    expect(await topic.publish(events(5, 100 * 1024))).toHaveLength(5);
    expect(batches().map(({ length }) => length)).toEqual([10, 10, 5, 2, 2, 1]);
  });

  test('E3 may reject one of ten: the others count as published', async () => {
    const { topic } = topicThat((input) => ({
      Successful: accepting(input).Successful.filter(({ Id }) => Id !== '3'),
    }));
    const unpublished = events(10);
    expect(await topic.publish(unpublished)).toEqual(unpublished.toSpliced(3, 1));
  });

  test('E3 may reject a whole batch: the others go through, and the error is logged', async () => {
    let batches = 0;
    const { topic, errors } = topicThat((input) => {
      if (++batches === 1) throw new Error('Throttled');
      return accepting(input);
    });
    expect(await topic.publish(events(12))).toHaveLength(2);
    expect(errors).toEqual(['The topic rejected a batch of events; they stay due']);
  });

  test('gets as message attributes what subscribers filter by', async () => {
    const { topic, batches } = topicThat();
    await topic.publish(events(1));
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    expect(batches()[0]?.[0]?.MessageAttributes).toEqual({
      type: text('order_item.ok'),
      status: text('OK'),
      final: text('true'),
      order_uuid: text(ORDER),
      product_type: text('musement'),
    });
  });

  const UNFIT = ['say "hi"', 'C:\\tours', 'gift\u0000', 'two\nlines', 'caf\u00e9', 'a b', '', 'x'.repeat(65)];

  test.each(UNFIT)(
    'E18 leaves out an attribute that would hold %j, and keeps the text in the body',
    async (type) => {
      const { topic, batches } = topicThat();
      const unpublished = eventWith(bodyWith({ product: { type } }));
      expect(await topic.publish([unpublished])).toEqual([unpublished]);
      const [entry] = batches().flat();
      expect(Object.keys(entry?.MessageAttributes ?? {})).toEqual(['type', 'status', 'final', 'order_uuid']);
      expect(JSON.parse(`${entry?.Message}`).data.product.type).toBe(type);
    },
  );

  test.each(UNFIT)("E18 does the same with the order's own status %j", async (status) => {
    const { topic, batches } = topicThat();
    await topic.publish([eventWith(bodyWith({ status, items: [] }, 'order.settled'))]);
    const [entry] = batches().flat();
    expect(Object.keys(entry?.MessageAttributes ?? {})).toEqual(['type', 'final', 'order_uuid']);
    expect(JSON.parse(`${entry?.Message}`).data.status).toBe(status);
  });

  test.each(['musement', 'gift-card', 'RED_SEA.v2', 'x'.repeat(64)])('sends the attribute %j', (type) => {
    const attributes = messageAttributes(JSON.parse(bodyWith({ product: { type } })));
    expect(attributes['product_type']).toEqual({ DataType: 'String', StringValue: type });
  });

  test('E1 counts vouchers that came later, and a settled order, among the final events', () => {
    const final = Object.values(EVENT_TYPES).filter(
      (type) => messageAttributes(JSON.parse(bodyWith({}, type)))['final']?.StringValue === 'true',
    );
    expect(final.toSorted()).toEqual([
      'order.settled',
      'order_item.ko',
      'order_item.ok',
      'order_item.refunded',
      'order_item.vouchers_available',
    ]);
  });

  test.each(Object.values(EVENT_TYPES))('has no attribute to leave out because of the type %s', (type) => {
    expect(messageAttributes(JSON.parse(bodyWith({}, type)))).toMatchObject({
      type: { StringValue: type },
      final: { StringValue: expect.stringMatching(/^(true|false)$/) },
    });
  });
});

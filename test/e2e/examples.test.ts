import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, inject, test } from 'vitest';
import { EventQueue } from '../../local/event-queue.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { useDeployedExamples } from './deployed-examples.ts';
import { lost, needsConfirmation, orderOf } from './order-fixture.ts';
import { sqsClient } from './queues.ts';
import { eventually, useStack } from './stack-fixture.ts';
import { readStatus } from './status-table.ts';

const stack = useStack();
const examples = useDeployedExamples();
const { endpoint } = inject('localStack');

/** Calls the function of the example `checkout`, as a payment does. */
const pay = async (orderUuid: string, reference: string): Promise<void> => {
  const lambda = new LambdaClient(clientConfiguration(endpoint));
  const order = { orderUuid, reference, paidAt: new Date().toISOString() };
  const { StatusCode } = await lambda.send(
    new InvokeCommand({
      FunctionName: examples.AfterPaymentName,
      InvocationType: 'Event',
      Payload: JSON.stringify(order),
    }),
  );
  expect(StatusCode).toBe(202);
};

describe('the examples, deployed beside the tracker', () => {
  test('an order that was paid is tracked, and its final status is stored', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    await pay(orderUuid, 'B-4711');
    await eventually(async () => {
      const stored = await readStatus(examples.StatusesTableName, `${orderUuid}/${itemUuid}`);
      expect(stored).toMatchObject({ status: 'OK', reference: 'B-4711', foundBy: 'track' });
      expect(await readStatus(examples.StatusesTableName, orderUuid)).toMatchObject({
        items: [{ uuid: itemUuid, status: 'OK' }],
      });
    });
  });

  test('a team gets a text about an item that is not confirmed in time, and about no other', async () => {
    const mails = await EventQueue.subscribe(endpoint, examples.MailsTopicArn);
    const confirmed = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const late = await orderOf(stack.simulator, needsConfirmation(2));
    await pay(confirmed.orderUuid, 'in time');
    await pay(late.orderUuid, 'B-4712');
    const texts: string[] = [];
    await eventually(async () => {
      const { Messages = [] } = await sqsClient().send(new ReceiveMessageCommand({ QueueUrl: mails.url }));
      for (const { Body = '', ReceiptHandle } of Messages) {
        texts.push(Body);
        await sqsClient().send(new DeleteMessageCommand({ QueueUrl: mails.url, ReceiptHandle }));
      }
      expect(texts).toContainEqual(expect.stringContaining('Your reference: B-4712'));
    });
    const text = texts.find((one) => one.includes('B-4712'));
    expect(text).toContain('order_item.overdue: the item is PENDING, and was to be confirmed by 20');
    expect(text).toContain(`Item: ${late.itemUuid}`);
    expect(stack.typesOf(confirmed.orderUuid)).toContain('order_item.ok');
    expect(texts.filter((one) => one.includes(confirmed.orderUuid))).toEqual([]);
    await mails.unsubscribe();
    await mails.remove();
  });
});

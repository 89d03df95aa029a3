import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import type { Order } from '../../lambdas/contracts/order-schemas.ts';
import { EventQueue } from '../../local/event-queue.ts';
import { PATHS } from '../../local/paths.ts';
import { ensureVirtualEnvironment, MINISTACK } from '../../local/virtual-environment.ts';
import { publishedOrder } from './command-line.ts';
import { sqsClient } from './queues.ts';
import { eventually, useStack } from './stack-fixture.ts';
import { useStatusTable } from './status-table.ts';

const stack = useStack();
const { endpoint, region, outputs } = inject('localStack');
const table = useStatusTable();

let python: string;

beforeAll(async () => {
  python = await ensureVirtualEnvironment(MINISTACK);
});

/** Runs Python in the folder of the examples. @returns what it prints */
const run = async (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { stdout } = await promisify(execFile)(python, args, {
    cwd: join(PATHS.root, 'examples/python'),
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      PYTHONDONTWRITEBYTECODE: '1',
      ...variables,
    },
  });
  return stdout;
};

describe('the examples in Python', () => {
  test('a consumer stores the newest of each subject, ignores repetitions and leaves what it cannot read', async () => {
    const queue = await EventQueue.subscribe(endpoint, outputs.TopicArn);
    const { orderUuid, itemUuid } = await publishedOrder(stack);
    const events = stack.eventsOf(orderUuid).map(({ event }) => event);
    const bodies = [...events.map((event) => JSON.stringify(event)), 'not JSON'];
    for (const MessageBody of bodies) {
      await sqsClient().send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
    }
    const printed: string[] = [];
    await eventually(async () => {
      const variables = { QUEUE_URL: queue.url, TABLE_NAME: table.name };
      printed.push(...(await run(['-c', 'import consumer; consumer.receive()'], variables)).split('\n'));
      for (const { id } of events) {
        // Once from the topic, once from this test.
        expect(printed.filter((line) => line === `stored ${id}`)).toHaveLength(1);
        expect(printed.filter((line) => line === `ignored ${id}`)).toHaveLength(1);
      }
      expect(printed.some((line) => /^failed .* JSONDecodeError$/.test(line))).toBe(true);
    });
    expect(await table.stored(`${orderUuid}/${itemUuid}`)).toMatchObject({ itemUuid, status: 'OK' });
    await queue.unsubscribe();
    await queue.remove();
  });

  test('a signed request starts tracking an order', async () => {
    const orderUuid = crypto.randomUUID();
    expect(await run(['track_order.py', outputs.OrdersUrl, orderUuid, 'B-4711'])).toContain(orderUuid);
    const { timeline } = (await (await stack.orders.read(orderUuid)).json()) as Order;
    expect(timeline).toContainEqual(expect.objectContaining({ kind: 'track', reference: 'B-4711' }));
  });
});

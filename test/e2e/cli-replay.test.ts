import { describe, expect, inject, test } from 'vitest';
import { quarantine } from '../../lambdas/adapters/quarantine-store.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { EventQueue, type ReceivedEvent } from '../../local/event-queue.ts';
import { publishedOrder, useCommandLine } from './command-line.ts';
import { lost, orderOf } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';
import { deployedTable } from './stored-records.ts';

const stack = useStack();
const cli = useCommandLine();
const { outputs, endpoint, webhookCredentials } = inject('localStack');

describe('replay', () => {
  /** Collects what arrives at a queue of its own. */
  const collect = async () => {
    const queue = await EventQueue.subscribe(endpoint, outputs.OperationsTopicArn);
    const abort = new AbortController();
    const received: ReceivedEvent[] = [];
    const done = (async () => {
      for await (const event of queue.receive(abort.signal)) received.push(event);
    })();
    return {
      url: queue.url,
      received,
      stop: async () => {
        abort.abort();
        await done;
        await queue.unsubscribe();
        await queue.remove();
      },
    };
  };

  test('lists the events first, then resends them to all subscribers', async () => {
    const { orderUuid } = await publishedOrder(stack);
    const before = stack.eventsOf(orderUuid).map(({ event }) => event);
    const shown = await cli.run('replay', '--order', orderUuid);
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain(`${before[0]?.id}`);
    expect(shown.stdout).toContain('Nothing was sent');
    expect((await cli.runProcess('replay', '--order', orderUuid, '--send')).exitCode).toBe(0);
    await eventually(() => expect(stack.eventsOf(orderUuid)).toHaveLength(2 * before.length));
    const again = stack.eventsOf(orderUuid).slice(before.length);
    expect(again.map(({ event }) => event)).toEqual(expect.arrayContaining(before));
    expect(again[0]?.attributes).toMatchObject({ final: 'true' });
  });

  test('resends the events of a period to one queue only', async () => {
    const from = new Date().toISOString();
    const { orderUuid } = await publishedOrder(stack);
    const until = new Date().toISOString();
    const { orderUuid: later } = await publishedOrder(stack);
    const before = stack.eventsOf(orderUuid).length;
    const queue = await collect();
    const { exitCode } = await cli.run(
      ...['replay', '--from', from, '--until', until, '--final', '--to', queue.url, '--send'],
    );
    expect(exitCode).toBe(0);
    // Other tests publish events in the same period.
    const received = () => queue.received.filter(({ event }) => event.data.orderUuid === orderUuid);
    await eventually(() => expect(received().length).toBeGreaterThanOrEqual(before));
    await queue.stop();
    expect(queue.received.map(({ event }) => event.data.orderUuid)).not.toContain(later);
    expect(
      received()
        .map(({ event }) => event.id)
        .sort(),
    ).toEqual(
      stack
        .eventsOf(orderUuid)
        .map(({ event }) => event.id)
        .sort(),
    );
    expect(received()[0]?.attributes['order_uuid']).toBe(orderUuid);
    expect(stack.eventsOf(orderUuid)).toHaveLength(before);
  });

  test('finds a wrong queue URL before anything is sent', async () => {
    const { orderUuid } = await publishedOrder(stack);
    const url = `${endpoint}/000000000000/no-such-queue`;
    const { exitCode, stderr } = await cli.run('replay', '--order', orderUuid, '--to', url);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`There is no queue ${url}.`);
  });

  test('exits with 3 when no event matches', async () => {
    const { exitCode, stdout } = await cli.run('replay', '--order', crypto.randomUUID(), '--send');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('No published event matches');
  });
});

describe('quarantine', () => {
  const post = async (body: string, contentType = 'application/json'): Promise<void> => {
    const { username, password } = webhookCredentials;
    await fetch(outputs.WebhookUrl, {
      method: 'POST',
      headers: {
        'Content-Type': contentType,
        Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
      body,
    });
  };

  /** The bodies in quarantine that contain a text. Other tests put other bodies there. */
  const kept = async (text: string) =>
    (await quarantine(deployedTable()).list(toInstant(Date.now()))).filter(({ body }) =>
      body?.includes(text),
    );

  const idOf = async (text: string): Promise<string> => (await kept(text))[0]?.id ?? 'not in quarantine';

  test('lists, shows and replays a corrected body', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const good = await stack.simulator.webhookBody(orderUuid, itemUuid);
    await post(JSON.stringify(omit(good, 'order_item_version')));
    const listed = await cli.run('quarantine', 'list', '--json');
    expect(listed.exitCode).toBe(4);
    expect(listed.stdout).not.toContain(orderUuid);
    const id = await idOf(orderUuid);
    expect(listed.json()).toContainEqual(
      expect.objectContaining({ id, reason: expect.stringContaining('order_item_version') }),
    );
    expect((await cli.run('quarantine', 'show', id)).stdout).toContain(orderUuid);

    const unchanged = await cli.run('quarantine', 'replay', id);
    expect(unchanged.exitCode).toBe(6);
    expect(unchanged.stderr).toContain('order_item_version');
    // The body is not in quarantine twice.
    expect(await kept(orderUuid)).toHaveLength(1);
    const file = await cli.file('corrected.json', JSON.stringify(good));
    expect((await cli.run('quarantine', 'replay', id, '--body', file)).exitCode).toBe(0);
    await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.ok'));
    expect((await cli.run('quarantine', 'list')).stdout).not.toContain(id);
    expect((await cli.run('quarantine', 'list', '--all')).stdout).toContain(id);
  });

  test('I10 writes a body of another content type into a file, from which it is replayed', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const body = `${JSON.stringify(await stack.simulator.webhookBody(orderUuid, itemUuid))}\t`;
    await post(body, 'text/plain');
    const id = await idOf(orderUuid);
    expect((await cli.run('quarantine', 'show', id)).stdout).toContain('not "text/plain"');

    const { stdout } = await cli.runProcess('quarantine', 'show', id, '--raw');
    expect(stdout).toBe(body);
    const file = await cli.file('body.json', stdout);
    expect((await cli.run('quarantine', 'replay', id, '--body', file)).exitCode).toBe(0);
    await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.ok'));
  });

  test('I10 shows the size of a body that was too long', async () => {
    const body = 'x'.repeat(70_000 + Math.floor(Math.random() * 20_000));
    await post(body);
    const { stdout } = await cli.run('quarantine', 'list', '--json');
    const all = JSON.parse(stdout) as readonly { readonly id: string; readonly bodyBytes?: number }[];
    const { id = '' } = all.find(({ bodyBytes }) => bodyBytes === body.length) ?? {};
    expect((await cli.run('quarantine', 'show', id)).stdout).toContain(`${body.length} bytes`);
    expect((await cli.run('quarantine', 'show', id, '--raw')).exitCode).toBe(3);
    expect((await cli.run('quarantine', 'replay', id)).exitCode).toBe(6);
  });

  test('stops listing a dismissed body', async () => {
    const body = `{"order_id": ${crypto.randomUUID()}`;
    await post(body);
    const id = await idOf(body);
    expect((await cli.run('quarantine', 'list')).stdout).toContain(id);
    expect((await cli.run('quarantine', 'dismiss', id)).exitCode).toBe(0);
    expect((await cli.run('quarantine', 'list')).stdout).not.toContain(id);
    expect((await cli.run('quarantine', 'list', '--all')).stdout).toContain(id);
    expect((await cli.run('quarantine', 'show', id)).stdout).toContain(body);
  });

  test('exits with 3 when there is no body of the id', async () => {
    expect((await cli.run('quarantine', 'show', '2026-01-01T00:00:00.000Z#x')).exitCode).toBe(3);
  });
});

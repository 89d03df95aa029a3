import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { orderKey, orderPartition } from '../../lambdas/adapters/records.ts';
import { EventQueue, type ReceivedEvent } from '../../local/event-queue.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { runProgram, useCommandLine } from './command-line.ts';
import { failureQueueOf, reconcile, switchConsumer } from './functions.ts';
import { lost, needsConfirmation, orderOf, told } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';

const stack = useStack();
const cli = useCommandLine();
const { outputs, endpoint, webhookCredentials } = inject('localStack');
const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));

/** An order whose item was found and published. */
const publishedOrder = async () => {
  const order = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
  await eventually(() => expect(stack.typesOf(order.orderUuid)).toContain('order.settled'));
  return order;
};

describe('usage', () => {
  test('--help has examples and exit codes, of each command too', async () => {
    const { stdout, exitCode } = await runProgram(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Exit codes:');
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[options\] )?[<[\w]*/gm)].map(([, name]) => name);
    for (const name of ['status', 'track', 'check', 'notify', 'replay', 'due', 'doctor']) {
      expect(commands).toContain(name);
      expect((await runProgram([name, '--help'])).stdout).toContain(`Examples:\n  order-tracker ${name}`);
    }
    for (const name of ['quarantine list', 'quarantine dismiss', 'provider stop', 'provider show']) {
      const help = await runProgram([...name.split(' '), '--help']);
      expect(help.stdout).toContain(`Examples:\n  order-tracker ${name}`);
    }
  });

  test.for([
    [['stauts', 'x'], 'status'],
    [['due', '--rety'], '--retry'],
    [['status', 'MUS0738876'], 'is not the UUID of an order'],
    [['replay'], '--from'],
    [['track'], '--file'],
    [['track', '--file', 'no-such-file.txt'], 'The file no-such-file.txt cannot be read: it is not there.'],
    [['replay', '--order', crypto.randomUUID(), '--to', '--send'], '--to must be the URL of a queue'],
    [
      ['replay', '--from', '2026-11-24T12:00:00Z', '--until', '2026-11-24T08:00:00Z'],
      '--until is before --from',
    ],
  ] as const)('%j is wrong usage, and the message helps', async ([args, help]) => {
    const { exitCode, stderr } = await cli.run(...args);
    expect(stderr).toContain(help);
    expect(exitCode).toBe(2);
  });

  test('a shell without region or credentials is told what to do', async () => {
    const nowhere = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    const noRegion = await runProgram(['doctor'], nowhere);
    expect(noRegion.exitCode).toBe(2);
    expect(noRegion.stderr).toContain('AWS_REGION');
    const offline = { ...nowhere, AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' };
    const noCredentials = await runProgram(['doctor'], offline);
    expect(noCredentials.exitCode).toBe(2);
    expect(noCredentials.stderr).toContain('AWS_PROFILE');
  });

  test('wrong usage is JSON too, for machines', async () => {
    const run = await cli.run('status', '--json');
    expect(run.exitCode).toBe(2);
    expect(run.json()).toEqual({ error: expect.stringContaining('missing required argument') });
  });

  test('an AWS that cannot be reached is no answer, whatever was asked', async () => {
    const { exitCode, stderr } = await runProgram(['due'], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('cannot be reached');
  });

  test('a local stack that has ended is said plainly', async () => {
    const ended = { ...inject('localStack'), endpoint: 'http://127.0.0.1:9' };
    const file = await cli.file('ended.json', JSON.stringify(ended));
    const { exitCode, stderr } = await runProgram(['status', crypto.randomUUID(), '--stack-file', file]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('it has ended');
  });

  test('a stack that is not there is said plainly', async () => {
    const { exitCode, stderr } = await runProgram(['doctor', '--stack-file', 'no-such-file.json']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('npm start');
  });
});

describe('status', () => {
  test('shows items, watches, what is due and the timeline; of vouchers only how many', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(600, told(0, 'PENDING')),
    );
    await eventually(async () => {
      const { stdout, exitCode } = await cli.run('status', orderUuid.toUpperCase());
      expect(exitCode).toBe(0);
      expect(stdout).toContain('PENDING');
      expect(stdout).toContain(`:watch-${itemUuid}-${orderUuid.slice(0, 8)}-1-1`);
      expect(stdout).toMatch(/webhook +PENDING of [0-9a-f]{8}, .*: satisfied/);
    });
    const told0 = await publishedOrder();
    const { stdout } = await cli.run('status', told0.orderUuid, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ status: 'OK', vouchers: 1 }] });
    expect(stdout).not.toContain('http');
  });

  test('an order that nobody knows is not found', async () => {
    const { exitCode, stderr } = await cli.run('status', crypto.randomUUID());
    expect(exitCode).toBe(3);
    expect(stderr).toContain('order-tracker track');
  });
});

describe('track and check', () => {
  test('track takes orders from a file, with references', async () => {
    const orders = await Promise.all(
      [1, 2, 3].map(() => orderOf(stack.simulator, { timeline: [lost(0, 'OK')] })),
    );
    const [first, second, third] = orders.map(({ orderUuid }) => orderUuid);
    const file = await cli.file('orders.txt', `# paid today\n${first},B-1\n${second}\n\n${third}, B-3\n`);
    const { exitCode, stdout } = await cli.run('track', '--file', file);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('3 of 3 orders are tracked.');
    await eventually(() => {
      const event = stack.eventsOf(`${third}`)[0]?.event;
      expect(event?.data.reference).toBe('B-3');
    });
  });

  test('a file with a bad line is refused as a whole, with the line’s number', async () => {
    const good = crypto.randomUUID();
    const file = await cli.file('bad.txt', `${good}\n# a comment\nMUS0738876\n`);
    const { exitCode, stderr } = await cli.run('track', '--file', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Line 3 of ${file}: "MUS0738876"`);
    expect((await cli.run('status', good)).exitCode).toBe(3);
    const empty = await cli.file('empty.txt', '\n');
    expect((await cli.run('track', '--file', empty)).stderr).toContain('names no order');
  });

  test('what the API refuses is named, and the exit code tells', async () => {
    const { exitCode, stdout } = await cli.run('track', crypto.randomUUID(), '--paid-at', 'yesterday');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('HTTP 400: paidAt');
  });

  test('check asks now and shows the answer', async () => {
    const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'KO')] });
    const { exitCode, stdout } = await cli.run('check', orderUuid);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('KO');
  });

  test('check does not wait for the end of a pause after trouble', async () => {
    const { orderUuid } = await publishedOrder();
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    await table.update({ key: orderKey(orderUuid), set: { askAgainAt: inAnHour } });
    expect((await cli.run('status', orderUuid)).stdout).toContain('not asked before');
    const { exitCode, stdout } = await cli.run('check', orderUuid);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('not asked before');
  });

  test('check tells an unknown order from a provider that does not answer', async () => {
    const unknown = await cli.run('check', crypto.randomUUID());
    expect(unknown.exitCode).toBe(3);
    expect(unknown.stderr).toContain('Musement does not know the order');
    const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    await stack.simulator.planFault({ fault: { kind: 'status', status: 503 }, orderUuid, times: 3 });
    const silent = await cli.run('check', orderUuid);
    expect(silent.exitCode).toBe(5);
    expect(silent.stderr).toContain('gave no usable answer (http_503)');
  });
});

describe('notify', () => {
  const notifications = async () =>
    (await stack.simulator.requests()).filter(({ endpoint: name }) => name === 'notification').length;

  test('brings the webhook that was lost', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const { exitCode } = await cli.run('notify', orderUuid, itemUuid);
    expect(exitCode).toBe(0);
    await eventually(() => expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']));
    expect(stack.eventsOf(orderUuid)[0]?.event.data).toMatchObject({ foundBy: 'webhook' });
  });

  test('P11 that no webhook is configured is said, remembered and not asked again', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      product: { type: 'gift' },
      timeline: [lost(0, 'OK')],
    });
    const before = await notifications();
    const first = await cli.run('notify', orderUuid, itemUuid);
    expect(first.exitCode).toBe(6);
    expect(first.stderr).toContain('No webhook is configured');
    const second = await cli.run('notify', orderUuid, itemUuid);
    expect(second.exitCode).toBe(6);
    expect(second.stderr).toContain('not asked again');
    expect(await notifications()).toBe(before + 1);
    expect((await cli.run('status', orderUuid)).stdout).toContain('no_webhook');
    expect((await cli.run('notify', orderUuid, itemUuid, '--again')).exitCode).toBe(6);
    expect(await notifications()).toBe(before + 2);
  });

  test('P11 unknown items and trouble are temporary', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    expect((await cli.run('notify', orderUuid, crypto.randomUUID())).exitCode).toBe(3);
    await stack.simulator.planFault({ endpoint: 'notification', fault: { kind: 'status', status: 503 } });
    const { exitCode, stderr } = await cli.run('notify', orderUuid, itemUuid);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('http_503');
    expect((await cli.run('notify', orderUuid, itemUuid)).exitCode).toBe(0);
  });
});

describe('replay', () => {
  /** What comes to a queue of its own until it was asked to stop. */
  const collecting = async () => {
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

  test('shows first, then sends the same events again, to all subscribers', async () => {
    const { orderUuid } = await publishedOrder();
    const before = stack.eventsOf(orderUuid).map(({ event }) => event);
    const shown = await cli.run('replay', '--order', orderUuid);
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain(`${before[0]?.id}`);
    expect(shown.stdout).toContain('Nothing was sent');
    expect((await cli.run('replay', '--order', orderUuid, '--send')).exitCode).toBe(0);
    await eventually(() => expect(stack.eventsOf(orderUuid)).toHaveLength(2 * before.length));
    const again = stack.eventsOf(orderUuid).slice(before.length);
    expect(again.map(({ event }) => event)).toEqual(expect.arrayContaining(before));
    expect(again[0]?.attributes).toMatchObject({ final: 'true' });
  });

  test('sends those of a time to one queue only', async () => {
    const from = new Date().toISOString();
    const { orderUuid } = await publishedOrder();
    const until = new Date().toISOString();
    const { orderUuid: later } = await publishedOrder();
    const before = stack.eventsOf(orderUuid).length;
    const queue = await collecting();
    const { exitCode } = await cli.run(
      ...['replay', '--from', from, '--until', until, '--final', '--to', queue.url, '--send'],
    );
    expect(exitCode).toBe(0);
    await eventually(() => expect(queue.received.length).toBeGreaterThanOrEqual(before));
    await queue.stop();
    expect(queue.received.map(({ event }) => event.data.orderUuid)).not.toContain(later);
    expect(queue.received.map(({ event }) => event.id).sort()).toEqual(
      stack
        .eventsOf(orderUuid)
        .map(({ event }) => event.id)
        .sort(),
    );
    expect(queue.received[0]?.attributes['order_uuid']).toBe(orderUuid);
    expect(stack.eventsOf(orderUuid)).toHaveLength(before);
  });

  test('the dry run finds out that the queue is not there', async () => {
    const { orderUuid } = await publishedOrder();
    const url = `${endpoint}/000000000000/no-such-queue`;
    const { exitCode, stderr } = await cli.run('replay', '--order', orderUuid, '--to', url);
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`There is no queue ${url}.`);
  });

  test('nothing to send is not found', async () => {
    const { exitCode, stdout } = await cli.run('replay', '--order', crypto.randomUUID(), '--send');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('No event');
  });
});

describe('quarantine', () => {
  const post = async (body: string): Promise<void> => {
    const { username, password } = webhookCredentials;
    await fetch(outputs.WebhookUrl, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
      body,
    });
  };

  test('lists, shows, and sends again what was corrected', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const good = await stack.simulator.webhookBody(orderUuid, itemUuid);
    const { order_item_version: _, ...bad } = good;
    await post(JSON.stringify(bad));
    const listed = await cli.run('quarantine', 'list', '--json');
    expect(listed.exitCode).toBe(4);
    expect(listed.stdout).not.toContain(orderUuid);
    const entries = listed.json<{ id: string; reason: string }[]>();
    const id = entries.findLast(({ reason }) => reason.includes('order_item_version'))?.id ?? '';
    expect((await cli.run('quarantine', 'show', id)).stdout).toContain(orderUuid);

    const asItCame = await cli.run('quarantine', 'replay', id);
    expect(asItCame.exitCode).toBe(6);
    expect(asItCame.stderr).toContain('order_item_version');
    // It is not there twice now.
    expect((await cli.run('quarantine', 'list', '--json')).json<unknown[]>()).toHaveLength(entries.length);
    const file = await cli.file('corrected.json', JSON.stringify(good));
    expect((await cli.run('quarantine', 'replay', id, '--body', file)).exitCode).toBe(0);
    await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.ok'));
    expect((await cli.run('quarantine', 'list')).stdout).not.toContain(id);
    expect((await cli.run('quarantine', 'list', '--all')).stdout).toContain(id);
  });

  test('lists no more what nothing can be made of', async () => {
    await post('{"order_id"');
    const entries = (await cli.run('quarantine', 'list', '--json')).json<{ id: string; reason: string }[]>();
    const id = entries.findLast(({ reason }) => reason.startsWith('body: must be JSON'))?.id ?? '';
    expect((await cli.run('quarantine', 'dismiss', id)).exitCode).toBe(0);
    expect((await cli.run('quarantine', 'list')).stdout).not.toContain(id);
    expect((await cli.run('quarantine', 'list', '--all')).stdout).toContain(id);
    expect((await cli.run('quarantine', 'show', id)).stdout).toContain('{"order_id"');
  });

  test('an id that is not there is not found', async () => {
    expect((await cli.run('quarantine', 'show', '2026-01-01T00:00:00.000Z#x')).exitCode).toBe(3);
  });
});

describe('due', () => {
  test('shows what is late and what is parked, and lets it be tried again', async () => {
    await switchConsumer('DispatchChanges', false);
    try {
      const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
      const hint = await eventually(async () => {
        const [row] = await table.query(orderPartition(orderUuid), 'WEBHOOK#', 'WEBHOOK$');
        if (!row) throw new Error('The webhook has not come yet.');
        return row;
      });
      const tomorrow = new Date(Date.now() + 86_000_000).toISOString();
      await table.update({ key: hint, set: { claims: 20, dueAt: tomorrow } });

      const { stdout, exitCode } = await cli.run('due', orderUuid);
      expect(exitCode).toBe(4);
      expect(stdout).toMatch(new RegExp(`parked +webhook ${itemUuid}.*20 times`));
      expect((await cli.run('due', crypto.randomUUID())).exitCode).toBe(0);

      const { json } = await cli.run('due', '--retry', orderUuid, '--json');
      expect(json()).toMatchObject({ retried: 1 });
      await eventually(async () => {
        await reconcile();
        expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']);
      });
      await eventually(async () => expect((await cli.run('due', orderUuid)).exitCode).toBe(0));
    } finally {
      await switchConsumer('DispatchChanges', true);
    }
  });
});

describe('doctor', () => {
  test('finds everything sound, and says what is not', async () => {
    const { stdout, exitCode } = await cli.run('doctor');
    for (const subject of [
      'table',
      'functions',
      'secrets',
      'orders API',
      'webhook',
      'provider',
      'consumers',
      'reconciler',
      'subscribers',
    ]) {
      expect(stdout).toContain(`✓ ${subject}:`);
    }
    // Nobody subscribes to them here.
    expect(stdout).toContain('! notices:');
    expect(exitCode).toBe(4);
  });

  test('finds a consumer that is switched off, and a login that is refused', async () => {
    await switchConsumer('PublishEvents', false);
    await stack.simulator.planFault({ endpoint: 'login', fault: { kind: 'status', status: 401 } });
    const { findings } = (await cli.run('doctor', '--json')).json<{
      findings: { subject: string; verdict: string; detail: string }[];
    }>();
    await stack.simulator.clearFaults();
    await switchConsumer('PublishEvents', true);
    const broken = findings.filter(({ verdict }) => verdict === 'broken');
    expect(broken.map(({ subject }) => subject).sort()).toEqual(['consumers', 'provider']);
    expect(broken.find(({ subject }) => subject === 'consumers')?.detail).toContain('PublishEvents');
  });
});

describe('doctor, of what is gone', () => {
  const configuration = clientConfiguration(endpoint);

  test('finds a subscriber’s queue that is not there', async () => {
    const sns = new SNSClient(configuration);
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn: outputs.TopicArn,
        Protocol: 'sqs',
        Endpoint: 'arn:aws:sqs:eu-west-1:000000000000:deleted',
      }),
    );
    const { stdout } = await cli.run('doctor');
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect(stdout).toMatch(/✗ subscribers: arn:\S+:deleted subscribed and is not there/);
  });

  test('finds dead letters, and names their heading of the runbook', async () => {
    const sqs = new SQSClient(configuration);
    const name = await failureQueueOf('PublishEvents');
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    const { stdout } = await cli.run('doctor');
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect(stdout).toMatch(/! dead letters: 1 in \S+ \(runbook: PublicationFailures\)/);
  });
});

describe('stop all calls to the provider, and start again', () => {
  afterAll(async () => {
    await cli.run('provider', 'start');
  });

  test('no call is made meanwhile, webhooks are taken in, and nothing is lost', async () => {
    const watched = await orderOf(stack.simulator, needsConfirmation(30, told(0, 'PENDING'), lost(4, 'OK')));
    await eventually(async () => {
      expect((await cli.run('status', watched.orderUuid)).stdout).toContain('watch-');
    });
    const stop = await cli.run('provider', 'stop');
    expect(stop.stdout).toContain('No call to the provider is possible');
    expect(stop.exitCode).toBe(0);
    const shown = await eventually(async () => {
      const run = await cli.run('provider', 'show', '--json');
      expect(run.json()).toMatchObject({ queue: 'Disabled' });
      return run;
    });
    expect(shown.exitCode).toBe(4);

    const calls = async () =>
      (await stack.simulator.requests()).filter(({ endpoint: name }) => name === 'order').length;
    const before = await calls();
    const logins = async () =>
      (await stack.simulator.requests()).filter(({ endpoint: name }) => name === 'login').length;
    const loginsBefore = await logins();
    const { findings } = (await cli.run('doctor', '--json')).json<{
      findings: { subject: string; verdict: string; detail: string }[];
    }>();
    expect(findings.find(({ subject }) => subject === 'provider')?.detail).toContain('calls are stopped');
    // Its remedy would be to switch the queue on, whose messages then could not be worked off.
    expect(findings.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
    expect(await logins()).toBe(loginsBefore);
    const told0 = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
    await eventually(async () => {
      expect((await cli.run('status', told0.orderUuid)).stdout).toMatch(/webhook .*OK/);
      // The reconciler does its work, and makes no call either.
      await reconcile();
      const { timeline } = (await cli.run('status', watched.orderUuid, '--json')).json<{
        timeline: { at: string }[];
      }>();
      expect(Date.now() - Date.parse(timeline[0]?.at ?? '')).toBeGreaterThan(8000);
    });
    expect(await calls()).toBe(before);
    expect(stack.typesOf(watched.orderUuid)).toEqual([]);

    await cli.run('provider', 'start');
    await eventually(async () => {
      await cli.run('due', '--retry', watched.orderUuid, told0.orderUuid);
      await reconcile();
      expect(stack.typesOf(watched.orderUuid)).toEqual(['order_item.ok', 'order.settled']);
      expect(stack.typesOf(told0.orderUuid)).toEqual(['order_item.ok', 'order.settled']);
    });
    expect((await cli.run('provider', 'show')).exitCode).toBe(0);
  });
});

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { publishedOrder, runProcess, useCommandLine } from './command-line.ts';
import { delivered, lost, needsConfirmation, orderOf } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';

const stack = useStack();
const cli = useCommandLine();
const { outputs, endpoint } = inject('localStack');
const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));

describe('usage', () => {
  test('--help shows exit codes and commands', async () => {
    const { stdout, exitCode } = await runProcess(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Exit codes:');
    expect(stdout).toMatch(/^ {2}status \[options\] \[order\] /m);
  });

  test.for([
    [['stauts', 'x'], 'status'],
    [['due', '--rety'], '--retry'],
    [['status', 'MUS0738876'], 'is not the UUID of an order'],
    [['replay'], '--from'],
    [['track'], '--file'],
    [['track', '--file', 'no-such-file.txt'], 'Cannot read the file no-such-file.txt: it does not exist.'],
    [['replay', '--order', crypto.randomUUID(), '--to', '--send'], '--to must be the URL of a queue'],
    [
      ['replay', '--from', '2026-11-24T12:00:00Z', '--until', '2026-11-24T08:00:00Z'],
      '--until is before --from',
    ],
  ] as const)('rejects the wrong usage %j with a message that helps', async ([args, help]) => {
    const { exitCode, stderr } = await cli.run(...args);
    expect(stderr).toContain(help);
    expect(exitCode).toBe(2);
  });

  test('finds the tracker with and without its name, and lists it', async () => {
    // As processes of their own, as users run it: they end, with the exit code, and write nothing else.
    const { json } = await cli.runProcess('trackers', '--json');
    expect(json()).toMatchObject([{ trackerName: 'local', stackName: 'OrderTracker-local', alarms: true }]);
    expect((await cli.run('due', '--tracker', 'local')).stderr).toBe('');
    const { exitCode, stderr } = await cli.runProcess('due', '--tracker', 'nobodys');
    expect(stderr).toContain('There is no tracker nobodys in this account and region');
    expect(exitCode).toBe(3);
  });

  test('says how to configure a missing region and missing credentials', async () => {
    const nowhere = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    const noRegion = await runProcess(['doctor'], nowhere);
    expect(noRegion.exitCode).toBe(2);
    expect(noRegion.stderr).toContain('AWS_REGION');
    const offline = { ...nowhere, AWS_REGION: 'eu-west-1', AWS_EC2_METADATA_DISABLED: 'true' };
    const noCredentials = await runProcess(['doctor'], offline);
    expect(noCredentials.exitCode).toBe(2);
    expect(noCredentials.stderr).toContain('AWS_PROFILE');
  });

  test('--json prints wrong usage as JSON too', async () => {
    const run = await cli.run('notify', '--json');
    expect(run.exitCode).toBe(2);
    expect(run.json()).toEqual({ error: expect.stringContaining('missing required argument') });
  });

  test('says that AWS cannot be reached', async () => {
    const { exitCode, stderr } = await runProcess(['due'], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
    expect(exitCode).toBe(5);
    expect(stderr).toContain('cannot be reached');
  });
});

describe('status', () => {
  test('shows items, next check, watch and timeline, and counts vouchers only', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(600, delivered(0, 'PENDING')),
    );
    await eventually(async () => {
      const { stdout, exitCode } = await cli.run('status', orderUuid.toUpperCase());
      expect(exitCode).toBe(0);
      expect(stdout).toContain('PENDING');
      expect(stdout).toContain(itemUuid);
      expect(stdout).toMatch(/next check +\S+ \S+Z \(in .+\), by its watch/);
      expect(stdout).toContain(`:watch-${orderUuid}-1`);
      expect(stdout).toMatch(/webhook +PENDING of [0-9a-f]{8}, .*: satisfied/);
    });
    const published = await publishedOrder(stack);
    const { stdout } = await cli.run('status', published.orderUuid, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ items: [{ status: 'OK', vouchers: 1 }] });
    expect(stdout).not.toContain('http');
  });

  test('exits with 3 when the order is not tracked', async () => {
    const { exitCode, stderr } = await cli.run('status', crypto.randomUUID());
    expect(exitCode).toBe(3);
    expect(stderr).toContain('order-tracker track');
  });
});

describe('track and check', () => {
  test('track reads orders and references from a file', async () => {
    const orders = await Promise.all(
      [1, 2, 3].map(() => orderOf(stack.simulator, { timeline: [lost(0, 'OK')] })),
    );
    const [first, second, third] = orders.map(({ orderUuid }) => orderUuid);
    const file = await cli.file('orders.txt', `# paid today\n${first},B-1\n${second}\n\n${third}, B-3\n`);
    const { exitCode, stdout } = await cli.run('track', '--file', file);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Tracking 3 of 3 orders.');
    await eventually(() => {
      const event = stack.eventsOf(`${third}`)[0]?.event;
      expect(event?.data.reference).toBe('B-3');
    });
  });

  test('track rejects a file with a malformed line as a whole, and names the line', async () => {
    const good = crypto.randomUUID();
    const file = await cli.file('bad.txt', `${good}\n# a comment\nMUS0738876\n`);
    const { exitCode, stderr } = await cli.run('track', '--file', file);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`Line 3 of ${file}: "MUS0738876"`);
    expect((await cli.run('status', good)).exitCode).toBe(3);
    const empty = await cli.file('empty.txt', '\n');
    expect((await cli.run('track', '--file', empty)).stderr).toContain('contains no order');
  });

  test('track shows which requests the API rejected and why, and exits with 1', async () => {
    const { exitCode, stdout } = await cli.run('track', crypto.randomUUID(), '--paid-at', 'yesterday');
    expect(exitCode).toBe(1);
    expect(stdout).toContain('HTTP 400: paidAt');
  });

  test('check makes a check now and shows the order', async () => {
    const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'KO')] });
    // It also shows that nothing is left that keeps the process alive after the wait for the result.
    const { exitCode, stdout } = await cli.runProcess('check', '--track', orderUuid);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('KO');
  });

  test('check does not wait for the next retry while the provider fails', async () => {
    const { orderUuid } = await orderOf(stack.simulator, needsConfirmation(60_000, delivered(0, 'PENDING')));
    await eventually(async () => {
      expect((await cli.run('status', orderUuid)).stdout).toContain('by its watch');
    });
    const now = new Date().toISOString();
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const failure = { count: 9, firstAt: now, lastAt: now, retryAt: inAnHour };
    await table.update({ key: orderKey(orderUuid), set: { failure, nextCheckAt: inAnHour } });
    expect((await cli.run('status', orderUuid)).stdout).toContain('9 times without a usable answer');

    const { exitCode, stdout } = await cli.run('check', orderUuid);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('without a usable answer');
    // The watch sleeps for an hour, so the check has started the next one.
    expect(stdout).toContain(`:watch-${orderUuid}-2`);
  });

  test('check does not track an order without --track, and reports one that Musement does not know', async () => {
    const orderUuid = crypto.randomUUID();
    const untold = await cli.run('check', orderUuid);
    expect(untold.exitCode).toBe(3);
    expect(untold.stderr).toContain(`order-tracker check --track ${orderUuid}`);
    expect((await cli.run('status', orderUuid)).exitCode).toBe(3);

    const { exitCode, stderr } = await cli.run('check', '--track', orderUuid);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('Musement does not know the order');
  });

  test('check reports an answer that lacks every item', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    await stack.simulator.overrideItem(orderUuid, itemUuid, { hidden: true });
    const { exitCode, stdout } = await cli.run('check', '--track', orderUuid);
    expect(exitCode).toBe(4);
    expect(stdout).toContain('shows no item of the order');
  });

  test('check reports a provider failure with its cause', async () => {
    const { orderUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    await stack.simulator.planFault({ fault: { kind: 'status', status: 503 }, orderUuid, times: 3 });
    const { exitCode, stderr } = await cli.run('check', '--track', orderUuid);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('gave no usable answer (http_503)');
  });
});

describe('notify', () => {
  const notifications = async () =>
    (await stack.simulator.requests()).filter(({ endpoint: name }) => name === 'notification').length;

  test('makes Musement send the webhook that was lost', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const { exitCode } = await cli.run('notify', orderUuid, itemUuid);
    expect(exitCode).toBe(0);
    await eventually(() => expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']));
    expect(stack.eventsOf(orderUuid)[0]?.event.data).toMatchObject({ foundBy: 'webhook' });
  });

  test('P11 reports that no webhook is configured, and does not ask again', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, {
      product: { type: 'gift' },
      timeline: [lost(0, 'OK')],
    });
    const before = await notifications();
    const first = await cli.run('notify', orderUuid, itemUuid);
    expect(first.exitCode).toBe(6);
    expect(first.stderr).toContain('Musement has no webhook configured');
    const second = await cli.run('notify', orderUuid, itemUuid);
    expect(second.exitCode).toBe(6);
    expect(second.stderr).toContain('not asked again');
    expect(await notifications()).toBe(before + 1);
    expect((await cli.run('status', orderUuid)).stdout).toContain('no_webhook');
    expect((await cli.run('notify', orderUuid, itemUuid, '--again')).exitCode).toBe(6);
    expect(await notifications()).toBe(before + 2);
  });

  test('P11 asks again after an unknown item and after a provider failure', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    expect((await cli.run('notify', orderUuid, crypto.randomUUID())).exitCode).toBe(3);
    await stack.simulator.planFault({ endpoint: 'notification', fault: { kind: 'status', status: 503 } });
    const { exitCode, stderr } = await cli.run('notify', orderUuid, itemUuid);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('http_503');
    expect((await cli.run('notify', orderUuid, itemUuid)).exitCode).toBe(0);
  });
});

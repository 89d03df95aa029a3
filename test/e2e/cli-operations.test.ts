import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, PurgeQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { quarantine, quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { ENV } from '../../lambdas/contracts/environment.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { SHORT_SETTINGS } from '../../local/local-settings.ts';
import { useCommandLine } from './command-line.ts';
import { failureQueueOf, reconcile, restart, switchConsumer, withEnvironment } from './functions.ts';
import { delivered, lost, needsConfirmation, orderOf } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';
import { storedRecord } from './stored-records.ts';

const stack = useStack();
const cli = useCommandLine();
const { outputs, endpoint } = inject('localStack');
const table = dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));

describe('due', () => {
  test('lists a parked record, and --retry makes it due now', async () => {
    await switchConsumer('DispatchChanges', false);
    try {
      const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
      const hint = await eventually(async () => {
        const [row] = await table.query(orderKey(orderUuid).pk, 'WEBHOOK#', 'WEBHOOK$');
        if (!row) throw new Error('The webhook has not arrived yet.');
        return row;
      });
      const tomorrow = new Date(Date.now() + 86_000_000).toISOString();
      await table.update({ key: hint, set: { rescueCount: 20, dueAt: tomorrow } });

      const { stdout, exitCode } = await cli.run('due', orderUuid);
      expect(exitCode).toBe(4);
      expect(stdout).toMatch(new RegExp(`parked +webhook ${itemUuid}.* 20`));
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
  test('finds a healthy stack, and topics without subscribers', async () => {
    const { stdout, exitCode } = await cli.run('doctor');
    for (const subject of [
      'table',
      'functions',
      'secrets',
      'orders API',
      'webhook',
      'provider login',
      'provider calls',
      'event sources',
      'reconciler',
      'subscribers',
    ]) {
      expect(stdout).toContain(`✓ ${subject}:`);
    }
    expect(stdout).toContain('! notices: no confirmed subscribers');
    expect(exitCode).toBe(4);
  });

  test('finds an event source that is switched off, and a login that is rejected', async () => {
    await switchConsumer('PublishEvents', false);
    // A function may log in before the command does, so that every login must be rejected.
    const rejected = { endpoint: 'login', fault: { kind: 'status', status: 401 }, times: 'always' } as const;
    await stack.simulator.planFault(rejected);
    const { findings } = (await cli.run('doctor', '--json')).json<{
      findings: { subject: string; verdict: string; detail: string }[];
    }>();
    await stack.simulator.clearFaults();
    // Such a function would remember the rejected login for a minute.
    await Promise.all([restart('CheckOrder'), restart('RefreshOrder')]);
    await switchConsumer('PublishEvents', true);
    const broken = findings.filter(({ verdict }) => verdict === 'broken');
    expect(broken.map(({ subject }) => subject).sort()).toEqual(['event sources', 'provider login']);
    expect(broken.find(({ subject }) => subject === 'event sources')?.detail).toContain('PublishEvents');
  });
});

describe('with webhookSourceAddresses', () => {
  test('doctor tests the webhook, and a replay says what works, from an address that is not listed', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [lost(0, 'OK')] });
    const body = JSON.stringify(await stack.simulator.webhookBody(orderUuid, itemUuid));
    await quarantineStore(table).keep(Buffer.from(body), 'any', toInstant(Date.now()));
    const kept = await quarantine(table).list(toInstant(Date.now()));
    const id = kept.find((webhook) => webhook.body === body)?.id ?? '';
    const settings = { ...SHORT_SETTINGS, webhookSourceAddresses: ['203.0.113.0/24'] };

    await withEnvironment('IngestWebhook', { [ENV.settings]: JSON.stringify(settings) }, async () => {
      await eventually(async () => {
        const { stdout } = await cli.run('doctor');
        expect(stdout).toMatch(/✓ webhook: accepts the credentials in its secret \(its function was invoked/);
        expect(stdout).toMatch(/! quarantine: \d+ rejected webhooks? to replay or dismiss/);
      });
      const rejected = await cli.run('quarantine', 'replay', id);
      expect(rejected.exitCode).toBe(6);
      expect(rejected.stderr).toContain(`order-tracker quarantine replay ${id} --invoke`);
      expect((await cli.run('quarantine', 'replay', id, '--invoke')).exitCode).toBe(0);
    });
    await eventually(() => expect(stack.typesOf(orderUuid)).toContain('order_item.ok'));
  });
});

describe('doctor, when something is missing or failed', () => {
  const configuration = clientConfiguration(endpoint);

  test('finds a subscribed queue that does not exist', async () => {
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
    expect(stdout).toMatch(/✗ subscribers: arn:\S+:deleted subscribed but does not exist/);
  });

  test('finds dead letters, and names the runbook heading', async () => {
    const sqs = new SQSClient(configuration);
    const name = await failureQueueOf('PublishEvents');
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    const { stdout } = await cli.run('doctor');
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    expect(stdout).toMatch(/! dead-letter queues: 1 message in \S+ \(runbook: PublicationFailures\)/);
  });
});

describe('provider stop and start', () => {
  /** Calls and logins of the whole stack. */
  const requestsSoFar = async (): Promise<number> => (await stack.simulator.requests()).length;

  /** Waits for a second without requests: a function that was running when the calls were stopped may still make its own. */
  const untilQuiet = async (): Promise<number> => {
    let before = -1;
    await vi.waitFor(
      async () => {
        const found = await requestsSoFar();
        const isQuiet = found === before;
        before = found;
        expect(isQuiet).toBe(true);
      },
      { timeout: 45_000, interval: 1000 },
    );
    return before;
  };

  afterAll(async () => {
    await cli.run('provider', 'start');
  });

  test('while calls are stopped, none is made, webhooks are stored, and nothing is lost', async () => {
    const watched = await orderOf(stack.simulator, needsConfirmation(60, delivered(0, 'PENDING')));
    await eventually(async () => {
      expect((await cli.run('status', watched.orderUuid)).stdout).toContain('watch-');
    });
    const stop = await cli.run('provider', 'stop');
    expect(stop.stdout).toContain('Calls to Musement are stopped');
    expect(stop.exitCode).toBe(0);
    const shown = await eventually(async () => {
      const run = await cli.run('provider', 'show', '--json');
      expect(run.json()).toMatchObject({ queue: 'Disabled' });
      return run;
    });
    expect(shown.exitCode).toBe(4);
    await stack.simulator.addStep(watched.orderUuid, watched.itemUuid, lost(0, 'OK'));

    const before = await untilQuiet();
    const { findings } = (await cli.run('doctor', '--json')).json<{
      findings: { subject: string; verdict: string; detail: string }[];
    }>();
    expect(findings.find(({ subject }) => subject === 'provider login')?.detail).toContain(
      'calls to Musement are stopped',
    );
    // Switching the queue on would be wrong: the function that reads it may not run.
    expect(findings.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
    expect(await requestsSoFar()).toBe(before);
    const announced = await orderOf(stack.simulator, { timeline: [delivered(0, 'OK')] });
    await eventually(async () => {
      expect((await cli.run('status', announced.orderUuid)).stdout).toMatch(/webhook .*OK/);
      // The planned check is overdue. The reconciler asks for it again, and no call is made either.
      await reconcile();
      // Once, or twice if its schedule has started it too.
      const { rescueCount = 0 } = await storedRecord(watched.orderUuid, 'ORDER');
      expect(rescueCount).toBeGreaterThan(0);
    });
    expect(await requestsSoFar()).toBe(before);
    expect(stack.typesOf(watched.orderUuid)).toEqual([]);

    await cli.run('provider', 'start');
    await eventually(async () => {
      await cli.run('due', '--retry', watched.orderUuid, announced.orderUuid);
      await reconcile();
      expect(stack.typesOf(watched.orderUuid)).toEqual(['order_item.ok', 'order.settled']);
      expect(stack.typesOf(announced.orderUuid)).toEqual(['order_item.ok', 'order.settled']);
    });
    expect((await cli.run('provider', 'show')).exitCode).toBe(0);
  });
});

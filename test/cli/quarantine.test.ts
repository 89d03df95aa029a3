import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { doctor } from '../../cli/commands/doctor.ts';
import {
  dismissQuarantine,
  listQuarantine,
  replayQuarantine,
  showQuarantine,
} from '../../cli/commands/quarantine.ts';
import { type CommandError, EXIT, type Outcome } from '../../cli/outcome.ts';
import { httpMiddleware } from '../../lambdas/adapters/http-middleware.ts';
import { quarantineStore } from '../../lambdas/adapters/quarantine-store.ts';
import { webhookCredentials } from '../../lambdas/adapters/webhook-credentials.ts';
import { webhookStore } from '../../lambdas/adapters/webhook-store.ts';
import { ingestWebhook } from '../../lambdas/application/ingest-webhook.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { SETTINGS, webhookBody } from '../domain/fixtures.ts';
import { SILENT_TELEMETRY } from '../platform/silent-telemetry.ts';
import { FakeDeployment } from './fake-deployment.ts';

const GOOD = JSON.stringify(webhookBody('OK', '1'));

let deployment: FakeDeployment;
let server: Server;
let folder: string;
/** The password that ingest-webhook accepts. */
let password: string;

/** ingest-webhook as its handler wires it. */
const ingest = async (event: unknown): Promise<APIGatewayProxyStructuredResultV2> => {
  const now = () => toInstant(Date.now());
  const secret = {
    read: async () => ({ value: { username: 'musement', password }, createdAt: new Date(0) }),
  };
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(httpMiddleware(SILENT_TELEMETRY))
    .handler(
      ingestWebhook({
        credentials: webhookCredentials({ secret, overlapInSeconds: 0 }),
        sourceAddresses: deployment.sourceAddresses,
        webhooks: webhookStore(deployment.table, SETTINGS),
        quarantine: quarantineStore(deployment.table),
        clock: { now },
        telemetry: SILENT_TELEMETRY,
      }),
    );
  return await handler(event as APIGatewayProxyEventV2, {} as Context);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
});
afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  deployment = new FakeDeployment();
  deployment.ingest = ingest;
  password = 'secret';
  // The webhook URL: API Gateway passes on the address of the caller.
  server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { statusCode = 500, body: answer } = await ingest({
      headers: request.headers,
      requestContext: { http: { method: 'POST', sourceIp: '127.0.0.1' } },
      body: body.toString('base64'),
      isBase64Encoded: true,
    });
    response.writeHead(statusCode).end(answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  deployment.tracker = { ...deployment.tracker, webhookUrl };
});
afterEach(() => {
  server.close();
});

/** Puts a body into quarantine. @returns its id */
const kept = async (body: string | Buffer, reason = 'body: must be JSON'): Promise<string> => {
  await quarantineStore(deployment.table).keep(Buffer.from(body), reason, toInstant(Date.now()));
  return deployment.table.rows().findLast(({ pk }) => pk.startsWith('QUARANTINE#'))?.sk ?? '';
};

const errorOf = async (outcome: Promise<Outcome>): Promise<CommandError> =>
  await outcome.then(
    () => {
      throw new Error('The command did not fail.');
    },
    (error) => error,
  );

const webhooks = () => deployment.table.rows().filter(({ sk }) => sk.startsWith('WEBHOOK#'));

const corrected = async (content = GOOD): Promise<string> => {
  const file = join(folder, 'corrected.json');
  await writeFile(file, content);
  return file;
};

const show = (id: string, raw?: boolean) =>
  showQuarantine(deployment.asDeployment, id, raw === undefined ? {} : { raw });
const replay = (id: string, options = {}) => replayQuarantine(deployment.asDeployment, id, options);

describe('quarantine show', () => {
  test('shows when a body came, why it was rejected, and the body', async () => {
    const { lines, raw } = await show(await kept('{"order_id"'));
    expect(lines[0]).toMatch(/^Received at \S+\. Reason: body: must be JSON\.$/);
    expect(lines.at(-1)).toBe('{"order_id"');
    expect(raw).toBeUndefined();
  });

  test.for([
    ['text', Buffer.from('{"order_id": "ü"')],
    ['text with control characters', Buffer.from('\u001b[2J{\r\n')],
    ['bytes that are no text', Buffer.from([0xff, 0x00, 0x0a, 0xc3])],
    ['nothing', Buffer.alloc(0)],
  ] as const)('--raw gives %s byte by byte, and nothing else', async ([, body]) => {
    const outcome = await show(await kept(body), true);
    expect(Buffer.from(outcome.raw ?? 'none')).toEqual(body);
    expect(outcome.lines).toEqual([body.toString()]);
  });

  test('says that a body was too long to be kept', async () => {
    const id = await kept('x'.repeat(70_000));
    expect((await show(id)).lines.at(-1)).toContain('was not kept, because it was too long: 70000 bytes');
    const error = await errorOf(show(id, true));
    expect(error).toMatchObject({ exitCode: EXIT.notFound, message: expect.stringContaining('not kept') });
  });
});

describe('quarantine replay', () => {
  test('I10 sends a good body that came with another type, as it is', async () => {
    const id = await kept(GOOD, 'content-type: must be application/json');
    await replay(id);
    expect(webhooks()).toHaveLength(1);
    expect((await listQuarantine(deployment.asDeployment, {})).lines).toEqual(['The quarantine is empty.']);
  });

  test('sends what --raw gave and somebody corrected', async () => {
    const id = await kept(GOOD.replace('"OK"', '7'));
    const { raw } = await show(id, true);
    const file = await corrected(
      Buffer.from(raw ?? '')
        .toString()
        .replace('7}', '"OK"}'),
    );
    await replay(id, { body: file });
    expect(webhooks()).toEqual([expect.objectContaining({ status: 'OK' })]);
  });

  test('I10 of a body that was not kept needs a corrected one', async () => {
    const id = await kept('x'.repeat(70_000));
    const error = await errorOf(replay(id));
    expect(error).toMatchObject({
      exitCode: EXIT.rejected,
      message: expect.stringContaining('--body <file>'),
    });
    await replay(id, { body: await corrected() });
    expect(webhooks()).toHaveLength(1);
  });

  test('is not tried with a body that would be rejected again', async () => {
    const before = await kept('{');
    expect((await errorOf(replay(before))).message).toContain('It would be rejected again');
    expect(deployment.table.rows().filter(({ pk }) => pk.startsWith('QUARANTINE#'))).toHaveLength(1);
  });

  test('from an address that is not allowed says so, and how it works', async () => {
    deployment.sourceAddresses = ['203.0.113.0/24'];
    const id = await kept(GOOD);
    const file = await corrected();
    const error = await errorOf(replay(id, { body: file }));
    expect(error.exitCode).toBe(EXIT.rejected);
    expect(error.message).toContain('the setting webhookSourceAddresses does not list it');
    expect(error.message).toContain('lambda:InvokeFunction');
    expect(error.message).toContain(`order-tracker quarantine replay ${id} --body ${file} --invoke`);
    expect(webhooks()).toEqual([]);
    const { data } = await listQuarantine(deployment.asDeployment, {});
    expect(data).toEqual([expect.not.objectContaining({ replayedAt: expect.anything() })]);
  });

  test.for([
    ['no list', []],
    ['an address', ['198.51.100.7', '203.0.113.0/24']],
    ['a range', ['203.0.113.0/24']],
    ['a range whose bits are set', ['203.0.113.77/24']],
    ['a range in IPv6', ['2001:db8::/32']],
  ] as const)('--invoke stores the webhook with %s as source addresses', async ([, addresses]) => {
    deployment.sourceAddresses = addresses;
    await replay(await kept(GOOD), { invoke: true });
    expect(webhooks()).toHaveLength(1);
  });

  test.for([
    ['rejects', 'another', EXIT.rejected, 'HTTP 401'],
    ['cannot judge', '', EXIT.noAnswer, 'HTTP 500'],
  ] as const)('--invoke reports that the function %s the credentials', async ([, other, exitCode, text]) => {
    password = other;
    if (other === '')
      deployment.ingest = async () => ({ statusCode: 500, body: '{"message":"Internal error"}' });
    const error = await errorOf(replay(await kept(GOOD), { invoke: true }));
    expect(error).toMatchObject({ exitCode, message: expect.stringContaining(text) });
    expect(webhooks()).toEqual([]);
  });
});

describe('doctor', () => {
  const findings = async (subject: string): Promise<unknown[]> => {
    const { data } = await doctor(deployment.asDeployment);
    return (data as { findings: { subject: string }[] }).findings.filter((one) => one.subject === subject);
  };

  test.for([
    ['accepts the credentials', [], 'secret', 'ok', 'accepts the credentials in its secret'],
    ['rejects them', [], 'other', 'broken', 'rejects the credentials in its secret; changed credentials'],
    [
      'allows other addresses, and accepts them',
      ['203.0.113.0/24'],
      'secret',
      'ok',
      '(its function was invoked, because webhookSourceAddresses does not list your address)',
    ],
    [
      'allows other addresses, and rejects them',
      ['203.0.113.0/24'],
      'other',
      'broken',
      'rejects the credentials',
    ],
  ] as const)(
    'finds that the webhook %s, and leaves no trace',
    async ([, addresses, accepted, verdict, detail]) => {
      deployment.sourceAddresses = addresses;
      password = accepted;
      expect(await findings('webhook')).toEqual([
        { subject: 'webhook', verdict, detail: expect.stringContaining(detail) },
      ]);
      expect(deployment.table.rows()).toEqual([]);
    },
  );

  test('says what is missing to test a webhook that allows other addresses', async () => {
    deployment.sourceAddresses = ['203.0.113.0/24'];
    deployment.ingest = async () => {
      throw Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
    };
    expect(await findings('webhook')).toEqual([
      {
        subject: 'webhook',
        verdict: 'attention',
        detail: expect.stringMatching(/^not tested: .* your AWS credentials lack lambda:InvokeFunction$/),
      },
    ]);
  });

  test('speaks of a quarantine that is not empty, and not of what was dismissed or replayed', async () => {
    expect(await findings('quarantine')).toMatchObject([{ verdict: 'ok', detail: 'is empty' }]);
    const ids = [await kept('{'), await kept('x'.repeat(70_000)), await kept(GOOD)];
    expect(await findings('quarantine')).toMatchObject([
      { verdict: 'attention', detail: expect.stringMatching(/^3 rejected webhooks .*quarantine list/) },
    ]);
    await dismissQuarantine(deployment.asDeployment, ids.slice(0, 2));
    await replay(ids[2] ?? '');
    expect(await findings('quarantine')).toMatchObject([{ verdict: 'ok' }]);
  });
});

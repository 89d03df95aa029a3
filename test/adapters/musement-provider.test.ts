import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { musementProvider } from '../../lambdas/adapters/musement-provider.ts';
import {
  type MusementOptions,
  parseRetryAfter,
  requestJson,
} from '../../lambdas/adapters/provider-request.ts';
import type { SecretReader, SecretVersion } from '../../lambdas/adapters/secrets.ts';
import type { Fault } from '../../local/provider-simulator/faults.ts';
import { type SimulatorServer, serveSimulator } from '../../local/provider-simulator/server.ts';
import { Simulator } from '../../local/provider-simulator/simulator.ts';
import { serve } from '../local/serve.ts';

let simulator: Simulator;
let server: SimulatorServer;
let orderUuid: string;
let rejectedLogins: number;
let now: number;

beforeEach(async () => {
  simulator = new Simulator();
  server = await serveSimulator(simulator);
  orderUuid = simulator.createOrder({ items: [{ timeline: [{ afterSeconds: 0, status: 'OK' }] }] }).uuid;
  [rejectedLogins, now] = [0, Date.now()];
});

afterEach(() => server.close());

const secretOf = (value: unknown): SecretReader => ({
  read: async () => ({ value, createdAt: new Date(0) }),
});

const credentials = () => ({
  client_id: simulator.access.clientId,
  client_secret: simulator.access.clientSecret,
});

/** Seconds that a busy machine does not need for an answer. Tests that wait for the timeout have a short one. */
const PATIENT = 20;

const newProvider = (options: Partial<MusementOptions> = {}) =>
  musementProvider({
    baseUrl: server.baseUrl,
    application: simulator.access.application,
    secret: secretOf(credentials()),
    timeoutInSeconds: PATIENT,
    now: () => now,
    onLogin: (isRejected) => {
      if (isRejected) rejectedLogins++;
    },
    ...options,
  });

const requestsTo = (endpoint: string) =>
  simulator.requests.filter((request) => request.endpoint === endpoint);

const plan = (
  fault: Fault,
  endpoint: 'order' | 'login' | 'notification' = 'order',
  times: number | 'always' = 'always',
) => simulator.faults.add({ fault, endpoint, times });

const failure = (cause: string, retryAfterInSeconds?: number) => ({
  kind: 'failure',
  cause,
  ...(retryAfterInSeconds !== undefined && { retryAfterInSeconds }),
});

const paused = (cause: string, retryAfterInSeconds: number) => ({
  kind: 'paused',
  cause,
  retryAfterInSeconds,
});

const NOWHERE = 'http://127.0.0.1:9/api/v3';

const HOUR = 3_600_000;

const LOGIN = JSON.stringify({ access_token: 'token', expires_in: 3600 });

describe('the provider’s answers', () => {
  test('an order is read with the three headers and a token', async () => {
    const answer = await newProvider().getOrder(orderUuid);
    expect(answer).toMatchObject({ kind: 'order', snapshot: { items: [{ status: 'OK' }] } });
  });

  test('P1 an order that it does not know is an answer, not a failure', async () => {
    expect(await newProvider().getOrder(crypto.randomUUID())).toEqual({ kind: 'unknown' });
  });

  test.for([
    ['a connection that fails', { baseUrl: NOWHERE }, undefined, 'connection'],
    ['P4 HTTP 500', {}, { kind: 'status', status: 500 }, 'http_500'],
    ['P4 HTTP 504', {}, { kind: 'status', status: 504 }, 'http_504'],
    ['P6 a timeout', { timeoutInSeconds: 0.3 }, { kind: 'slow', seconds: 1 }, 'timeout'],
    ['P6 truncated JSON', {}, { kind: 'truncated' }, 'not_json'],
    ['P6 HTML instead of JSON', {}, { kind: 'html' }, 'not_json'],
  ] satisfies [string, Partial<MusementOptions>, Fault | undefined, string][])(
    '%s is a failure, not an unknown order',
    async ([, options, fault, cause]) => {
      if (fault) plan(fault);
      expect(await newProvider(options).getOrder(orderUuid)).toEqual(failure(cause));
    },
  );

  test('a wrong application is a rejected login, not an unknown order', async () => {
    expect(await newProvider({ application: '' }).getOrder(orderUuid)).toEqual(failure('login_rejected', 60));
  });

  test.for([
    ['order', 'http_429'],
    ['login', 'login_http_429'],
  ] as const)(
    'P4 a 429 of the %s pauses this environment’s requests for as long as it says',
    async ([endpoint, cause]) => {
      plan({ kind: 'status', status: 429, retryAfter: '120' }, endpoint, 1);
      const provider = newProvider();
      expect(await provider.getOrder(orderUuid)).toEqual(failure(cause, 120));
      now += 119_000;
      expect(await provider.getOrder(crypto.randomUUID())).toEqual(paused('retry_after', 1));
      expect(requestsTo(endpoint)).toHaveLength(1);
      now += 1000;
      expect(await provider.getOrder(orderUuid)).toMatchObject({ kind: 'order' });
    },
  );

  test('P6 a body that is not JSON is not quoted in the error: it may hold personal data', async () => {
    const url = await serve((_, response) => response.end('{"customer": jane.doe@example.com'));
    const error = await requestJson(url, {}, AbortSignal.timeout(PATIENT * 1000), now).catch(
      (error: unknown) => error,
    );
    expect(error).toMatchObject({ reason: 'not_json' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('jane');
  });

  test('P6 an answer that arrives byte by byte is given up at the timeout', async () => {
    const startedAt = performance.now();
    const baseUrl = await serve((_, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const provider = newProvider({ baseUrl, timeoutInSeconds: 0.3 });
    expect(await provider.getOrder(orderUuid)).toEqual(failure('timeout'));
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  /** The provider behind a server that answers with this order. */
  const showing = async (order: unknown) => {
    const baseUrl = await serve(({ url }, response) => response.end(url === '/login' ? LOGIN : order));
    return newProvider({ baseUrl });
  };

  const item = { uuid: crypto.randomUUID(), status: 'OK' };
  const other = crypto.randomUUID();

  test.for([
    ['an envelope around the order', () => ({ data: { uuid: orderUuid, items: [item] } })],
    ['an error with status 200', () => ({ code: '1400', message: 'Order not found' })],
    ['an empty object', () => ({})],
    ['null', () => null],
    ['a list with the order', () => [{ uuid: orderUuid, items: [item] }]],
    ['a text', () => orderUuid],
    ['the UUID of another order', () => ({ uuid: other, items: [item] })],
    ['the UUID of another order in capitals', () => ({ uuid: other.toUpperCase(), items: [item] })],
    ['no UUID and no items', () => ({ identifier: 'MUS1', status: 'OK' })],
    ['no UUID and an empty list', () => ({ items: [], total: 0 })],
    ['no UUID and null instead of a list', () => ({ items: null })],
    ['no UUID and a list of something else', () => ({ items: [{ id: 1 }, 'text'] })],
  ] satisfies [string, () => unknown][])('P14 %s is a failure, not an order', async ([, body]) => {
    const provider = await showing(JSON.stringify(body()));
    expect(await provider.getOrder(orderUuid)).toEqual(failure('not_an_order'));
  });

  test.for([
    ['its UUID and no items', () => ({ uuid: orderUuid }), 0, 0],
    ['its UUID in capitals', () => ({ uuid: orderUuid.toUpperCase(), items: [item] }), 1, 0],
    ['its UUID and unreadable items', () => ({ uuid: orderUuid, items: 'none' }), 0, 1],
    ['items and no UUID', () => ({ items: [item] }), 1, 0],
    ['items and null as its UUID', () => ({ uuid: null, items: [item] }), 1, 0],
    ['items and a number as its UUID', () => ({ uuid: 4711, items: [item] }), 1, 0],
  ] satisfies [string, () => unknown, number, number][])(
    'P14 an order with %s is read',
    async ([, body, count, unreadable]) => {
      const provider = await showing(JSON.stringify(body()));
      const items = Array.from({ length: count }, () => ({ itemUuid: item.uuid, status: 'OK' }));
      expect(await provider.getOrder(orderUuid)).toMatchObject({ snapshot: { items, unreadable } });
    },
  );

  test('P13 items and vouchers in objects are read as lists', async () => {
    const vouchers = { '2': { url: 'https://vouchers.example.com/1.pdf' } };
    const items = { '1': { ...item, vouchers, product: [] } };
    const provider = await showing(JSON.stringify({ uuid: orderUuid, items }));
    const shown = { status: 'OK', vouchers: [vouchers['2'].url], product: {} };
    expect(await provider.getOrder(orderUuid)).toMatchObject({ snapshot: { unreadable: 0, items: [shown] } });
  });

  test('every request says what it accepts, and which product sends it', async () => {
    const requests: [string | undefined, IncomingHttpHeaders][] = [];
    const baseUrl = await serve(({ url, headers }, response) => {
      requests.push([url?.split('/').at(-1), headers]);
      response.end(LOGIN);
    });
    await newProvider({ baseUrl }).getOrder(orderUuid);
    await newProvider({ baseUrl, acceptLanguage: 'it,en;q=0.5' }).notify(orderUuid, item.uuid);
    expect(requests.map(([name]) => name)).toEqual(['login', orderUuid, 'login', 'notifications']);
    const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const [index, [, headers]] of requests.entries()) {
      expect(headers).toMatchObject({
        accept: 'application/json',
        'accept-language': index < 2 ? 'en-US' : 'it,en;q=0.5',
        'user-agent': `${name}/${version}`,
        'x-musement-application': simulator.access.application,
        'x-musement-version': '3.4.0',
      });
    }
  });

  test.for([1000, 100_000, 2_000_000])(
    'P9 a value that is nested %i levels deep is left out, and the other items are read',
    async (depth) => {
      const [good, bad] = [crypto.randomUUID(), crypto.randomUUID()];
      const url = (number: number) => `https://vouchers.example.com/${number}.pdf`;
      const nested = `${'['.repeat(depth)}"${url(1)}"${']'.repeat(depth)}`;
      const provider = await showing(
        `{"uuid":"${orderUuid}","items":[
          {"uuid":"${bad}","status":"OK","vouchers":${nested}},
          {"uuid":"${good}","status":"OK","vouchers":[{"url":"${url(2)}"}]}]}`,
      );
      const items = [
        { itemUuid: bad, status: 'OK', vouchers: [] },
        { itemUuid: good, status: 'OK', vouchers: [url(2)] },
      ];
      expect(await provider.getOrder(orderUuid)).toMatchObject({ snapshot: { unreadable: 0, items } });
    },
  );

  test('P9 unpaired surrogates are replaced, and a text of megabytes is left out: the table would reject both', async () => {
    const product = { type: 'x'.repeat(2_000_000), title: 'Museum \ud83c and \ud83c\udfdb' };
    const vouchers = [`https://${'x'.repeat(1_000_000)}`];
    const item = { uuid: crypto.randomUUID(), status: 'OK', product, vouchers };
    const provider = await showing(JSON.stringify({ uuid: orderUuid, items: [item] }));
    expect(await provider.getOrder(orderUuid)).toMatchObject({
      snapshot: { items: [{ product: { title: 'Museum \ufffd and \ud83c\udfdb' }, vouchers: [] }] },
    });
  });

  test('P9 any answer at all becomes an order, an unknown order or a failure, never an exception', {
    timeout: 120_000,
  }, async () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 6 }),
      fc.string({ unit: 'binary' }),
      fc.constant('\ud800'),
    );
    const fields = (...names: string[]) =>
      fc.record(Object.fromEntries(names.map((name) => [name, anything])), { requiredKeys: [] });
    const itemFields = fields('uuid', 'status', 'product', 'vouchers', '__proto__', 'cancellation_reason');
    const order = fc
      .tuple(
        fields('uuid', 'identifier', 'date', 'status', 'items', 'toString'),
        fc.array(fc.oneof(anything, itemFields)),
      )
      .map(([order, items]) => ({ ...order, ...(items.length > 0 && { uuid: orderUuid, items }) }));
    let next = { status: 200, body: '', retryAfter: '' };
    const login = JSON.stringify({ access_token: 'token', expires_in: 3600 * 24 });
    const baseUrl = await serve((request, response) => {
      if (request.url === '/login') return response.end(login);
      return response.writeHead(next.status, { 'Retry-After': next.retryAfter }).end(next.body);
    });
    const provider = newProvider({ baseUrl });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 9, arbitrary: fc.constant(200) }, fc.integer({ min: 200, max: 599 })),
        fc.oneof(
          order.map((order) => JSON.stringify(order)),
          fc.json(),
          fc.string(),
        ),
        fc.stringMatching(/^[ -~]{0,40}$/),
        async (status, body, retryAfter) => {
          next = { status, body, retryAfter };
          // Later than the answer before may have asked for.
          now += HOUR;
          const answer = await provider.getOrder(orderUuid);
          expect(['order', 'unknown', 'failure']).toContain(answer.kind);
          expect(JSON.stringify(answer)).not.toMatch(/\\ud[89a-f]/i);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('an answer that never ends is given up at 5 MB, whatever length it announces', async () => {
    let sent = 0;
    const megabyte = ' '.repeat(1024 * 1024);
    const baseUrl = await serve((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(megabyte)) sent += 1;
      };
      response.on('drain', pour);
      pour();
    });
    const provider = newProvider({ baseUrl });
    expect(await provider.getOrder(orderUuid)).toEqual(failure('body_too_long'));
    expect(sent).toBeLessThan(50);
  });

  test('a redirect is not followed: it would send our credentials elsewhere', async () => {
    let followed = 0;
    const baseUrl = await serve(({ url }, response) => {
      if (url === '/elsewhere') followed++;
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    expect(await newProvider({ baseUrl }).getOrder(orderUuid)).toEqual(failure('connection'));
    expect(followed).toBe(0);
  });
});

describe('the login', () => {
  test('P2 a token that has expired is renewed once, and the request repeated', async () => {
    const provider = newProvider();
    await provider.getOrder(orderUuid);
    simulator.tokens.expireAll();
    expect(await provider.getOrder(orderUuid)).toMatchObject({ kind: 'order' });
    expect(requestsTo('login')).toHaveLength(2);
    expect(requestsTo('order').map(({ status }) => status)).toEqual([200, 401, 200]);
  });

  test('P2 a second 401 is a failure, not a loop', async () => {
    plan({ kind: 'status', status: 401 });
    expect(await newProvider().getOrder(orderUuid)).toEqual(failure('http_401'));
    expect(requestsTo('login')).toHaveLength(2);
  });

  test('P2 fifty callers at once cause one login', async () => {
    const provider = newProvider();
    const answers = await Promise.all(Array.from({ length: 50 }, () => provider.getOrder(orderUuid)));
    expect(answers.every(({ kind }) => kind === 'order')).toBe(true);
    expect(requestsTo('login')).toHaveLength(1);
  });

  test('a token is used until a minute before expires_in', async () => {
    simulator.configure({ tokenLifetimeInSeconds: 600 });
    const provider = newProvider();
    await provider.getOrder(orderUuid);
    now += 539_000;
    await provider.getOrder(orderUuid);
    expect(requestsTo('login')).toHaveLength(1);
    now += 2000;
    await provider.getOrder(orderUuid);
    expect(requestsTo('login')).toHaveLength(2);
  });

  test.for([
    ['seconds in a string', '"expires_in":"3600"', 3540],
    ['seconds with white space', '"expires_in":" 3600\\n"', 3540],
    ['a fraction', '"expires_in":90.5', 45.25],
    ['null', '"expires_in":null', 240],
    ['nothing', '"scope":null', 240],
    ['zero', '"expires_in":0', 240],
    ['a negative number', '"expires_in":-1', 240],
    ['a number that is too large', '"expires_in":1e999', 240],
    ['a text', '"expires_in":"an hour"', 240],
    ['an empty text', '"expires_in":""', 240],
    ['a list', '"expires_in":[3600]', 240],
  ] as const)('P17 a login with %s as its expires_in counts', async ([, field, seconds]) => {
    let logins = 0;
    const baseUrl = await serve(({ url }, response) => {
      if (url === '/login') logins++;
      response.end(`{"access_token":"token","uuid":"${orderUuid}",${field}}`);
    });
    const provider = newProvider({ baseUrl });
    for (const elapsed of [0, seconds * 1000 - 1]) {
      now += elapsed;
      expect(await provider.getOrder(orderUuid)).toMatchObject({ kind: 'order' });
    }
    expect(logins).toBe(1);
    now += 1;
    await provider.getOrder(orderUuid);
    expect(logins).toBe(2);
  });

  test('P3 a rejected login is counted, and not repeated for a minute, in which no order is asked for', async () => {
    const provider = newProvider({ secret: secretOf({ ...credentials(), client_secret: 'wrong' }) });
    expect(await provider.getOrder(orderUuid)).toEqual(failure('login_rejected', 60));
    for (let count = 0; count < 4; count++) {
      expect(await provider.getOrder(orderUuid)).toEqual(paused('login_rejected', 60));
    }
    now += 59_000;
    expect(await provider.getOrder(orderUuid)).toEqual(paused('login_rejected', 1));
    expect(requestsTo('login')).toHaveLength(1);
    expect(rejectedLogins).toBe(1);
    now += 1000;
    await provider.getOrder(orderUuid);
    expect(requestsTo('login')).toHaveLength(2);
  });

  const secret = (value: unknown) => async () => ({ value, createdAt: new Date(0) });
  const unreadable = async () => {
    throw new Error('AccessDeniedException');
  };

  test.for([
    ['is not JSON', secret(undefined)],
    ['lacks a field', secret({ client_id: 'someone' })],
    ['has a field of another type', secret({ client_id: 1, client_secret: [] })],
    ['was never filled in', secret({ client_id: '', client_secret: '' })],
    ['has no current version', async () => undefined],
    ['cannot be read', unreadable],
  ] satisfies [string, () => Promise<SecretVersion | undefined>][])(
    'P3 a secret that %s is no failure of the provider, counts as a rejected login, and is read once a minute',
    async ([, answer]) => {
      let reads = 0;
      const read = async () => {
        reads++;
        return await answer();
      };
      const provider = newProvider({ secret: { read } });
      for (let count = 0; count < 5; count++) {
        expect(await provider.getOrder(orderUuid)).toEqual(paused('login_rejected', 60));
      }
      expect(await provider.notify(orderUuid, orderUuid)).toEqual(failure('login_rejected'));
      expect(await provider.logIn()).toContain('rejected');
      expect(reads).toBe(1);
      expect(rejectedLogins).toBe(1);
      expect(simulator.requests).toHaveLength(0);
      now += 60_000;
      expect(await provider.logIn()).toMatch(/secret (is not JSON with|cannot be read)/);
      expect(reads).toBe(2);
    },
  );

  test.for([
    ['a line break', 'a\r\nX-Injected: 1'],
    ['a letter that a header cannot hold', 'tökén ✓'],
    ['nothing', ''],
  ])('a login that answers with a token with %s is a failure', async ([, access_token]) => {
    const login = JSON.stringify({ access_token, expires_in: 3600 });
    const baseUrl = await serve((_, response) => response.end(login));
    expect(await newProvider({ baseUrl }).getOrder(orderUuid)).toEqual(failure('login_unreadable'));
  });

  test('P4 a login that gets no usable answer is a failure', async () => {
    plan({ kind: 'status', status: 503, retryAfter: '7' }, 'login');
    expect(await newProvider().getOrder(orderUuid)).toEqual(failure('login_http_503', 7));
  });
});

describe('P4 Retry-After', () => {
  const noon = Date.parse('2026-03-01T12:00:00Z');

  test.for([
    ['120', 120],
    ['Sun, 01 Mar 2026 12:02:00 GMT', 120],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    [null, undefined],
  ] as const)('%s asks for %s seconds', ([value, seconds]) => {
    expect(parseRetryAfter(value, noon)).toBe(seconds);
  });
});

describe('P11 a request to send a webhook again', () => {
  const itemUuid = () => simulator.findOrder(orderUuid)?.items[0]?.uuid ?? '';
  const withWebhook = () =>
    simulator.configure({ webhook: { url: 'http://127.0.0.1:9/', username: 'u', password: 'p' } });

  test.for<[string, Fault | undefined, string, object]>([
    ['answered with 204 is accepted', undefined, '', { kind: 'accepted' }],
    ['answered with a 200 that is not JSON is accepted', { kind: 'html' }, '', { kind: 'accepted' }],
    ['of an item that is unknown is not', undefined, crypto.randomUUID(), { kind: 'unknown' }],
    ['answered with 429 is a failure', { kind: 'status', status: 429 }, '', failure('http_429')],
    ['answered with 503 is a failure', { kind: 'status', status: 503 }, '', failure('http_503')],
    ['that times out is a failure', { kind: 'slow', seconds: 2 }, '', failure('timeout')],
  ])('%s, and the next request is sent', async ([, fault, otherItem, expected]) => {
    withWebhook();
    if (fault) plan(fault, 'notification', 1);
    const provider = newProvider(fault?.kind === 'slow' ? { timeoutInSeconds: 1 } : {});
    expect(await provider.notify(orderUuid, otherItem || itemUuid())).toEqual(expected);
    expect(await provider.notify(orderUuid, itemUuid())).toEqual({ kind: 'accepted' });
    expect(requestsTo('notification').at(-1)).toMatchObject({ orderUuid, status: 204 });
  });

  test('answered with 400, because no webhook is configured, is not repeated', async () => {
    expect(await newProvider().notify(orderUuid, itemUuid())).toEqual({ kind: 'no_webhook' });
    expect(requestsTo('notification')).toHaveLength(1);
  });
});

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { musementProvider } from '../../lambdas/adapters/musement-provider.ts';

const ORDER = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
const ITEM = '11045e18-e3ca-42e1-acb4-0d5be75036fd';

/** A busy machine does not need 20 s for an answer. */
const newProvider = (baseUrl: string, timeoutInSeconds = 20) =>
  musementProvider({
    baseUrl,
    application: 'test',
    secret: {
      read: async () => ({ value: { client_id: 'id', client_secret: 'secret' }, createdAt: new Date(0) }),
    },
    timeoutInSeconds,
    onLogin: () => {},
  });

/** A server that decides for each request what happens to its connection. */
const serving = async (onRequest: (socket: Socket, request: string) => void, timeoutInSeconds?: number) => {
  const connections: Socket[] = [];
  const requests: string[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => {});
    socket.on('data', (data) => {
      const [request = ''] = data.toString().split(' HTTP/');
      // The body of a login may come by itself.
      if (!/^(GET|POST) /.test(request)) return;
      requests.push(request);
      onRequest(socket, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { provider: newProvider(baseUrl, timeoutInSeconds), connections, requests };
};

const isLogin = (request: string): boolean => request.endsWith('/login');
const isNoLogin = (request: string): boolean => !isLogin(request);

/** Answers, and offers to keep the connection for ten minutes. */
const answer = (socket: Socket, request: string): void => {
  const body = isLogin(request) ? '{"access_token":"token","expires_in":3600}' : `{"uuid":"${ORDER}"}`;
  const keepAlive = 'Connection: keep-alive\r\nKeep-Alive: timeout=600';
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${keepAlive}\r\n\r\n${body}`);
};

type Drop = (socket: Socket) => void;
const close: Drop = (socket) => void socket.end();
const reset: Drop = (socket) => void socket.resetAndDestroy();
const forget: Drop = () => {};

describe('P15 a connection', () => {
  test.for([
    ['closed', close],
    ['reset', reset],
    ['forgotten', forget],
  ] as const)('that the other side has %s while we were frozen is not used again', async ([, drop]) => {
    const used = new Set<Socket>();
    const { provider, requests } = await serving((socket, request) => {
      if (used.has(socket)) return drop(socket);
      used.add(socket);
      answer(socket, request);
    });
    for (let count = 0; count < 5; count++) {
      expect(await provider.getOrder(ORDER)).toMatchObject({ kind: 'order' });
    }
    expect(requests).toHaveLength(6);
  });

  test.for([
    ['GET', 'closed', isNoLogin, close],
    ['GET', 'reset', isNoLogin, reset],
    ['login', 'closed', isLogin, close],
    ['login', 'reset', isLogin, reset],
  ] as const)('of a %s that is %s before the answer is replaced by a new one', async ([, , isIt, drop]) => {
    let dropped = 0;
    const { provider, requests, connections } = await serving((socket, request) =>
      isIt(request) && dropped++ === 0 ? drop(socket) : answer(socket, request),
    );
    expect(await provider.getOrder(ORDER)).toMatchObject({ kind: 'order' });
    expect(requests.filter(isIt)).toHaveLength(2);
    expect(connections).toHaveLength(3);
  });

  test.for([
    ['GET', isNoLogin],
    ['login', isLogin],
  ] as const)('of a %s that breaks twice is a failure', async ([, isIt]) => {
    const { provider, requests } = await serving((socket, request) =>
      isIt(request) ? reset(socket) : answer(socket, request),
    );
    expect(await provider.getOrder(ORDER)).toEqual({ kind: 'failure', cause: 'connection' });
    expect(requests.filter(isIt)).toHaveLength(2);
  });

  test('that breaks within the answer is a failure, and the request is not repeated', async () => {
    const { provider, requests } = await serving((socket, request) => {
      if (isLogin(request)) return answer(socket, request);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{', () => reset(socket));
    });
    expect(await provider.getOrder(ORDER)).toEqual({ kind: 'failure', cause: 'connection' });
    expect(requests.filter(isNoLogin)).toHaveLength(1);
  });

  test('that breaks while a webhook is requested is a failure: a second request could bring a second webhook', async () => {
    const { provider, requests } = await serving((socket, request) =>
      isLogin(request) ? answer(socket, request) : reset(socket),
    );
    expect(await provider.notify(ORDER, ITEM)).toEqual({ kind: 'failure', cause: 'connection' });
    expect(requests.filter(isNoLogin)).toHaveLength(1);
  });

  test('that is silent after one that broke is given up at the timeout of one request', async () => {
    const startedAt = performance.now();
    const { provider, requests } = await serving((socket) => {
      if (requests.length === 1) reset(socket);
    }, 1);
    expect(await provider.getOrder(ORDER)).toEqual({ kind: 'failure', cause: 'timeout' });
    expect(requests).toHaveLength(2);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('P15 a request that fails', () => {
  /** Lets `fetch` fail this way. @returns what comes of it, and how often `fetch` was called */
  const failing = async (error: Error) => {
    const fetching = vi.spyOn(globalThis, 'fetch').mockRejectedValue(error);
    onTestFinished(() => fetching.mockRestore());
    const asked = newProvider('https://api.example.com').getOrder(ORDER);
    return { outcome: await asked.catch((thrown: unknown) => thrown), times: fetching.mock.calls.length };
  };

  const withCode = (code: string): Error =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });

  test.for([
    ['ECONNRESET', 2],
    ['EPIPE', 2],
    ['UND_ERR_SOCKET', 2],
    ['EAI_AGAIN', 2],
    ['ENETUNREACH', 2],
    ['ENOTFOUND', 1],
    ['ECONNREFUSED', 1],
    ['CERT_HAS_EXPIRED', 1],
  ] as const)('with %s is sent %i times, and is a failure of the provider', async ([code, times]) => {
    expect(await failing(withCode(code))).toEqual({
      outcome: { kind: 'failure', cause: 'connection' },
      times,
    });
  });

  test.for([
    ['no file descriptor is left', withCode('EMFILE')],
    ['no memory is left', withCode('ENOMEM')],
    ['the URL is none', withCode('ERR_INVALID_URL')],
    ['a header cannot be sent', new TypeError('Headers.append: "é€" is an invalid header value.')],
    ['of a mistake in our code', new TypeError('Cannot read properties of undefined')],
  ] as const)('because %s is no failure of the provider: the platform tries again', async ([, error]) => {
    expect(await failing(error)).toEqual({ outcome: error, times: 1 });
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';

/** A request as the server received it. */
interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The signed headers that an `authorization` header names, and the rest of it. */
export const parseAuthorization = (header: string | string[] | undefined) => {
  const [, accessKeyId, region, service, signedHeaders = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=[0-9a-f]{64}$/.exec(
      `${header}`,
    ) ?? [];
  return { accessKeyId, region, service, signedHeaders: signedHeaders.split(';') };
};

/** Starts servers that remember their requests, and closes them after each test. */
export const useServer = () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  return async (status: number) => {
    const received: ReceivedRequest[] = [];
    const server = createServer(async (request, response) => {
      const { method, url: path, headers } = request;
      received.push({ method, path, headers, body: await text(request) });
      response.writeHead(status).end('{}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    closing.push(() => server.close());
    return { received, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
};

import { text } from 'node:stream/consumers';
import { serve } from '../local/serve.ts';

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

/** Starts a server that remembers its requests, and answers them with the statuses in turn, then with the last one. */
export const startServer = async (...statuses: readonly number[]) => {
  const received: ReceivedRequest[] = [];
  const origin = await serve(async (request, response) => {
    const { method, url: path, headers } = request;
    received.push({ method, path, headers, body: await text(request) });
    response.writeHead(statuses[received.length - 1] ?? statuses.at(-1) ?? 200).end('{}');
  });
  return { received, origin, host: new URL(origin).host };
};

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { WEBHOOK_CREDENTIALS, webhookEvent } from '../../test/platform/functions.ts';
import { webhookBody } from '../../test/platform/sample-order.ts';

const run = promisify(execFile);

/** Milliseconds: by the clock, and of CPU time in all threads, which other work on the machine hardly changes. */
export interface Duration {
  readonly clock: number;
  readonly cpu: number;
}

/** How long a function took to start. */
export interface StartTime {
  /** Its bundle was loaded. */
  readonly loaded: Duration;
  /** Its bundle was loaded, and the first webhook answered. */
  readonly answered: Duration;
}

/**
 * Loads a bundle as Lambda does, in a process of its own, and calls it. The last line of the output is a {@link StartTime}.
 * `node:http` is loaded between the two: the SDK would load it for the address of the server, with all that `fetch` consists
 * of. It does not for addresses with TLS, and Lambda calls no others.
 */
const TIMED_START = `
const [, url, event] = process.argv;
const { createRequire } = process.getBuiltinModule('node:module');
const load = url.endsWith('.cjs') ? async () => createRequire(url)(new URL(url).pathname) : () => import(url);
const timed = async (run) => {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(cpu);
  return [result, { clock: performance.now() - began, cpu: (user + system) / 1000 }];
};
const [{ handler }, loaded] = await timed(load);
await import('node:http');
const [{ statusCode }, called] = await timed(() => handler(JSON.parse(event), {}));
if (statusCode !== 200) throw new Error('The webhook was answered with ' + statusCode);
const answered = { clock: loaded.clock + called.clock, cpu: loaded.cpu + called.cpu };
console.log(JSON.stringify({ loaded, answered }));
`;

/** The variables of ingest-webhook. */
const FUNCTION_ENVIRONMENT = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  TABLE_NAME: 'table',
  WEBHOOK_SECRET_ARN: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:webhook',
  TRACKER_SETTINGS: '{}',
  POWERTOOLS_SERVICE_NAME: 'ingest-webhook',
  POWERTOOLS_METRICS_NAMESPACE: 'MusementOrderTracker/bench',
};

/** Measures a start of the bundle in a file. */
export type TimeStart = (file: string, environment?: Readonly<Record<string, string>>) => Promise<StartTime>;

/** Measures starts while a server runs that answers at once, as the table and as the secret. */
export const withStarts = async <Result>(
  measure: (timeStart: TimeStart) => Promise<Result>,
): Promise<Result> => {
  const server = createServer(({ headers }, response) => {
    answer(String(headers['x-amz-target']), response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const event = JSON.stringify(webhookEvent(webhookBody('OK', '1')));
  try {
    return await measure(async (file, environment = {}) => {
      const { stdout } = await run(
        process.execPath,
        ['--input-type=module', '--eval', TIMED_START, pathToFileURL(file).href, event],
        { env: { ...FUNCTION_ENVIRONMENT, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, ...environment } },
      );
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

const answer = (target: string, response: ServerResponse): void => {
  const isSecret = target.startsWith('secretsmanager.');
  response.setHeader('Content-Type', `application/x-amz-json-${isSecret ? '1.1' : '1.0'}`);
  response.end(
    JSON.stringify(isSecret ? { SecretString: JSON.stringify(WEBHOOK_CREDENTIALS), CreatedDate: 0 } : {}),
  );
};

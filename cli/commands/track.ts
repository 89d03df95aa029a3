import * as z from 'zod/mini';
import type { OrdersClient, TrackRequest } from '../../clients/orders-client.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { progressBar } from '../progress-bar.ts';
import { counted, parseUuid, readInput } from '../text.ts';

export interface TrackOptions extends TrackRequest {
  /** File with the UUID of one order per line, optionally followed by a comma and its reference; `-`: standard input. */
  readonly file?: string;
}

/** Concurrent requests. The API accepts 50 a second. */
const CONCURRENCY = 5;

/** What came of one track request. */
interface TrackResult {
  readonly orderUuid: string;
  /** When the API stored the request. */
  readonly requestedAt?: string;
  /** Why the API did not store the request. */
  readonly error?: string;
}

/** Starts tracking orders through the orders API, as the partner's own systems do. */
export const track = async (
  deployment: Deployment,
  orders: readonly string[],
  { file, ...request }: TrackOptions,
): Promise<Outcome> => {
  const requested = [
    ...orders.map((order) => ({ orderUuid: parseUuid(order, 'an order'), request })),
    ...(file ? await readOrders(file, request) : []),
  ];
  if (requested.length === 0) {
    throw new CommandError(
      file
        ? `The file ${file} contains no order.`
        : 'Name at least one order, or a file of orders with --file.',
      EXIT.wrongUsage,
    );
  }
  const client = await deployment.orders();
  const results: TrackResult[] = [];
  const bar = progressBar(requested.length);
  const waiting = [...requested];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      results.push(await trackOne(client, next.orderUuid, next.request));
      bar.show(results.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  bar.end();
  const failed = results.filter(({ error }) => error);
  return {
    data: results,
    lines: [
      `Tracking ${results.length - failed.length} of ${counted(results.length, 'order')}.`,
      ...failed.map(({ orderUuid, error }) => `  ${orderUuid}  ${error}`),
    ],
    exitCode: failed.length > 0 ? EXIT.failed : EXIT.success,
  };
};

const acceptedSchema = z.object({ requestedAt: z.string() });

/** Sends one track request. An order that is tracked already is checked again. */
export const trackOne = async (
  client: OrdersClient,
  orderUuid: string,
  request: TrackRequest,
): Promise<TrackResult> => {
  try {
    const response = await client.track(orderUuid, request);
    const text = await response.text();
    if (response.status !== 202) return { orderUuid, error: `HTTP ${response.status}: ${messageIn(text)}` };
    return { orderUuid, requestedAt: acceptedSchema.parse(JSON.parse(text)).requestedAt };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { orderUuid, error: 'the orders API cannot be reached' };
  }
};

/** The message of an error that the API answers with. */
export const messageIn = (text: string): string =>
  /"[mM]essage":\s*"([^"]*)"/.exec(text)?.[1] ?? text.slice(0, 200);

/** Reads the orders of a file. One malformed line rejects the whole file, so that it can be corrected and used again. */
const readOrders = async (file: string, request: TrackRequest) => {
  const lines = (await readInput(file)).split(/\r?\n/).map((line) => line.trim());
  return lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const [order = '', reference] = line.split(',').map((part) => part.trim());
    const orderUuid = parseUuid(order, 'an order', `Line ${index + 1} of ${file}: `);
    return [{ orderUuid, request: { ...request, ...(reference && { reference }) } }];
  });
};

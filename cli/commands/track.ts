import type { TrackRequest } from '../../local/orders-client.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { progressBar } from '../progress-bar.ts';
import { parseUuid, readInput } from '../text.ts';

export interface TrackOptions extends TrackRequest {
  /** A file with the UUID of one order a line; what follows a comma is its reference. `-`: the standard input. */
  readonly file?: string;
}

/** Requests that are on their way at the same time; the API takes 50 a second. */
const AT_ONCE = 5;

interface Tracked {
  readonly orderUuid: string;
  readonly requestedAt?: string;
  /** Why the request was not taken. */
  readonly error?: string;
}

/** Starts tracking orders, through the API that the partner's own systems use. */
export const track = async (
  deployment: Deployment,
  orders: readonly string[],
  { file, ...request }: TrackOptions,
): Promise<Outcome> => {
  const wanted = [
    ...orders.map((order) => ({ orderUuid: parseUuid(order, 'an order'), request })),
    ...(file ? await readOrders(file, request) : []),
  ];
  if (wanted.length === 0) {
    throw new CommandError(
      file ? `The file ${file} names no order.` : 'Name an order, or a file of orders with --file.',
      EXIT.wrongUsage,
    );
  }
  const client = await deployment.orders();
  const results: Tracked[] = [];
  const bar = progressBar(wanted.length);
  const waiting = [...wanted];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      results.push(await trackOne(client, next.orderUuid, next.request));
      bar.show(results.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  bar.end();
  const failed = results.filter(({ error }) => error);
  return {
    data: results,
    lines: [
      `${results.length - failed.length} of ${results.length} orders are tracked.`,
      ...failed.map(({ orderUuid, error }) => `  ${orderUuid}  ${error}`),
    ],
    exitCode: failed.length > 0 ? EXIT.failed : EXIT.done,
  };
};

/** Asks for one order to be tracked, or looked at afresh. */
export const trackOne = async (
  client: Awaited<ReturnType<Deployment['orders']>>,
  orderUuid: string,
  request: TrackRequest,
): Promise<Tracked> => {
  try {
    const response = await client.track(orderUuid, request);
    const text = await response.text();
    if (response.status !== 202) return { orderUuid, error: `HTTP ${response.status}: ${messageIn(text)}` };
    return { orderUuid, requestedAt: (JSON.parse(text) as { requestedAt: string }).requestedAt };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { orderUuid, error: 'the API cannot be reached' };
  }
};

const messageIn = (text: string): string => /"[mM]essage":\s*"([^"]*)"/.exec(text)?.[1] ?? text.slice(0, 200);

const readOrders = async (file: string, request: TrackRequest) => {
  const lines = (await readInput(file)).split(/\r?\n/).map((line) => line.trim());
  return lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    const [order = '', reference] = line.split(',').map((part) => part.trim());
    // One bad line and no order is tracked: the file is to be corrected and given again as a whole.
    const orderUuid = parseUuid(order, 'an order', `Line ${index + 1} of ${file}: `);
    return [{ orderUuid, request: { ...request, ...(reference && { reference }) } }];
  });
};

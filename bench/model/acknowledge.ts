import type { LocalStack } from '../../local/local-stack.ts';
import { webhookBody } from '../../test/platform/sample-order.ts';
import { Random } from '../../test/simulation/engine/random.ts';
import { median, quantile } from '../statistics.ts';
import { addBareRoute, type Routes, stopDispatchingChanges } from './local-functions.ts';

/** Webhooks that are sent at the same time where requests a second are measured. */
export const WORKERS = 8;

/** Requests to each function before the first one that is measured. */
const WARM_UP_REQUESTS = 50;

const NAMES = ['ours', 'bare'] as const;

type Name = (typeof NAMES)[number];

/** Milliseconds, and requests a second with {@link WORKERS}. */
export interface Acknowledged {
  readonly ours: Measured;
  readonly bare: Measured;
  /** Ours divided by the bare function's, over all rounds and in each. */
  readonly p50: Ratio;
  readonly p99: Ratio;
  readonly perSecond: Ratio;
}

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

interface Ratio {
  readonly overall: number;
  readonly rounds: readonly number[];
}

/**
 * Sends webhooks to ingest-webhook and to a bare function through the same HTTP API, in random turns, in rounds. What the
 * product does after an acknowledgement is switched off: on AWS it runs elsewhere, here it would slow down both.
 */
export const acknowledge = async (
  stack: LocalStack,
  rounds: number,
  requestsPerRound: number,
): Promise<Acknowledged> => {
  const routes = await addBareRoute(stack);
  await stopDispatchingChanges(stack);
  const send = sender(stack, routes);
  const random = new Random('acknowledge');
  const inTurns = async (requests: number): Promise<Record<Name, number[]>> => {
    const times: Record<Name, number[]> = { ours: [], bare: [] };
    for (let request = 0; request < requests; request++) {
      // A request is measured as often after one of its own kind as after one of the other kind.
      const turns = random.chance(0.5) ? NAMES : NAMES.toReversed();
      for (const name of turns) times[name].push(await send(name));
    }
    return times;
  };
  // Each worker needs an instance of each function.
  for (const name of NAMES) await requestsPerSecond(() => send(name), WARM_UP_REQUESTS);
  await inTurns(WARM_UP_REQUESTS);
  const times: Record<Name, number[]>[] = [];
  const rates: Record<Name, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    times.push(await inTurns(requestsPerRound));
    const rate: Record<Name, number> = { ours: 0, bare: 0 };
    for (const name of round % 2 === 0 ? NAMES : NAMES.toReversed()) {
      rate[name] = await requestsPerSecond(() => send(name), requestsPerRound);
    }
    rates.push(rate);
  }
  const all = (name: Name): number[] => times.flatMap((round) => round[name]);
  const ratio = (share: number): Ratio => ({
    overall: quantile(all('ours'), share) / quantile(all('bare'), share),
    rounds: times.map(({ ours, bare }) => quantile(ours, share) / quantile(bare, share)),
  });
  const measured = (name: Name): Measured => ({
    p50: median(all(name)),
    p99: quantile(all(name), 0.99),
    perSecond: median(rates.map((rate) => rate[name])),
  });
  const rateRatios = rates.map(({ ours, bare }) => ours / bare);
  return {
    ours: measured('ours'),
    bare: measured('bare'),
    p50: ratio(0.5),
    p99: ratio(0.99),
    perSecond: { overall: median(rateRatios), rounds: rateRatios },
  };
};

/** A function that sends a webhook and returns the milliseconds until its acknowledgement. */
const sender = ({ webhookCredentials }: LocalStack, routes: Routes) => {
  const { username, password } = webhookCredentials;
  const headers = {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  let version = 0;
  return async (name: Name): Promise<number> => {
    const body = JSON.stringify(webhookBody('PENDING', `${version++}`));
    const began = performance.now();
    const response = await fetch(routes[name], { method: 'POST', headers, body });
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`${routes[name]} answered ${response.status}: ${answer}`);
    return performance.now() - began;
  };
};

const requestsPerSecond = async (send: () => Promise<number>, requests: number): Promise<number> => {
  const requestsPerWorker = Math.ceil(requests / WORKERS);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: WORKERS }, async () => {
      for (let sent = 0; sent < requestsPerWorker; sent++) await send();
    }),
  );
  return (1000 * WORKERS * requestsPerWorker) / (performance.now() - began);
};

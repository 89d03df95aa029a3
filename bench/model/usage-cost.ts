import type { FunctionName } from '../../test/platform/deployment.ts';
import { ASSUMED, billedSeconds, PRICES } from '../prices.ts';
import type { Usage } from './whole-product.ts';

/** Memory of each function, in MB. */
export type MemoryOf = (name: FunctionName) => number;

/** Dollars by service. */
export interface Cost {
  readonly stepFunctions: number;
  readonly dynamoDb: number;
  readonly lambda: number;
  readonly logs: number;
  /** HTTP API, SQS, SNS and X-Ray. */
  readonly others: number;
}

export const SERVICES: Readonly<Record<keyof Cost, string>> = {
  stepFunctions: 'Step Functions',
  dynamoDb: 'DynamoDB',
  lambda: 'Lambda',
  logs: 'CloudWatch Logs',
  others: 'HTTP API, SQS, SNS, X-Ray',
};

/** Requests that a message of the refresh queue costs: send, receive, delete. */
const REQUESTS_PER_MESSAGE = 3;

/** Bytes of an access log line of the HTTP API. */
const ACCESS_LOG_BYTES = 420;

/** Functions that ask the provider. */
const ASKS_PROVIDER: ReadonlySet<FunctionName> = new Set(['refresh-order', 'check-order']);

/** What a usage costs. */
export const costOf = (usage: Usage, memoryOf: MemoryOf): Cost => {
  const invocations = Object.entries(usage.invocations) as [FunctionName, number][];
  const lambda = invocations.map(([name, count]) => {
    // Each GET is made by one of the functions that ask; their other invocations find nothing due.
    const asking = ASKS_PROVIDER.has(name) ? Math.min(count, shareOfGets(name, usage)) : 0;
    const memory = memoryOf(name);
    const seconds = asking * billedSeconds(memory, true) + (count - asking) * billedSeconds(memory, false);
    return count * PRICES.lambdaRequest + seconds * (memory / 1024) * PRICES.lambdaGigabyteSecond;
  });
  const executions = usage.transitions > 0 ? 1 : 0;
  const untraced = invocations.filter(([name]) => name !== 'check-order');
  const traces = (executions + sum(untraced.map(([, count]) => count))) * ASSUMED.tracedShare;
  return {
    stepFunctions: usage.transitions * PRICES.stateTransition,
    dynamoDb: usage.writeUnits * PRICES.writeUnit + usage.readUnits * PRICES.readUnit,
    lambda: sum(lambda),
    logs: ((usage.logBytes + usage.httpRequests * ACCESS_LOG_BYTES) / 1e9) * PRICES.logGigabyte,
    others:
      usage.httpRequests * PRICES.httpRequest +
      usage.messages * REQUESTS_PER_MESSAGE * PRICES.queueRequest +
      usage.publishes * PRICES.publish +
      traces * PRICES.trace,
  };
};

/** GETs of one of the functions: the refreshes ask once for each message, the watch makes the others. */
const shareOfGets = (name: FunctionName, { gets, invocations }: Usage): number => {
  const byRefresh = Math.min(invocations['refresh-order'] ?? 0, gets);
  return name === 'refresh-order' ? byRefresh : gets - byRefresh;
};

export const totalOf = (cost: Cost): number => sum(Object.values(cost));

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

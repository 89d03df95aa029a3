import middy from '@middy/core';
import { refreshDependencies } from '../adapters/refresh-dependencies.ts';
import { observed } from '../adapters/telemetry.ts';
import { checkOrder } from '../application/watch-order.ts';
import { type WatchResult, watchStateSchema } from '../contracts/watch.ts';

const dependencies = refreshDependencies();

/** The state 'Check order' of watch-order. */
export const handler = middy<unknown, WatchResult>()
  .use(observed)
  .handler(async (state) => await checkOrder(watchStateSchema.parse(state), dependencies));

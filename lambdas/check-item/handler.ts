import middy from '@middy/core';
import { lookDependencies } from '../adapters/look-dependencies.ts';
import { observed } from '../adapters/telemetry.ts';
import type { CheckResult, WatchInput } from '../contracts/watch.ts';
import { checkItem } from './check-item.ts';

const dependencies = lookDependencies();

/** The state 'Check item' of watch-item. */
export const handler = middy<WatchInput, CheckResult>()
  .use(observed)
  .handler(async (input) => await checkItem(input, dependencies));

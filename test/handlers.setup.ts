import { buildHandlers } from '../packaging/handlers.ts';

/** The stacks that the tests synthesize hold the bundles of the present source. */
export const setup = async (): Promise<void> => {
  await buildHandlers();
};

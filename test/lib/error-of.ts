import { InvalidPropertyError } from '../../lib/index.ts';

/** The `InvalidPropertyError` that a function throws. Fails if it throws nothing, or another error. */
export const errorOf = (act: () => unknown): InvalidPropertyError => {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidPropertyError) return error;
    throw error;
  }
  throw new Error('No error was thrown');
};

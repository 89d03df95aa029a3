import { InvalidPropertyError } from '../../lib/index.ts';

/** The error about a property that an act throws. Fails if it throws none, or another. */
export const errorOf = (act: () => unknown): InvalidPropertyError => {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidPropertyError) return error;
    throw error;
  }
  throw new Error('No error was thrown');
};

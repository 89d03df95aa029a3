import { defineConfig } from 'vitest/config';

/** Files that switch off or break parts of the stack, which other tests need. */
const EXCLUSIVE = ['exclusive/*.test.ts', 'cli-operations.test.ts'];

/**
 * The end-to-end tests. One stack serves all of them, so they run in three groups, one group after the other.
 * `--project e2e` selects all three.
 */
export default defineConfig({
  // The examples import the package by its name.
  resolve: { tsconfigPaths: true },
  test: {
    name: 'e2e',
    globalSetup: ['local-stack.setup.ts'],
    setupFiles: ['contract.setup.ts'],
    // The files of a group share imported modules, such as the AWS SDK, which take a second to load.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        test: {
          name: 'side by side',
          include: ['*.test.ts'],
          exclude: EXCLUSIVE,
          // They wait most of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'exclusive',
          include: EXCLUSIVE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          // These judge what all the others did, or leave the stack changed.
          name: 'afterwards',
          include: ['afterwards/*.test.ts'],
          // One for the rotation, which waits longer than all others take together.
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** What CDK prints about the warnings of a stack, each time that one is synthesized. */
const CDK_REPORT = /^(WARNING [\s\S]*\(Annotation\)|A copy of this report can be found in)/;

/**
 * Tests of the table over Moto, which shares no code with the emulator: a fake and an emulator that agree can both be
 * wrong.
 */
const SECOND_ENGINE = {
  globalSetup: [
    'test/temporary-folder.setup.ts',
    'test/handlers.setup.ts',
    'test/second-engine/second-engine.setup.ts',
  ],
  testTimeout: 300_000,
  // Repeats the operations of months.
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    // Tests synthesize stacks with warnings on purpose and assert the warnings: printed, they would only be noise.
    onConsoleLog: (log) => !CDK_REPORT.test(log),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // The examples import the package by its name.
        resolve: { tsconfigPaths: true },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/second-engine/**', 'test/package/**'],
          globalSetup: ['test/temporary-folder.setup.ts', 'test/handlers.setup.ts'],
          // Files share imported modules: loading them again for each file would take a quarter of all CPU time. No test
          // may therefore replace a module (`vi.mock`).
          isolate: false,
          // Vitest would leave one core idle: one of two.
          maxWorkers: '100%',
          // Synthesis takes a second or two when nothing else runs, and a minute on a machine that is busy with much else.
          testTimeout: 180_000,
        },
      },
      {
        test: {
          ...SECOND_ENGINE,
          name: 'second-engine random operations',
          include: ['test/second-engine/*.test.ts'],
        },
      },
      {
        test: {
          ...SECOND_ENGINE,
          // Tests over a table in memory, which do not know that the engine repeats what they do.
          name: 'second-engine repeated operations',
          include: ['test/{adapters,use-cases}/*.test.ts'],
          setupFiles: ['test/second-engine/repeat-operations.setup.ts'],
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/*.test.ts'],
          globalSetup: ['test/temporary-folder.setup.ts'],
          // They install packages from the registry, which takes minutes on a busy machine.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      'test/e2e/vitest.config.ts',
    ],
  },
});

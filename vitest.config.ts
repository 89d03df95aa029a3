import { defineConfig } from 'vitest/config';

/** What CDK prints about the warnings of a stack, each time that one is synthesized. */
const CDK_REPORT = /^(WARNING [\s\S]*\(Annotation\)|A copy of this report can be found in)/;

export default defineConfig({
  test: {
    // Tests synthesize stacks with warnings on purpose and assert the warnings: printed, they would only be noise.
    onConsoleLog: (log) => !CDK_REPORT.test(log),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          globalSetup: ['test/temporary-folder.setup.ts', 'test/handlers.setup.ts'],
          // Files share imported modules: loading them anew for each file would take a quarter of all CPU time. No test
          // may therefore replace a module (`vi.mock`).
          isolate: false,
          // Vitest would leave one core idle: one of two.
          maxWorkers: '100%',
          // Synthesis takes a second or two when nothing else runs.
          testTimeout: 30_000,
        },
      },
      'test/e2e/vitest.config.ts',
    ],
  },
});

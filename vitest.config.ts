import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What judges a whole run comes after everything else of it. */
class AfterwardsLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLast = ({ moduleId }: TestSpecification) => Number(moduleId.includes('/e2e/afterwards/'));
    return (await super.sort(files)).toSorted((one, other) => isLast(one) - isLast(other));
  }
}

/** How CDK tells of a stack's warnings, each time that one is synthesized. */
const CDK_REPORT = /^(WARNING [\s\S]*\(Annotation\)|A copy of this report can be found in)/;

export default defineConfig({
  test: {
    sequence: { sequencer: AfterwardsLast },
    // Stacks that CDK warns of are made on purpose, and what it warns of is asserted: it would only be noise.
    onConsoleLog: (log) => !CDK_REPORT.test(log),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          globalSetup: ['test/temporary-folder.setup.ts'],
          // Synthesis takes a second or two when nothing else runs.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/local-stack.setup.ts'],
          // One stack serves all files, and some switch parts of it off.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files with a test that takes longer than most files. */
const LONGEST = /\/(simulation\/simulation|e2e\/watch|e2e\/afterwards\/rotation)\.test\.ts$/;

const isLongest = ({ moduleId }: TestSpecification): number => (LONGEST.test(moduleId) ? 1 : 0);

/**
 * Starts the files first whose tests take longest, so that nothing waits for them at the end. Vitest knows only after a
 * first run how long a file takes, and otherwise starts the largest files first.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = Map.groupBy(await super.sort(files), ({ project }) => project);
    return [...projects.values()].flatMap((ofProject) =>
      ofProject.toSorted((one, other) => isLongest(other) - isLongest(one)),
    );
  }
}

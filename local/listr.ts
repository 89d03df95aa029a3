import { Listr, type ListrTask } from 'listr2';

/** What a task may do while it runs. */
interface RunningTask {
  /** Shows a line below the task. */
  readonly say: (line: string) => void;
}

/** A task, or a group of tasks. */
export type Step =
  | { readonly title: string; readonly run: (task: RunningTask) => Promise<void> }
  | {
      readonly title: string;
      readonly steps: readonly Step[];
      readonly concurrent?: boolean;
      /** A failure is shown, and the rest goes on. @default false */
      readonly mayFail?: boolean;
    };

/** Shows a live list of what is going on; plain lines where there is no terminal. */
export const runSteps = async (steps: readonly Step[]): Promise<void> => {
  const failures: unknown[] = [];
  const run = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      failures.push(error);
      // The list shows a failure at its task and at each group above: there, one line must do.
      throw new Error(String(error instanceof Error ? error.message : error).split('\n')[0]);
    }
  };

  const toTask = (step: Step): ListrTask => {
    if (!('run' in step)) {
      const { title, steps: inner, concurrent = false, mayFail = false } = step;
      const options = { concurrent, exitOnError: !mayFail };
      return { title, task: (_, task) => task.newListr(inner.map(toTask), options) };
    }
    return {
      title: step.title,
      task: (_, task) => {
        const say = (line: string) => {
          task.output = line;
        };
        return run(step.run({ say }));
      },
      rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
    };
  };

  try {
    await new Listr(steps.map(toTask), {
      // Ctrl-C is the caller's, who has things to clean up.
      registerSignalListeners: false,
      rendererOptions: { collapseSubtasks: false },
    }).run();
  } catch (error) {
    throw failures[0] ?? error;
  }
};

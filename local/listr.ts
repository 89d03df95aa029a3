import { Listr, type ListrTask, PRESET_TIMER } from 'listr2';

/** What a step can do while it runs. */
interface RunningTask {
  /** Shows a line of text below the step. */
  readonly say: (line: string) => void;
}

/** A step, or a group of steps. */
export type Step =
  | { readonly title: string; readonly run: (task: RunningTask) => Promise<void> }
  | {
      readonly title: string;
      readonly steps: readonly Step[];
      readonly concurrent?: boolean;
      /** Whether the other steps continue after a failure. @default false */
      readonly mayFail?: boolean;
    };

/** Runs steps and shows their state and how long they take: a live list in a terminal, plain lines elsewhere. */
export const runSteps = async (steps: readonly Step[]): Promise<void> => {
  const failures: unknown[] = [];
  const run = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      failures.push(error);
      // The list repeats a failure at every group above the step, so it gets the first line only.
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
      // The caller handles Ctrl-C, because it has to stop the stack.
      registerSignalListeners: false,
      rendererOptions: { collapseSubtasks: false, timer: PRESET_TIMER },
      fallbackRendererOptions: { timer: PRESET_TIMER },
    }).run();
  } catch (error) {
    throw failures[0] ?? error;
  }
};

import { type WatchState, watchName } from '../../lambdas/contracts/watch.ts';
import { MILLISECONDS_PER_SECOND } from '../../lambdas/domain/time.ts';
import { copyOf } from '../in-memory/in-memory-table.ts';
import type { PlatformContext } from './context.ts';
import { type Definition, type Retry, readPath } from './state-machine.ts';

/** How a task ended. */
export type TaskResult =
  | { readonly ok: true; readonly value: unknown }
  /** `error` is the error's name as Step Functions sees it. */
  | { readonly ok: false; readonly error: string };

export interface Execution {
  readonly name: string;
  readonly input: WatchState;
  /** The input of the next state: the last answer of the task. */
  state: WatchState & { readonly decision?: string };
  status: 'running' | 'succeeded' | 'failed' | 'aborted';
  /** Until when it waits, in epoch milliseconds; `undefined` while it does anything else. */
  waitsUntil?: number | undefined;
  /** Counted as Step Functions does. */
  historyEvents: number;
  transitions: number;
}

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_HISTORY_EVENTS = 25_000;
const MAX_NAME_CHARACTERS = 80;

/** Step Functions: interprets the state machine of the synthesized stack. */
export class WorkflowEngine {
  readonly executions = new Map<string, Execution>();
  /** How far the clock of the service is ahead. */
  skewInMilliseconds = 0;
  readonly #definition: Definition;
  readonly #context: PlatformContext;
  readonly #task: (input: unknown) => Promise<TaskResult>;

  constructor(
    definition: Definition,
    task: (input: unknown) => Promise<TaskResult>,
    context: PlatformContext,
  ) {
    this.#definition = definition;
    this.#task = task;
    this.#context = context;
  }

  /** Starts an execution. A name that is taken starts nothing, which the caller counts as success. */
  start(state: WatchState): void {
    const { faults, log } = this.#context;
    const name = watchName(state);
    if (name.length > MAX_NAME_CHARACTERS) throw new Error(`${name}: longer than ${MAX_NAME_CHARACTERS}.`);
    if (this.executions.has(name)) {
      log(state.orderUuid, () => `workflow: ${name} exists already`);
      return;
    }
    const input = copyOf(state) as WatchState;
    const execution: Execution = {
      name,
      input,
      state: input,
      status: 'running',
      historyEvents: 1,
      transitions: 1,
    };
    this.executions.set(name, execution);
    log(state.orderUuid, () => `workflow: ${name} starts and waits until ${state.nextCheckAt}`);
    if (faults.strikes('execution lost')) this.#end(execution, 'failed', 'at its start');
    else void this.#run(execution);
  }

  /** Stops an execution by hand. */
  abort(execution: Execution): void {
    this.#end(execution, 'aborted', 'by hand');
  }

  #end(execution: Execution, status: Execution['status'], why: string): void {
    execution.status = status;
    this.#context.log(execution.input.orderUuid, () => `workflow: ${execution.name} ${status}: ${why}`);
  }

  async #run(execution: Execution): Promise<void> {
    let next: string | undefined = this.#definition.StartAt;
    while (next) {
      const state: Definition['States'][string] | undefined = this.#definition.States[next];
      if (!state) throw new Error(`The state machine has no state ${next}.`);
      execution.transitions++;
      execution.historyEvents += 2;
      switch (state.Type) {
        case 'Wait': {
          await this.#waitUntil(execution, readPath(state.TimestampPath, execution.state) as string);
          if (execution.status !== 'running') return;
          if (this.#context.faults.strikes('execution stopped')) return this.abort(execution);
          next = state.Next;
          break;
        }
        case 'Task': {
          const result = await this.#withRetries(execution, state.Retry);
          if (execution.status !== 'running') return;
          if (!result.ok) return this.#end(execution, 'failed', result.error);
          execution.state = copyOf(result.value) as WatchState;
          next = state.Next;
          break;
        }
        case 'Choice': {
          const choice: { readonly Next: string } | undefined = state.Choices.find(
            ({ Variable, StringEquals }) => readPath(Variable, execution.state) === StringEquals,
          );
          next = choice?.Next ?? state.Default;
          break;
        }
        case 'Succeed':
          execution.historyEvents++;
          this.#end(execution, 'succeeded', `${execution.state.decision}`);
          return;
      }
      if (execution.historyEvents > MAX_HISTORY_EVENTS) return this.#end(execution, 'failed', 'too long');
    }
  }

  /** Step Functions cuts the milliseconds off the time that it waits for. */
  async #waitUntil(execution: Execution, timestamp: string): Promise<void> {
    const { agenda, faults } = this.#context;
    const wholeSecond = Math.floor(Date.parse(timestamp) / MILLISECONDS_PER_SECOND) * MILLISECONDS_PER_SECOND;
    const late = faults.strikes('execution late')
      ? faults.milliseconds('execution late', 1000, 10 * 60_000)
      : faults.milliseconds('execution late', 20, 20);
    execution.waitsUntil = Math.max(wholeSecond - this.skewInMilliseconds, agenda.now);
    await agenda.after(execution.waitsUntil - agenda.now + late);
    execution.waitsUntil = undefined;
  }

  async #withRetries(execution: Execution, retries: readonly Retry[]): Promise<TaskResult> {
    const { agenda, faults } = this.#context;
    for (let attempt = 1; ; attempt++) {
      execution.historyEvents += 3;
      const result = faults.strikes('check-order throttled')
        ? ({ ok: false, error: 'Lambda.TooManyRequestsException' } as const)
        : this.#unlessLost(await this.#task(execution.state));
      if (result.ok) return result;
      const retry = retries.find(({ ErrorEquals }) => ErrorEquals.includes(result.error));
      if (!retry || attempt > retry.MaxAttempts) return result;
      execution.transitions++;
      const seconds = Math.min(
        retry.IntervalSeconds * retry.BackoffRate ** (attempt - 1),
        retry.MaxDelaySeconds,
      );
      await agenda.after(faults.milliseconds('check-order throttled', 0, seconds * MILLISECONDS_PER_SECOND));
    }
  }

  /** The function ran, and the platform lost its answer. */
  #unlessLost(result: TaskResult): TaskResult {
    return this.#context.faults.strikes('check-order answer lost')
      ? { ok: false, error: 'Lambda.ServiceException' }
      : result;
  }
}

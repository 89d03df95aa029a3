import { type WatchInput, watchName } from '../../../lambdas/contracts/watch.ts';
import type { Agenda } from '../engine/agenda.ts';
import type { Faults } from '../engine/faults.ts';
import type { History } from '../engine/history.ts';
import { type Definition, type Retry, readPath } from './state-machine.ts';

/** What a task came to. */
export type TaskResult =
  | { readonly ok: true; readonly value: unknown }
  /** `name` is the error's name as Step Functions sees it. */
  | { readonly ok: false; readonly name: string };

export interface Execution {
  readonly name: string;
  readonly input: WatchInput;
  status: 'running' | 'succeeded' | 'failed' | 'stopped';
  /** As Step Functions counts them; 25,000 end an execution. */
  historyEvents: number;
  transitions: number;
}

/** Step Functions: interprets the definition of the synthesized stack. */
export class WorkflowEngine {
  readonly executions = new Map<string, Execution>();
  readonly #definition: Definition;
  readonly #agenda: Agenda;
  readonly #faults: Faults;
  readonly #history: History;
  readonly #task: (input: unknown) => Promise<TaskResult>;
  /** The service's own clock, beside which ours may be fast or slow. */
  readonly #skew: number;

  constructor(
    definition: Definition,
    agenda: Agenda,
    faults: Faults,
    history: History,
    task: (input: unknown) => Promise<TaskResult>,
  ) {
    this.#definition = definition;
    this.#agenda = agenda;
    this.#faults = faults;
    this.#history = history;
    this.#task = task;
    this.#skew = faults.has('clock skewed') ? faults.random('clock skewed').integer(-1500, 1500) : 0;
  }

  /** Starts an execution. A name that is taken starts nothing, which the caller takes for success. */
  start(input: WatchInput): void {
    const name = watchName(input);
    if (name.length > 80) throw new Error(`The name ${name} has more than 80 characters.`);
    if (this.executions.has(name)) {
      this.#history.add(input.orderUuid, () => `workflow: ${name} exists already`);
      return;
    }
    const execution: Execution = { name, input, status: 'running', historyEvents: 1, transitions: 1 };
    this.executions.set(name, execution);
    this.#history.add(input.orderUuid, () => `workflow: ${name} starts, waits until ${input.nextCheckAt}`);
    void this.#run(execution);
  }

  get running(): Execution[] {
    return [...this.executions.values()].filter(({ status }) => status === 'running');
  }

  async #run(execution: Execution): Promise<void> {
    let data: unknown = JSON.parse(JSON.stringify(execution.input));
    let next: string | undefined = this.#definition.StartAt;
    while (next) {
      const state: Definition['States'][string] | undefined = this.#definition.States[next];
      if (!state) throw new Error(`No state ${next}`);
      execution.transitions++;
      switch (state.Type) {
        case 'Wait': {
          execution.historyEvents += 2;
          const until = Date.parse(readPath(state.TimestampPath, data) as string);
          await this.#waitUntil(until - this.#skew);
          if (execution.status !== 'running') return;
          if (this.#faults.strikes('execution stopped')) {
            execution.status = 'stopped';
            this.#history.add(
              execution.input.orderUuid,
              () => `workflow: ${execution.name} is stopped by hand`,
            );
            return;
          }
          next = state.Next;
          break;
        }
        case 'Task': {
          execution.historyEvents += 2;
          const result = await this.#withRetries(execution, state.Retry, data);
          if (!result.ok) {
            execution.status = 'failed';
            this.#history.add(
              execution.input.orderUuid,
              () => `workflow: ${execution.name} fails with ${result.name}`,
            );
            return;
          }
          data = JSON.parse(JSON.stringify(result.value));
          next = state.Next;
          break;
        }
        case 'Choice': {
          execution.historyEvents += 2;
          const input = data;
          const choice: { readonly Next: string } | undefined = state.Choices.find(
            ({ Variable, StringEquals }) => readPath(Variable, input) === StringEquals,
          );
          next = choice?.Next ?? state.Default;
          break;
        }
        case 'Succeed':
          execution.historyEvents += 3;
          execution.status = 'succeeded';
          this.#history.add(
            execution.input.orderUuid,
            () => `workflow: ${execution.name} ends: ${(data as { decision?: string }).decision}`,
          );
          next = undefined;
      }
    }
  }

  /** The function ran, and the platform lost what it said. */
  #unlessLost(result: TaskResult): TaskResult {
    return this.#faults.strikes('check-item answer lost')
      ? { ok: false, name: 'Lambda.ServiceException' }
      : result;
  }

  async #waitUntil(time: number): Promise<void> {
    await this.#agenda.after(Math.max(time - this.#agenda.now, 0) + 20);
  }

  async #withRetries(execution: Execution, retries: readonly Retry[], data: unknown): Promise<TaskResult> {
    for (let attempt = 1; ; attempt++) {
      execution.historyEvents += 3;
      const result = this.#faults.strikes('check-item throttled')
        ? ({ ok: false, name: 'Lambda.TooManyRequestsException' } as const)
        : this.#unlessLost(await this.#task(data));
      if (result.ok) return result;
      const retry = retries.find(({ ErrorEquals }) => ErrorEquals.includes(result.name));
      if (!retry || attempt > retry.MaxAttempts) return result;
      execution.transitions++;
      const delay = Math.min(
        retry.IntervalSeconds * retry.BackoffRate ** (attempt - 1),
        retry.MaxDelaySeconds,
      );
      await this.#agenda.after(delay * 1000 * this.#faults.random('check-item throttled').next());
    }
  }
}

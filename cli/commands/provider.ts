import {
  DeleteFunctionConcurrencyCommand,
  type EventSourceMappingConfiguration,
  GetFunctionConcurrencyCommand,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { Deployment } from '../deployment.ts';
import { EXIT, type Outcome } from '../outcome.ts';

/** The two functions that call the provider. */
const CALLERS = ['refresh-order', 'check-order'] as const;

/** Whether calls to the provider are possible. */
interface Switches {
  /** By the name of each function: whether it may run. */
  readonly functions: Readonly<Record<string, boolean>>;
  /** State of the event source mapping that reads the refresh queue. */
  readonly queue: string;
}

/** Stops every call to the provider: no function that could make one can run. */
export const stopProvider = async (deployment: Deployment): Promise<Outcome> => {
  // The queue is switched off first. Otherwise its messages would fail at a function that may not run, and end in the
  // dead-letter queue.
  await switchQueue(deployment, false);
  for (const name of callers(deployment)) {
    await deployment.aws.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }),
    );
  }
  const outcome = describe(await readSwitches(deployment));
  return { ...outcome, exitCode: areStopped(outcome.data) ? EXIT.success : EXIT.attention };
};

/** Whether no call to the provider is possible. */
export const areStopped = ({ functions }: Switches): boolean => !Object.values(functions).some(Boolean);

/** Allows calls to the provider again. */
export const startProvider = async (deployment: Deployment): Promise<Outcome> => {
  for (const name of callers(deployment)) {
    await deployment.aws.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name }));
  }
  await switchQueue(deployment, true);
  return describe(await readSwitches(deployment));
};

/** Shows whether calls to the provider are possible. */
export const showProvider = async (deployment: Deployment) => describe(await readSwitches(deployment));

const callers = ({ tracker }: Deployment): readonly string[] =>
  CALLERS.map((name) => tracker.functions[name]);

const queueMappings = async (deployment: Deployment): Promise<readonly EventSourceMappingConfiguration[]> => {
  const { EventSourceMappings = [] } = await deployment.aws.lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: deployment.tracker.functions['refresh-order'] }),
  );
  return EventSourceMappings;
};

const switchQueue = async (deployment: Deployment, isOn: boolean): Promise<void> => {
  for (const { UUID } of await queueMappings(deployment)) {
    await deployment.aws.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isOn }));
  }
};

const readSwitches = async (deployment: Deployment): Promise<Switches> => {
  const functions = await Promise.all(
    callers(deployment).map(async (name) => {
      const { ReservedConcurrentExecutions } = await deployment.aws.lambda.send(
        new GetFunctionConcurrencyCommand({ FunctionName: name }),
      );
      return [name, ReservedConcurrentExecutions !== 0] as const;
    }),
  );
  const [mapping] = await queueMappings(deployment);
  return { functions: Object.fromEntries(functions), queue: mapping?.State ?? 'missing' };
};

const describe = (switches: Switches): Outcome & { readonly data: Switches } => {
  const isStarted = Object.values(switches.functions).every(Boolean) && switches.queue === 'Enabled';
  return {
    data: switches,
    lines: [
      summarize(switches, isStarted),
      ...Object.entries(switches.functions).map(
        ([name, mayRun]) => `  ${name}: ${mayRun ? 'may run' : 'stopped'}`,
      ),
      `  refresh queue: ${switches.queue}`,
    ],
    exitCode: isStarted ? EXIT.success : EXIT.attention,
  };
};

const summarize = (switches: Switches, isStarted: boolean): string => {
  if (areStopped(switches)) return 'Calls to Musement are stopped. Due checks wait; no data is lost.';
  return isStarted
    ? 'Calls to Musement are made as usual.'
    : 'Calls to Musement are being stopped or started, or this was interrupted. Check again in a moment; if nothing ' +
        'changes, repeat the command.';
};

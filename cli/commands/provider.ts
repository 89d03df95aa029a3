import {
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  ListEventSourceMappingsCommand,
  PutFunctionConcurrencyCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { Deployment } from '../deployment.ts';
import { EXIT, type Outcome } from '../outcome.ts';

/** What the ids of the two functions hold that ask the provider. */
const ASKERS = ['RefreshOrder', 'CheckItem'] as const;

interface Switches {
  /** By function: whether it may run. */
  readonly functions: Readonly<Record<string, boolean>>;
  /** Whether the refresh queue is read. */
  readonly queue: string;
}

/** Stops every call to the provider: nothing that could make one can run. */
export const stopProvider = async (deployment: Deployment): Promise<Outcome> => {
  const { lambda } = deployment;
  // The queue first: its messages would be thrown at a function that may not run, and end as dead letters.
  await switchQueue(deployment, false);
  for (const name of await askers(deployment)) {
    await lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }),
    );
  }
  const outcome = describe(await read(deployment));
  return { ...outcome, exitCode: isStopped(outcome.data) ? EXIT.done : EXIT.attention };
};

/** Whether no call to the provider is possible. */
export const isStopped = ({ functions }: Switches): boolean => !Object.values(functions).some(Boolean);

/** Lets calls be made again. */
export const startProvider = async (deployment: Deployment): Promise<Outcome> => {
  const { lambda } = deployment;
  for (const name of await askers(deployment)) {
    await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name }));
  }
  await switchQueue(deployment, true);
  return describe(await read(deployment));
};

/** Shows whether calls can be made. */
export const showProvider = async (deployment: Deployment) => describe(await read(deployment));

const askers = async (deployment: Deployment): Promise<string[]> => {
  const found = await Promise.all(ASKERS.map((part) => deployment.resource('AWS::Lambda::Function', part)));
  return found.map(({ physicalId }) => physicalId);
};

const mappings = async (deployment: Deployment) => {
  const { physicalId } = await deployment.resource('AWS::Lambda::Function', 'RefreshOrder');
  const { EventSourceMappings = [] } = await deployment.lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: physicalId }),
  );
  return EventSourceMappings;
};

const switchQueue = async (deployment: Deployment, isOn: boolean): Promise<void> => {
  for (const { UUID } of await mappings(deployment)) {
    await deployment.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isOn }));
  }
};

const read = async (deployment: Deployment): Promise<Switches> => {
  const functions = await Promise.all(
    (await askers(deployment)).map(async (name) => {
      const { ReservedConcurrentExecutions } = await deployment.lambda.send(
        new GetFunctionConcurrencyCommand({ FunctionName: name }),
      );
      return [name, ReservedConcurrentExecutions !== 0] as const;
    }),
  );
  const [mapping] = await mappings(deployment);
  return { functions: Object.fromEntries(functions), queue: mapping?.State ?? 'missing' };
};

const describe = (switches: Switches): Outcome & { readonly data: Switches } => {
  const running = Object.values(switches.functions).filter(Boolean).length;
  const verdict = isStopped(switches)
    ? 'No call to the provider is possible. What is due waits; nothing is lost.'
    : running === ASKERS.length && switches.queue === 'Enabled'
      ? 'The provider is asked as usual.'
      : 'The switch is on its way, or was left half-way: look again in a moment, or stop or start once more.';
  return {
    data: switches,
    lines: [
      verdict,
      ...Object.entries(switches.functions).map(([name, may]) => `  ${name}: ${may ? 'may run' : 'stopped'}`),
      `  refresh queue: ${switches.queue}`,
    ],
    exitCode: running === ASKERS.length && switches.queue === 'Enabled' ? EXIT.done : EXIT.attention,
  };
};

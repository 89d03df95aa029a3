import {
  DeleteFunctionConcurrencyCommand,
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  TooManyRequestsException,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { expect, inject } from 'vitest';
import { clientConfiguration } from '../../local/local-aws.ts';
import { eventually } from './stack-fixture.ts';

/** Does not repeat a throttled call: the tests count throttled calls. */
const client = () =>
  new LambdaClient({ ...clientConfiguration(inject('localStack').endpoint), maxAttempts: 1 });

/** The name of the deployed function whose construct id contains a part, such as `CheckOrder`. */
export const functionNamed = async (part: string): Promise<string> => {
  const { Functions = [] } = await client().send(new ListFunctionsCommand({}));
  const name = Functions.map(({ FunctionName = '' }) => FunctionName).find((candidate) =>
    candidate.includes(part),
  );
  if (!name) throw new Error(`No function is named like ${part}.`);
  return name;
};

/** Switches the event source of a function on or off. */
export const switchConsumer = async (part: string, isOn: boolean): Promise<void> => {
  const lambda = client();
  const { UUID } = await eventSourceOf(part);
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isOn }));
  await eventually(async () => {
    const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    expect(State).toBe(isOn ? 'Enabled' : 'Disabled');
  });
};

/** Runs the reconciler once, as its schedule does every few minutes. */
export const reconcile = async (): Promise<void> => {
  const { FunctionError } = await client().send(
    new InvokeCommand({ FunctionName: await functionNamed('Reconcile') }),
  );
  expect(FunctionError).toBeUndefined();
};

/** Changes environment variables of a function while `work` runs, and restores them. */
export const withEnvironment = async (
  part: string,
  changes: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> => {
  const lambda = client();
  const FunctionName = await functionNamed(part);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const set = (Variables: Record<string, string>) =>
    lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await set({ ...Environment?.Variables, ...changes });
  try {
    await work();
  } finally {
    await set({ ...Environment?.Variables });
  }
};

/** Makes a function forget what it keeps in memory, such as a token or a rejected login: its environments start again. */
export const restart = (part: string): Promise<void> =>
  withEnvironment(part, { MARK: 'restarted' }, async () => {});

/** Calls a function that has no concurrency left. @returns how many of the calls were throttled */
export const throttle = async (part: string, calls: number): Promise<number> => {
  const lambda = client();
  const FunctionName = await functionNamed(part);
  await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  let throttled = 0;
  for (let call = 0; call < calls; call++) {
    try {
      await lambda.send(new InvokeCommand({ FunctionName }));
    } catch (error) {
      if (!(error instanceof TooManyRequestsException)) throw error;
      throttled += 1;
    }
  }
  await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  return throttled;
};

/** Makes a function's event source give up records that are older than this while `work` runs, and restores its limit. */
export const withRecordAge = async (
  part: string,
  seconds: number,
  work: () => Promise<void>,
): Promise<void> => {
  const lambda = client();
  const { UUID, MaximumRecordAgeInSeconds } = await eventSourceOf(part);
  const set = (age: number | undefined) =>
    lambda.send(new UpdateEventSourceMappingCommand({ UUID, MaximumRecordAgeInSeconds: age }));
  await set(seconds);
  try {
    await work();
  } finally {
    await set(MaximumRecordAgeInSeconds);
  }
};

/** The name of the queue that a function's event source sends failed records to. */
export const failureQueueOf = async (part: string): Promise<string> => {
  const { DestinationConfig } = await eventSourceOf(part);
  return nameIn(DestinationConfig?.OnFailure?.Destination);
};

/** The name of the queue that is a function's event source. */
export const sourceQueueOf = async (part: string): Promise<string> =>
  nameIn((await eventSourceOf(part)).EventSourceArn);

const eventSourceOf = async (part: string): Promise<EventSourceMappingConfiguration> => {
  const { EventSourceMappings: [first] = [] } = await client().send(
    new ListEventSourceMappingsCommand({ FunctionName: await functionNamed(part) }),
  );
  if (!first) throw new Error(`The function ${part} has no event source.`);
  return first;
};

const nameIn = (arn = ''): string => arn.split(':').at(-1) ?? '';

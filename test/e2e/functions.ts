import {
  DeleteFunctionConcurrencyCommand,
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

/** A throttled call is not repeated: whoever asks wants to know. */
const client = () =>
  new LambdaClient({ ...clientConfiguration(inject('localStack').endpoint), maxAttempts: 1 });

/** The name of a deployed function, by what its construct is called. */
export const functionNamed = async (part: string): Promise<string> => {
  const { Functions = [] } = await client().send(new ListFunctionsCommand({}));
  const name = Functions.map(({ FunctionName = '' }) => FunctionName).find((candidate) =>
    candidate.includes(part),
  );
  if (!name) throw new Error(`No function is named like ${part}.`);
  return name;
};

/** Switches what feeds a function on or off. */
export const switchConsumer = async (part: string, isOn: boolean): Promise<void> => {
  const lambda = client();
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: await functionNamed(part) }),
  );
  for (const { UUID } of EventSourceMappings) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isOn }));
    await eventually(async () => {
      const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
      expect(State).toBe(isOn ? 'Enabled' : 'Disabled');
    });
  }
};

/** What the schedule does every few minutes. */
export const reconcile = async (): Promise<void> => {
  const { FunctionError } = await client().send(
    new InvokeCommand({ FunctionName: await functionNamed('Reconcile') }),
  );
  expect(FunctionError).toBeUndefined();
};

/** Changes environment variables of a function while something is done, and puts them back. */
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

/** Calls a function that may not run, and tells how often it was throttled. */
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

/** Lets a function's event source give up what is older than this, and puts back what it had. */
export const withRecordAge = async (
  part: string,
  seconds: number,
  work: () => Promise<void>,
): Promise<void> => {
  const lambda = client();
  const { EventSourceMappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: await functionNamed(part) }),
  );
  const [{ UUID, MaximumRecordAgeInSeconds } = {}] = EventSourceMappings;
  const set = (age: number | undefined) =>
    lambda.send(new UpdateEventSourceMappingCommand({ UUID, MaximumRecordAgeInSeconds: age }));
  await set(seconds);
  try {
    await work();
  } finally {
    await set(MaximumRecordAgeInSeconds);
  }
};

/** Where a function's event source puts what it could not process. */
export const failureQueueOf = async (part: string): Promise<string> => {
  const { EventSourceMappings = [] } = await client().send(
    new ListEventSourceMappingsCommand({ FunctionName: await functionNamed(part) }),
  );
  const arn = EventSourceMappings[0]?.DestinationConfig?.OnFailure?.Destination;
  if (!arn) throw new Error(`What feeds ${part} has no failure queue.`);
  return arn.split(':').at(-1) ?? '';
};

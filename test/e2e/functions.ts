import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { expect, inject } from 'vitest';
import { clientConfiguration } from '../../local/local-aws.ts';
import { eventually } from './stack-fixture.ts';

const client = () => new LambdaClient(clientConfiguration(inject('localStack').endpoint));

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

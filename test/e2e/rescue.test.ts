import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfiguration } from '../../local/local-aws.ts';
import { lost, needsConfirmation, orderOf, told } from './order-fixture.ts';
import { eventually, useStack } from './stack-fixture.ts';

const stack = useStack();
const lambda = new LambdaClient(clientConfiguration(inject('localStack').endpoint));

const functionNamed = async (part: string): Promise<string> => {
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  const name = Functions.map(({ FunctionName = '' }) => FunctionName).find((candidate) =>
    candidate.includes(part),
  );
  if (!name) throw new Error(`No function is named like ${part}.`);
  return name;
};

/** Switches a consumer of the table's stream on or off. */
const switchConsumer = async (part: string, isOn: boolean): Promise<void> => {
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
const reconcile = async (): Promise<void> => {
  const { FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: await functionNamed('Reconcile') }),
  );
  expect(FunctionError).toBeUndefined();
};

describe('what the stream should have brought and did not', () => {
  beforeAll(async () => {
    await switchConsumer('DispatchChanges', false);
  });

  afterAll(async () => {
    await switchConsumer('DispatchChanges', true);
    lambda.destroy();
  });

  test('E10 a webhook that was never dispatched is taken up by reconcile', async () => {
    const { orderUuid, itemUuid } = await orderOf(stack.simulator, { timeline: [told(0, 'OK')] });
    await eventually(async () => {
      await reconcile();
      expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']);
    });
    expect(stack.eventsOf(orderUuid)[0]?.event.data).toMatchObject({ foundBy: 'rescue' });
  });

  test('E10 an item whose watch was never started is watched by reconcile', async () => {
    const { orderUuid, itemUuid } = await orderOf(
      stack.simulator,
      needsConfirmation(8, told(0, 'PENDING'), lost(6, 'OK')),
    );
    await eventually(async () => {
      await reconcile();
      expect(stack.typesOf(orderUuid, itemUuid)).toContain('order_item.ok');
    });
    expect(stack.typesOf(orderUuid, itemUuid)).toEqual(['order_item.ok']);
  });
});

import { ExecutionAlreadyExists, ExecutionLimitExceeded, type SFNClient } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { stepFunctionsWatches } from '../../lambdas/adapters/step-functions-watches.ts';
import { initialWatchState, watchStateSchema } from '../../lambdas/contracts/watch.ts';
import { at, ITEM, ORDER } from '../domain/fixtures.ts';
import { recordingClient } from './recording-client.ts';

const STATE = initialWatchState({
  orderUuid: ORDER,
  generation: 3,
  nextCheckAt: at(60),
  startedAt: at(0),
  openItems: [{ itemUuid: ITEM, status: 'PENDING', confirmBy: at(3600), nextCheckAt: at(60) }],
});

const METADATA = { $metadata: {}, message: 'rejected' };

const start = async (state: typeof STATE, answer?: () => unknown) => {
  const { client, sent } = recordingClient<SFNClient>(answer);
  await stepFunctionsWatches('arn:state-machine', client).start(state);
  return sent[0];
};

test('E5 a watch is started under the name of its order and generation, with a state that its check can read', async () => {
  const input = JSON.stringify(STATE);
  expect(await start(STATE)).toEqual({
    stateMachineArn: 'arn:state-machine',
    name: `watch-${ORDER}-3`,
    input,
  });
  expect(watchStateSchema.parse(JSON.parse(input))).toEqual(STATE);
});

test('E5 a watch that exists already is success, and any other error is thrown: the stream delivers again', async () => {
  const failing = (error: Error) => () => {
    throw error;
  };
  await start(STATE, failing(new ExecutionAlreadyExists(METADATA)));
  await expect(start(STATE, failing(new ExecutionLimitExceeded(METADATA)))).rejects.toThrow('rejected');
});

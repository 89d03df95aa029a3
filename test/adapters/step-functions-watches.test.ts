import { ExecutionAlreadyExists, ExecutionLimitExceeded, type SFNClient } from '@aws-sdk/client-sfn';
import { expect, test } from 'vitest';
import { stepFunctionsWatches } from '../../lambdas/adapters/step-functions-watches.ts';
import { initialWatchState, watchStateSchema } from '../../lambdas/contracts/watch.ts';
import { at, ITEM, ORDER } from '../domain/fixtures.ts';

const STATE = initialWatchState({
  orderUuid: ORDER,
  generation: 3,
  nextCheckAt: at(60),
  startedAt: at(0),
  openItems: [{ itemUuid: ITEM, status: 'PENDING', confirmBy: at(3600), nextCheckAt: at(60) }],
});

const METADATA = { $metadata: {}, message: 'refused' };

/** A state machine that answers so; every start is remembered. */
const watchesThat = (answer: () => unknown) => {
  const started: Record<string, string>[] = [];
  const client = {
    send: async ({ input }: { input: Record<string, string> }) => {
      started.push(input);
      return answer();
    },
  } as unknown as SFNClient;
  return { watches: stepFunctionsWatches('arn:state-machine', client), started };
};

test('E5 a watch is started under the name of its order and generation, with a state that its check can read', async () => {
  const { watches, started } = watchesThat(() => ({}));
  await watches.start(STATE);
  expect(started).toEqual([
    { stateMachineArn: 'arn:state-machine', name: `watch-${ORDER}-3`, input: JSON.stringify(STATE) },
  ]);
  expect(watchStateSchema.parse(JSON.parse(started[0]?.['input'] ?? ''))).toEqual(STATE);
});

test('E5 a watch that exists already is success: the stream delivered its record twice', async () => {
  const { watches } = watchesThat(() => {
    throw new ExecutionAlreadyExists(METADATA);
  });
  await expect(watches.start(STATE)).resolves.toBeUndefined();
});

test('any other error is thrown, so that the stream delivers the record again', async () => {
  const { watches } = watchesThat(() => {
    throw new ExecutionLimitExceeded(METADATA);
  });
  await expect(watches.start(STATE)).rejects.toThrow('refused');
});

test('a name has at most the 80 characters that Step Functions allows', async () => {
  const { watches, started } = watchesThat(() => ({}));
  await watches.start({ ...STATE, generation: Number.MAX_SAFE_INTEGER });
  expect(started[0]?.['name']?.length).toBeLessThanOrEqual(80);
});

import { beforeEach, describe, expect, test } from 'vitest';
import { status } from '../../cli/commands/status.ts';
import { type CommandError, EXIT } from '../../cli/outcome.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { answer, FAILURE, ORDER, seen, UNKNOWN } from '../domain/fixtures.ts';
import { FakeDeployment } from './fake-deployment.ts';

let deployment: FakeDeployment;

beforeEach(() => {
  deployment = new FakeDeployment();
});

/** Tracks the order, with this answer to its first check. */
const tracked = async (first: FakeDeployment['answer']): Promise<void> => {
  deployment.answer = first;
  await (await deployment.orders()).track(ORDER);
};

const lines = async (): Promise<string> => (await status(deployment.asDeployment, ORDER)).lines.join('\n');

const set = (attributes: Readonly<Record<string, unknown>>) =>
  deployment.table.update({ key: orderKey(ORDER), set: attributes });

describe('the next check of an order', () => {
  test.for([
    ['PENDING', answer(seen('PENDING')), /next check +\S+ \S+Z \(in \d+ .+\), by its watch/],
    ['OK', answer(seen('OK')), /next check +\S+ \S+Z \(in 1 d\), by the reconciler/],
    ['that Musement does not know', UNKNOWN, /next check +\S+ \S+Z \(in \d+ s\), by its watch/],
    ['that gets no usable answer', FAILURE, /next check +\S+ \S+Z \(in \d+ s\), by its watch/],
  ] as const)('%s is shown', async ([, first, expected]) => {
    await tracked(first);
    expect(await lines()).toMatch(expected);
  });

  test('that has passed is shown as due', async () => {
    await tracked(answer(seen('PENDING')));
    await set({ nextCheckAt: toInstant(Date.now() - 180_000) });
    expect(await lines()).toMatch(/next check +due since \S+ \S+Z \(3 min ago\), by its watch/);
  });

  test('that was tracked a moment ago comes as soon as possible', async () => {
    deployment.isChecking = false;
    await tracked(UNKNOWN);
    expect(await lines()).toContain('as soon as possible, for the latest webhook or track request');
  });

  test('that has nothing left to check is not planned', async () => {
    await tracked(answer(seen('OK')));
    await deployment.table.update({ key: orderKey(ORDER), remove: ['nextCheckAt'] });
    expect(await lines()).toMatch(/next check +none is planned/);
  });
});

test('events that are not published are marked', async () => {
  await tracked(answer(seen('PENDING')));
  expect(await lines()).toMatch(/order_item\.pending of \S+, found by track, temporary: not published/);
});

test('an order that is not tracked is not found', async () => {
  const error: CommandError = await status(deployment.asDeployment, ORDER).catch((thrown) => thrown);
  expect(error.exitCode).toBe(EXIT.notFound);
  expect(error.message).toContain(`order-tracker track ${ORDER}`);
});

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { list } from '../../cli/commands/list.ts';
import { status, statusOfReference } from '../../cli/commands/status.ts';
import { untrack } from '../../cli/commands/untrack.ts';
import { CommandError, EXIT, type Outcome } from '../../cli/outcome.ts';
import { answer, FAILURE, ORDER, OTHER_ITEM, seen } from '../domain/fixtures.ts';
import { FakeDeployment } from './fake-deployment.ts';

const OTHER_ORDER = '0e3c1e83-0a55-4e22-9e7e-0e66f2ba8c02';

let deployment: FakeDeployment;

beforeEach(() => {
  deployment = new FakeDeployment();
  deployment.answer = answer(seen('PENDING'), seen('PENDING', { itemUuid: OTHER_ITEM }));
});

const track = async (orderUuid: string, reference?: string): Promise<void> => {
  await (await deployment.orders()).track(orderUuid, reference ? { reference } : {});
};

const text = ({ lines }: Outcome): string => lines.join('\n');

const errorOf = async (outcome: Promise<Outcome>): Promise<CommandError> => {
  const error = await outcome.catch((thrown: unknown) => thrown);
  if (error instanceof CommandError) return error;
  throw new Error('The command did not fail.');
};

describe('untrack', () => {
  test('asks first, names the order, and does nothing when the answer is no', async () => {
    await track(ORDER, 'B-4711');
    const confirm = vi.fn(async (_question: string) => false);
    const error = await errorOf(untrack(deployment.asDeployment, ORDER, { confirm }));
    expect(error.exitCode).toBe(EXIT.failed);
    expect(error.message).toContain(`order-tracker untrack --yes ${ORDER}`);
    expect(confirm).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('reference B-4711'));
    expect(text(await status(deployment.asDeployment, ORDER))).not.toContain('stopped');
  });

  test.for([
    ['the answer is yes', false, true],
    ['the option says so', true, false],
  ] as const)('stops the order when %s', async ([, yes, answered]) => {
    const options = { yes, confirm: async () => answered };
    await track(ORDER);
    expect(text(await untrack(deployment.asDeployment, ORDER, options))).toContain('Stopped tracking');
    const shown = text(await status(deployment.asDeployment, ORDER));
    expect(shown).toMatch(/next check +none is planned/);
    expect(shown).toMatch(/stopped +\S+ \S+Z/);
    expect(shown).toContain('no longer tracked');
    await track(ORDER);
    expect(text(await status(deployment.asDeployment, ORDER))).not.toMatch(/stopped +\S+ \S+Z/);
  });

  test.for([[true], [undefined]])('an order that was never tracked is not found (yes: %s)', async ([yes]) => {
    const confirm = vi.fn(async (_question: string) => true);
    const error = await errorOf(untrack(deployment.asDeployment, ORDER, { ...(yes && { yes }), confirm }));
    expect(error.exitCode).toBe(EXIT.notFound);
    expect(confirm).not.toHaveBeenCalled();
  });
});

describe('list', () => {
  test('shows open items by status, and why an order is listed', async () => {
    await track(ORDER, 'B-4711');
    deployment.answer = FAILURE;
    await track(OTHER_ORDER);
    const open = text(await list(deployment.asDeployment, { state: 'open', limit: 100 }));
    expect(open).toMatch(new RegExp(`${ORDER} +B-4711 +2 PENDING`));
    expect(open).toContain(OTHER_ORDER);
    const failing = text(await list(deployment.asDeployment, { state: 'failing', limit: 100 }));
    expect(failing).toContain(OTHER_ORDER);
    expect(failing).toContain('without an answer since');
    expect(failing).not.toContain(ORDER);
    const overdue = await list(deployment.asDeployment, { state: 'overdue', limit: 100 });
    expect(text(overdue)).toBe('No order is overdue.');
  });

  test('says that there may be more than the limit', async () => {
    await track(ORDER);
    await track(OTHER_ORDER);
    const { lines, data } = await list(deployment.asDeployment, { state: 'open', limit: 1 });
    expect(lines.at(-1)).toContain('--limit');
    expect(data).toMatchObject({ orders: [{}], isTruncated: true });
  });
});

describe('status --reference', () => {
  test('shows the one order that has it', async () => {
    await track(ORDER, 'B-4711');
    expect(text(await statusOfReference(deployment.asDeployment, 'B-4711'))).toContain(`Order ${ORDER}`);
  });

  test('lists several', async () => {
    await track(ORDER, 'B-4711');
    await track(OTHER_ORDER, 'B-4711');
    const shown = text(await statusOfReference(deployment.asDeployment, 'B-4711'));
    expect(shown).toContain(ORDER);
    expect(shown).toContain(OTHER_ORDER);
  });

  test('fails if no order has the reference', async () => {
    const error = await errorOf(statusOfReference(deployment.asDeployment, 'B-4711'));
    expect(error.exitCode).toBe(EXIT.notFound);
  });
});

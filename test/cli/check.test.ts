import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CheckOptions, check } from '../../cli/commands/check.ts';
import { type CommandError, EXIT } from '../../cli/outcome.ts';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { answer, FAILURE, ORDER, OTHER_ITEM, START, seen } from '../domain/fixtures.ts';
import { FakeDeployment } from './fake-deployment.ts';

let deployment: FakeDeployment;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(START) });
  // The command waits by this function. It moves the clock instead, in whatever module imports it.
  vi.spyOn(timers, 'setTimeout').mockImplementation(vi.advanceTimersByTimeAsync as typeof timers.setTimeout);
  syncBuiltinESMExports();
  deployment = new FakeDeployment();
});
afterEach(() => {
  vi.mocked(timers.setTimeout).mockRestore();
  syncBuiltinESMExports();
  vi.useRealTimers();
});

const run = (options: Partial<CheckOptions> = {}) =>
  check(deployment.asDeployment, ORDER, { timeout: 1, confirm: async () => false, ...options });

/** What the command fails with. */
const errorOf = async (options?: Partial<CheckOptions>): Promise<CommandError> =>
  await run(options).then(
    () => {
      throw new Error('The command did not fail.');
    },
    (error) => error,
  );

describe('a check of an order that is not tracked', () => {
  test('asks first, and does nothing when the answer is no', async () => {
    const confirm = vi.fn(async () => false);
    const error = await errorOf({ confirm });
    expect(error.exitCode).toBe(EXIT.notFound);
    expect(error.message).toContain(`order-tracker check --track ${ORDER}`);
    expect(confirm).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('for a week'));
    expect(deployment.tracked).toEqual([]);
    expect(deployment.table.rows()).toEqual([]);
  });

  test.for([
    ['the answer is yes', { confirm: async () => true }],
    ['the option says so', { track: true }],
  ] as const)('checks and tracks it when %s', async ([, options]) => {
    deployment.answer = answer(seen('OK'));
    const { exitCode, lines } = await run(options);
    expect(exitCode).toBeUndefined();
    expect(lines.join('\n')).toContain('OK');
    expect(deployment.tracked).toEqual([ORDER]);
  });

  test('does not ask with the option', async () => {
    const confirm = vi.fn(async () => false);
    await errorOf({ track: true, confirm });
    expect(confirm).not.toHaveBeenCalled();
  });

  test('asks again once Musement did not know it for a week', async () => {
    await errorOf({ track: true });
    const { table } = deployment;
    for (const { pk, sk } of table.rows()) {
      const set = sk.startsWith('TRACK#') ? { outcome: 'given_up' } : {};
      table.updateNow({ key: { pk, sk }, set, remove: ['nextCheckAt'] });
    }
    expect((await errorOf()).message).toContain('is not tracked, and was not checked');
  });
});

describe('a check of a tracked order', () => {
  const tracked = async (...items: ReturnType<typeof seen>[]) => {
    deployment.answer = answer(...items);
    await run({ track: true });
  };

  test('does not ask', async () => {
    await tracked(seen('PENDING'));
    const confirm = vi.fn(async () => false);
    expect((await run({ confirm })).exitCode).toBeUndefined();
    expect(confirm).not.toHaveBeenCalled();
  });

  test('does not ask while a webhook or track request waits for the first check', async () => {
    deployment.isChecking = false;
    await errorOf({ track: true, timeout: 0 });
    deployment.isChecking = true;
    deployment.answer = answer(seen('PENDING'));
    expect((await run()).exitCode).toBeUndefined();
  });

  test.for([
    ['every item', [], 'shows no item of the order'],
    [
      'one of two items',
      [seen('PENDING')],
      'leaves out an item of the order, or shows one that cannot be read',
    ],
  ] as const)('whose answer lacks %s does not exit with 0, and says so', async ([, shown, text]) => {
    await tracked(seen('PENDING'), seen('PENDING', { itemUuid: OTHER_ITEM }));
    deployment.answer = answer(...shown);
    const { exitCode, lines } = await run();
    expect(exitCode).toBe(EXIT.attention);
    expect(lines.at(-1)).toContain(text);
    expect(lines.at(-1)).toMatch(/The next check is at \d{4}-/);
    expect(lines.join('\n')).toContain(OTHER_ITEM);
  });

  test.for([
    ['never had an item', answer()],
    [
      'has an item that cannot be read',
      { kind: 'order', snapshot: { status: 'PENDING', items: [], unreadable: 1 } },
    ],
  ] as const)('of an order that %s does not exit with 0 either', async ([, first]) => {
    deployment.answer = first;
    expect((await run({ track: true })).exitCode).toBe(EXIT.attention);
  });

  test('that Musement does not know says that it is checked again', async () => {
    const { exitCode, message } = await errorOf({ track: true });
    expect(exitCode).toBe(EXIT.notFound);
    expect(message).toContain('It is checked again, at growing intervals, for a week.');
  });

  test('that gets no usable answer names the cause and the next check', async () => {
    deployment.answer = FAILURE;
    const { exitCode, message } = await errorOf({ track: true });
    expect(exitCode).toBe(EXIT.noAnswer);
    expect(message).toMatch(/gave no usable answer \(http_503\)\. The next check is at \d{4}-/);
  });

  test('after a rejected login names the credentials, and promises no time', async () => {
    deployment.answer = { kind: 'failure', cause: 'login_rejected' };
    const { exitCode, message } = await errorOf({ track: true });
    expect(exitCode).toBe(EXIT.noAnswer);
    expect(message).toContain('Correct the credentials in arn:provider-secret (runbook: LoginRejected)');
    expect(message).not.toMatch(/\d{4}-\d{2}|next check/);
  });

  test('waits for the record of the check, which is stored after the result', async () => {
    const { table } = deployment;
    const put = table.put.bind(table);
    vi.spyOn(table, 'put').mockImplementation(async (write) => {
      if (!write.put.sk.startsWith('CHECK#')) return put(write);
      setTimeout(() => put(write), 700);
      return true;
    });
    deployment.answer = FAILURE;
    expect((await errorOf({ track: true, timeout: 0 })).message).toContain('http_503');
  });

  test('shows the result without a record that is never stored', async () => {
    const { table } = deployment;
    const put = table.put.bind(table);
    vi.spyOn(table, 'put').mockImplementation(async (write) =>
      write.put.sk.startsWith('CHECK#') ? true : put(write),
    );
    deployment.answer = FAILURE;
    expect((await errorOf({ track: true })).message).toContain('cause unknown');
  });

  test('that is not finished in time says how to find the cause', async () => {
    deployment.isChecking = false;
    const { exitCode, message } = await errorOf({ track: true, timeout: 0 });
    expect(exitCode).toBe(EXIT.noAnswer);
    expect(message).toContain('order-tracker provider show');
  });

  test('does not wait for the retry of an order that fails', async () => {
    deployment.answer = FAILURE;
    await errorOf({ track: true });
    deployment.answer = answer(seen('OK'));
    expect((await run()).exitCode).toBeUndefined();
    expect(deployment.table.peek(orderKey(ORDER))).not.toHaveProperty('failure');
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../local/run-command.ts';
import { number, table } from '../markdown.ts';
import type { Row, Section } from '../section.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Measured in November 2026 on 2 × AMD EPYC, where this note is written. */
const FIRST_EDITION = { ordersPerCpuSecond: 84, testInSeconds: 301.8 };

const MIN_ORDERS_PER_CPU_SECOND = 250;
const MAX_TEST_RATIO = 0.5;
/** In seconds after the start of the command. */
const MAX_SECONDS = { firstEvent: { first: 20, warm: 8 }, once: 25 };

/** What a text says in the place of the group of a pattern. */
const numberIn = (text: string, pattern: RegExp): number => {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`${pattern} is not in what the command printed:\n${text}`);
  return Number(found.replaceAll(',', ''));
};

const timed = async (cwd: string, command: string, ...args: readonly string[]) => {
  const began = performance.now();
  const output = await runCommand(command, args, { cwd });
  return { output, seconds: (performance.now() - began) / 1000 };
};

const simulate = async (orders: number) => {
  const args = ['test/simulation/cli.ts', '--orders', `${orders}`, '--seed', 'bench', '--threads', '2'];
  const { output } = await timed(ROOT, process.execPath, ...args);
  return {
    ordersPerCpuSecond: numberIn(output, /CPU time.* ([\d,]+) orders a second/),
    broken: numberIn(output, /Broken promises +([\d,]+)/),
  };
};

/** The two commands of the README in a new clone of the last commit: the first time, and again. */
const inNewClone = async (progress: (message: string) => void) => {
  const folder = await mkdtemp(join(tmpdir(), 'order-tracker-bench-'));
  try {
    await runCommand('git', ['clone', '--quiet', ROOT, folder]);
    progress('a new clone: npm ci');
    const install = await timed(folder, 'npm', 'ci', '--no-audit', '--no-fund');
    const start = async () => {
      const { output, seconds } = await timed(folder, 'npm', 'start', '--', '--once');
      return { seconds, firstEvent: numberIn(output, /first event arrived ([\d.]+) s after/) };
    };
    progress('a new clone: npm start -- --once, for the first time');
    const first = await start();
    progress('a new clone: npm start -- --once, again');
    const warm = await start();
    progress('a new clone: npm test');
    const test = await timed(folder, 'npm', 'test');
    return { install, first, warm, test };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

export const commandsSection: Section = {
  name: 'commands',
  title: 'The commands of the repository',
  run: async ({ quick, progress }) => {
    const orders = quick ? 1000 : 5000;
    progress(`simulating ${number(orders)} orders`);
    const { ordersPerCpuSecond, broken } = await simulate(orders);
    const simulated: Row = {
      target: '9',
      measure: 'Simulated orders per second of CPU time, with the real functions and all faults and checks',
      ours: `${ordersPerCpuSecond}`,
      comparedWith: `first edition: ${FIRST_EDITION.ordersPerCpuSecond}`,
      ratio: number(ordersPerCpuSecond / FIRST_EDITION.ordersPerCpuSecond, 2),
      goal: `≥ ${MIN_ORDERS_PER_CPU_SECOND}`,
      met: ordersPerCpuSecond >= MIN_ORDERS_PER_CPU_SECOND,
    };
    const wrong = broken === 0 ? [] : [`${broken} promises are broken in the simulation`];
    if (quick) return { rows: [simulated], text: 'Not part of this run.', wrong };
    const { install, first, warm, test } = await inNewClone(progress);
    const testRatio = test.seconds / FIRST_EDITION.testInSeconds;
    return {
      rows: [
        simulated,
        {
          target: '10',
          measure: 'First event after `npm start`: the first time, and again',
          ours: `${number(first.firstEvent, 1)} s; ${number(warm.firstEvent, 1)} s`,
          comparedWith: '–',
          goal: `≤ ${MAX_SECONDS.firstEvent.first} s; ≤ ${MAX_SECONDS.firstEvent.warm} s`,
          met:
            first.firstEvent <= MAX_SECONDS.firstEvent.first &&
            warm.firstEvent <= MAX_SECONDS.firstEvent.warm,
        },
        {
          target: '10',
          measure: '`npm start -- --once`: the first time, and again',
          ours: `${number(first.seconds, 1)} s; ${number(warm.seconds, 1)} s`,
          comparedWith: '–',
          goal: `≤ ${MAX_SECONDS.once} s`,
          met: first.seconds <= MAX_SECONDS.once,
        },
        {
          target: '11',
          measure: '`npm test`',
          ours: `${number(test.seconds)} s`,
          comparedWith: `first edition, on 2 × AMD EPYC: ${number(FIRST_EDITION.testInSeconds)} s`,
          ratio: number(testRatio, 2),
          goal: `≤ ${MAX_TEST_RATIO}`,
          met: testRatio <= MAX_TEST_RATIO,
        },
      ],
      text: `In a new clone of the last commit:

${table(
  ['command', 'seconds'],
  [
    ['`npm ci`', number(install.seconds, 1)],
    ['`npm start -- --once`, the first time: installs the emulator', number(first.seconds, 1)],
    ['the first event of it', number(first.firstEvent, 1)],
    ['`npm start -- --once`, again', number(warm.seconds, 1)],
    ['the first event of it', number(warm.firstEvent, 1)],
    ['`npm test`', number(test.seconds, 1)],
  ],
)}

The simulation plays ${number(orders)} orders with two threads and judges every write and every message. Half of its time
is that of the product itself; without any check it would be a third faster. So ${MIN_ORDERS_PER_CPU_SECOND} orders a second
are out of reach while it runs the real functions: an order is checked some 25 times.`,
      wrong,
    };
  },
};

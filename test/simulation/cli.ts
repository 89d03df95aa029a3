import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { readDeployment } from '../platform/deployment.ts';
import { FAULTS, type Fault } from './engine/faults.ts';
import { describeFailure, type Totals } from './runner/report.ts';
import { simulate } from './runner/simulate.ts';

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return value;
};

const faults = (text: string): Fault[] =>
  text.split(',').map((name) => {
    const fault = FAULTS.find((candidate) => candidate === name.trim());
    if (!fault)
      throw new InvalidArgumentError(`"${name}" is not a fault. The faults are: ${FAULTS.join(', ')}`);
    return fault;
  });

const command = new Command('simulate')
  .description('Simulates orders in virtual time with random faults, and checks the promises.')
  .option('--orders <number>', 'how many orders', wholeNumber, 2000)
  .option('--seed <text>', 'seed of the run; the same seed is the same run', '1')
  .option('--batch <number>', 'orders in one world', wholeNumber, 25)
  .option('--threads <number>', 'worlds that run at the same time', wholeNumber, availableParallelism())
  .option('--world <seed>', 'replays this one world, with its history')
  .option('--only <numbers>', 'simulate only these orders of that world', (text) =>
    text.split(',').map(wholeNumberOrZero),
  )
  .option('--without <faults>', 'faults to leave out, separated by commas', faults);

const wholeNumberOrZero = (text: string): number => (text === '0' ? 0 : wholeNumber(text));

const { orders, seed, batch, threads, world, only, without } = command.parse().opts<{
  orders: number;
  seed: string;
  batch: number;
  threads: number;
  world?: string;
  only?: number[];
  without?: Fault[];
}>();

const deployment = await readDeployment();

if (world !== undefined) {
  const { runWorld } = await import('./world.ts');
  const options = { seed: world, orders, only, without };
  const result = await runWorld(deployment, { ...options, history: true });
  console.log(describeFailure(result, options));
  process.exitCode = result.violations.length > 0 ? 1 : 0;
} else {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const result = await simulate(deployment, {
    orders,
    seed,
    ordersPerWorld: batch,
    threads,
    onProgress: (totals) => showProgress(totals, orders, seconds()),
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(result.totals.table(seconds(), cpuSeconds()));
  if (result.failure) {
    console.log(`\n${result.failure}`);
    process.exitCode = 1;
  }
}

/** Processor time of all threads of this process. It says more than the time on a machine that has other work too. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

const BAR = 30;

/** Draws a progress bar over the last one. Shows nothing without a terminal. */
function showProgress(totals: Totals, all: number, seconds: number): void {
  if (!process.stderr.isTTY) return;
  const share = totals.orders / all;
  const bar = '█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░');
  const speed = Math.round(totals.orders / seconds);
  process.stderr.write(
    `\r${bar} ${Math.floor(share * 100)} % ${totals.orders} orders, ${speed} a second\u001b[K`,
  );
}

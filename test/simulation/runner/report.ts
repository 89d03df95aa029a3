import { FAULTS, type Fault } from '../engine/faults.ts';
import type { WorldOptions, WorldResult } from '../world.ts';

/** Sums of the results of many worlds. */
export class Totals {
  worlds = 0;
  orders = 0;
  items = 0;
  gets = 0;
  checks = 0;
  events = 0;
  executions = 0;
  transitions = 0;
  maxHistoryEvents = 0;
  violations = 0;
  readonly faults = new Map<Fault, number>();

  add(result: WorldResult): void {
    this.worlds++;
    for (const name of [
      'orders',
      'items',
      'gets',
      'checks',
      'events',
      'executions',
      'transitions',
    ] as const) {
      this[name] += result[name];
    }
    this.maxHistoryEvents = Math.max(this.maxHistoryEvents, result.maxHistoryEvents);
    this.violations += result.violations.length;
    for (const fault of FAULTS) {
      const count = result.faults[fault];
      if (count) this.faults.set(fault, (this.faults.get(fault) ?? 0) + count);
    }
  }

  /** The table that a run ends with. */
  table(seconds: number, cpuSeconds: number): string {
    const speed = (time: number): string =>
      `${time.toFixed(1)} s, ${Math.round(this.orders / Math.max(time, 0.001))} orders a second`;
    const perItem = (count: number): string => (count / Math.max(this.items, 1)).toFixed(1);
    const rows: [string, string][] = [
      ['Orders', whole(this.orders)],
      ['Items', whole(this.items)],
      ['Worlds', whole(this.worlds)],
      ['GETs to the provider', `${whole(this.gets)} (${perItem(this.gets)} an item)`],
      ['Checks written', `${whole(this.checks)} (${perItem(this.checks)} an item)`],
      ['Messages published', `${whole(this.events)} (${perItem(this.events)} an item)`],
      ['Executions', `${whole(this.executions)} (${perItem(this.executions)} an item)`],
      ['State transitions', `${whole(this.transitions)} (${perItem(this.transitions)} an item)`],
      ['Max history events of an execution', whole(this.maxHistoryEvents)],
      ['Time', speed(seconds)],
      ['CPU time', speed(cpuSeconds)],
      ['Faults injected', whole([...this.faults.values()].reduce((sum, count) => sum + count, 0))],
      ...[...this.faults].map(([fault, count]): [string, string] => [`  ${fault}`, whole(count)]),
      ['Broken promises', whole(this.violations)],
    ];
    const width = Math.max(...rows.map(([name]) => name.length)) + 2;
    return rows.map(([name, value]) => `${name.padEnd(width)}${value}`).join('\n');
  }
}

const whole = (count: number): string => count.toLocaleString('en');

/** The command that replays a world. */
const replayCommand = ({ seed, orders, only, without }: WorldOptions): string =>
  [
    `npm run simulate -- --world '${seed}' --orders ${orders}`,
    ...(only ? [`--only ${only.join(',')}`] : []),
    ...(without?.length ? [`--without '${without.join(',')}'`] : []),
  ].join(' ');

/** The broken promises of a world, with the history of the first order that is affected. */
export const describeFailure = (result: WorldResult, options: WorldOptions): string => {
  const [first] = result.violations;
  if (!first) return `No promise is broken.\n${replayCommand(options)}`;
  const lines = result.history
    .filter(({ orderUuid, at }) => (!orderUuid || orderUuid === first.orderUuid) && at <= first.at)
    .map(({ at, text }) => `  ${time(at)} ${text}`);
  return [
    ...result.violations.map(
      ({ rule, at, orderUuid, detail }) => `Broken: ${rule}\n  ${time(at)} order ${orderUuid}: ${detail}`,
    ),
    `Faults that take part: ${result.kinds.join(', ') || 'none'}`,
    ...(lines.length > 0 ? ['History:', ...shortened(lines)] : []),
    `Replay: ${replayCommand(options)}`,
  ].join('\n');
};

const MAX_LINES = 150;

const shortened = (lines: readonly string[]): readonly string[] =>
  lines.length <= MAX_LINES
    ? lines
    : [`  … ${lines.length - MAX_LINES} earlier lines`, ...lines.slice(-MAX_LINES)];

const time = (at: number): string => new Date(at).toISOString();

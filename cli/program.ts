import { Command, InvalidArgumentError, Option } from 'commander';
import { ORDER_STATES } from '../lambdas/contracts/table.ts';
import { type CheckOptions, check } from './commands/check.ts';
import { doctor } from './commands/doctor.ts';
import { due } from './commands/due.ts';
import { type ListOptions, list } from './commands/list.ts';
import { notify } from './commands/notify.ts';
import { showProvider, startProvider, stopProvider } from './commands/provider.ts';
import {
  dismissQuarantine,
  listQuarantine,
  type ReplayQuarantineOptions,
  replayQuarantine,
  showQuarantine,
} from './commands/quarantine.ts';
import { type ReplayOptions, replay } from './commands/replay.ts';
import { status, statusOfReference } from './commands/status.ts';
import { type TrackOptions, track } from './commands/track.ts';
import { trackers } from './commands/trackers.ts';
import { type UntrackOptions, untrack } from './commands/untrack.ts';
import { confirm } from './confirm.ts';
import { Deployment } from './deployment.ts';
import { CommandError, EXIT, type Outcome } from './outcome.ts';
import type { Target } from './tracker.ts';

const EXAMPLES = `
Examples:
  order-tracker trackers
  order-tracker doctor --tracker production
  order-tracker status 8e9e5c6e-ea7d-4934-8753-f00954f30d00
  order-tracker track --file orders.txt --paid-at 2026-11-24T10:00:00Z
  order-tracker due --json

The AWS credentials and the region are those of your shell, as for the AWS CLI.

Exit codes:
  ${EXIT.success}  success
  ${EXIT.failed}  failed, or only partly done
  ${EXIT.wrongUsage}  wrong usage
  ${EXIT.notFound}  tracker, order, event or body not found
  ${EXIT.attention}  success, but something needs attention
  ${EXIT.noAnswer}  no answer; try again later
  ${EXIT.rejected}  rejected; do not retry`;

type Run = (deployment: Deployment) => Promise<Outcome>;

const parseSeconds = (text: string): number => {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0)
    throw new InvalidArgumentError('Expected a number of seconds.');
  return seconds;
};

const parseCount = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError('Expected a whole number from 1.');
  return count;
};

interface Stream {
  readonly isTTY?: boolean;
  write(content: string | Uint8Array): unknown;
}

/** Where the command line writes. `process` has both streams. */
export interface Output {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/**
 * The command line.
 * @param finish receives the result of the command, and whether to print it as JSON
 * @param output where help and errors of the usage are written
 */
export const program = (
  finish: (outcome: Outcome, isJson: boolean) => void,
  { stdout, stderr }: Output,
): Command => {
  const root = new Command('order-tracker')
    .description('Operates an order tracker.')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
    })
    .addOption(
      new Option(
        '-t, --tracker <name>',
        'name of the tracker; not needed if it is the only one of the account and region',
      ).env('ORDER_TRACKER'),
    )
    .option('--local', 'use the local stack that npm start runs')
    .addOption(new Option('--stack-file <file>', 'use the local stack that a file describes').hideHelp())
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for examples)')
    .exitOverride();

  const print = async (run: (target: Target) => Promise<Outcome>): Promise<void> => {
    const { json, ...target } = root.opts<Target & { json?: boolean }>();
    finish(await run(target), json === true);
  };
  const on = (run: Run): Promise<void> => print(async (target) => run(await Deployment.find(target)));
  const withExamples = (command: Command, ...examples: readonly string[]): void => {
    command.addHelpText(
      'after',
      ['', 'Examples:', ...examples.map((one) => `  order-tracker ${one}`)].join('\n'),
    );
  };

  const add = (parent: Command, nameAndArguments: string, description: string): Command =>
    parent.command(nameAndArguments).description(description);

  withExamples(
    add(root, 'trackers', 'list the trackers of the account and region').action(() => print(trackers)),
    'trackers',
  );
  withExamples(
    add(root, 'status [order]', 'show items, next check, watch and timeline of an order')
      .option('--reference <text>', 'the order with this reference of yours, or a list if there are several')
      .action((order: string | undefined, { reference }: { reference?: string }) => {
        if ((order === undefined) === (reference === undefined)) {
          throw new CommandError('Give either an order or --reference.', EXIT.wrongUsage);
        }
        return on((deployment) =>
          reference === undefined
            ? status(deployment, order ?? '')
            : statusOfReference(deployment, reference),
        );
      }),
    'status 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
    'status --reference B-4711',
  );
  withExamples(
    add(root, 'list', 'list the orders in a state, the earliest next check first')
      .addOption(new Option('--state <state>', 'which orders').choices(ORDER_STATES).default('open'))
      .option('--limit <number>', 'how many orders at most', parseCount, 100)
      .action((options: ListOptions) => on((deployment) => list(deployment, options))),
    'list --state overdue',
    'list --state failing --limit 1000 --json',
  );
  withExamples(
    add(root, 'track [orders...]', 'start tracking orders, or check them again')
      .option(
        '-f, --file <file>',
        'file with one order per line, optionally followed by a comma and its reference; - is standard input',
      )
      .option('--paid-at <time>', 'when the orders were paid, with a UTC offset')
      .option('--reference <text>', 'your own reference')
      .action((orders: string[], options: TrackOptions) =>
        on((deployment) => track(deployment, orders, options)),
      ),
    'track 8e9e5c6e-ea7d-4934-8753-f00954f30d00 --paid-at 2026-11-24T10:00:00Z',
    'track --file orders.txt',
  );
  withExamples(
    add(root, 'untrack <order>', 'stop tracking an order; you are asked first')
      .option('--yes', 'do not ask')
      .action((order: string, options: Omit<UntrackOptions, 'confirm'>) =>
        on((deployment) => untrack(deployment, order, { ...options, confirm })),
      ),
    'untrack 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
    'untrack --yes 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
  );
  withExamples(
    add(root, 'check <order>', 'check an order now and show the result')
      .option('--track', 'if the order is not tracked, track it from then on; otherwise you are asked first')
      .option('--timeout <seconds>', 'how long to wait for the result', parseSeconds, 60)
      .action((order: string, options: Omit<CheckOptions, 'confirm'>) =>
        on((deployment) => check(deployment, order, { ...options, confirm })),
      ),
    'check 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
    'check --track 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
  );
  withExamples(
    add(root, 'notify <order> <item>', 'ask Musement to resend the webhook of an item')
      .option('--again', 'ask even if Musement has answered that no webhook is configured')
      .action((order: string, item: string, options: { again?: boolean }) =>
        on((deployment) => notify(deployment, order, item, options)),
      ),
    'notify 8e9e5c6e-ea7d-4934-8753-f00954f30d00 11045e18-e3ca-42e1-acb4-0d5be75036fd',
  );
  withExamples(
    add(root, 'replay', 'resend published events with the same ids; without --send, only list them')
      .option('--order <order>', 'only events of one order')
      .option(
        '--from <time>',
        'only events published since then, with a UTC offset; reads the whole table, which takes time and read units',
      )
      .option('--until <time>', 'only events published until then')
      .option('--final', 'only events with a final status')
      .option('--to <queue URL>', 'send to this queue instead of all subscribers')
      .option('--send', 'send the events')
      .action((options: ReplayOptions) => on((deployment) => replay(deployment, options))),
    'replay --order 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
    'replay --from 2026-11-24T08:00:00Z --until 2026-11-24T12:00:00Z --final --send',
    'replay --from 2026-11-24T08:00:00Z --to https://sqs.eu-west-1.amazonaws.com/111122223333/statuses --send',
  );

  const quarantine = add(
    root,
    'quarantine',
    'handle webhooks that were rejected although their credentials are right',
  );
  withExamples(quarantine, 'quarantine list', 'quarantine show 2026-11-24T10:00:00.000Z#6f1d…');
  withExamples(
    add(quarantine, 'list', 'list rejected webhooks with the reason')
      .option('--all', 'include those that were replayed or dismissed')
      .action((options: { all?: boolean }) => on((deployment) => listQuarantine(deployment, options))),
    'quarantine list',
  );
  withExamples(
    add(quarantine, 'show <id>', 'show a body as received; it may contain personal data')
      .option('--raw', 'only the body, byte by byte if the output is a file')
      .action((id: string, options: { raw?: boolean }) =>
        on((deployment) => showQuarantine(deployment, id, options)),
      ),
    'quarantine show 2026-11-24T10:00:00.000Z#6f1d…',
    'quarantine show 2026-11-24T10:00:00.000Z#6f1d… --raw > body.json',
  );
  withExamples(
    add(quarantine, 'replay <id>', 'send a body to the webhook URL again')
      .option('--body <file>', 'send the corrected body in this file instead')
      .option('--invoke', 'invoke the function instead, if webhookSourceAddresses does not list your address')
      .action((id: string, options: ReplayQuarantineOptions) =>
        on((deployment) => replayQuarantine(deployment, id, options)),
      ),
    'quarantine replay 2026-11-24T10:00:00.000Z#6f1d… --body body.json',
  );
  withExamples(
    add(quarantine, 'dismiss <ids...>', 'stop listing bodies that cannot be repaired').action(
      (ids: string[]) => on((deployment) => dismissQuarantine(deployment, ids)),
    ),
    'quarantine dismiss 2026-11-24T10:00:00.000Z#6f1d…',
  );

  withExamples(
    add(root, 'due [orders...]', 'list records that are due, being retried or parked')
      .option('--retry', 'make them due now and reset their rescue count')
      .action((orders: string[], options: { retry?: boolean }) =>
        on((deployment) => due(deployment, orders, options)),
      ),
    'due',
    'due --retry 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
  );
  withExamples(
    add(root, 'doctor', 'check that every resource exists, is reachable and accepts our credentials').action(
      () => on(doctor),
    ),
    'doctor --tracker production',
  );

  const provider = add(root, 'provider', 'stop and start all calls to Musement');
  withExamples(provider, 'provider stop', 'provider show', 'provider start');
  withExamples(
    add(provider, 'stop', 'stop all calls; no data is lost').action(() => on(stopProvider)),
    'provider stop',
  );
  withExamples(
    add(provider, 'start', 'start the calls again').action(() => on(startProvider)),
    'provider start',
  );
  withExamples(
    add(provider, 'show', 'show whether calls are possible').action(() => on(showProvider)),
    'provider show',
  );
  return root;
};

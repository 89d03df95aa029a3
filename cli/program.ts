import { Command, InvalidArgumentError, Option } from 'commander';
import { check } from './commands/check.ts';
import { doctor } from './commands/doctor.ts';
import { due } from './commands/due.ts';
import { notify } from './commands/notify.ts';
import { showProvider, startProvider, stopProvider } from './commands/provider.ts';
import {
  dismissQuarantine,
  listQuarantine,
  replayQuarantine,
  showQuarantine,
} from './commands/quarantine.ts';
import { type ReplayOptions, replay } from './commands/replay.ts';
import { status } from './commands/status.ts';
import { type TrackOptions, track } from './commands/track.ts';
import { Deployment, type Target } from './deployment.ts';
import { EXIT, type Outcome } from './outcome.ts';

const EXAMPLES = `
Examples:
  order-tracker doctor --environment production
  order-tracker status 8e9e5c6e-ea7d-4934-8753-f00954f30d00
  order-tracker track --file orders.txt --paid-at 2026-11-24T10:00:00Z
  order-tracker due --json

It uses the AWS credentials and the region of your shell, as the AWS CLI does.

Exit codes:
  ${EXIT.done}  done
  ${EXIT.failed}  failed, or not all was done
  ${EXIT.wrongUsage}  wrong usage
  ${EXIT.notFound}  the stack, order, event or body is not there
  ${EXIT.attention}  done, and something needs attention
  ${EXIT.noAnswer}  no answer: try again later
  ${EXIT.refused}  refused: to repeat it changes nothing`;

type Run = (deployment: Deployment) => Promise<Outcome>;

const parseSeconds = (text: string): number => {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) throw new InvalidArgumentError('Give a number of seconds.');
  return seconds;
};

/**
 * The command line.
 * @param finish gets what the command came to, and whether it is for machines
 */
export const program = (finish: (outcome: Outcome, isJson: boolean) => void): Command => {
  const root = new Command('order-tracker')
    .description('Looks after an order tracker: for people on call.')
    .addOption(
      new Option('-e, --environment <name>', 'which deployment: the stack OrderTracker-<name>')
        .env('ORDER_TRACKER_ENVIRONMENT')
        .default('sandbox'),
    )
    .option('--stack <name>', 'a stack that is called otherwise')
    .option('--local', 'the local stack that npm start runs')
    .addOption(new Option('--stack-file <file>', 'a local stack, by the file that describes it').hideHelp())
    .option('--json', 'print JSON, for machines')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(add --help for examples)')
    .exitOverride();

  const on = async (run: Run): Promise<void> => {
    const { json, ...target } = root.opts<Target & { json?: boolean }>();
    finish(await run(await Deployment.find(target)), json === true);
  };
  const withExamples = (command: Command, ...examples: readonly string[]): void => {
    command.addHelpText(
      'after',
      ['', 'Examples:', ...examples.map((one) => `  order-tracker ${one}`)].join('\n'),
    );
  };

  const add = (parent: Command, nameAndArguments: string, description: string): Command =>
    parent.command(nameAndArguments).description(description);

  withExamples(
    add(root, 'status <order>', 'show items, what is due next and when, watches, timeline').action((order) =>
      on((deployment) => status(deployment, order)),
    ),
    'status 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
  );
  withExamples(
    add(root, 'track [orders...]', 'start following orders, or look at them afresh')
      .option(
        '-f, --file <file>',
        'a file with one order a line, after a comma its reference; - is standard input',
      )
      .option('--paid-at <time>', 'when they were paid, with an offset')
      .option('--reference <text>', 'your own reference')
      .action((orders: string[], options: TrackOptions) =>
        on((deployment) => track(deployment, orders, options)),
      ),
    'track 8e9e5c6e-ea7d-4934-8753-f00954f30d00 --paid-at 2026-11-24T10:00:00Z',
    'track --file orders.txt',
  );
  withExamples(
    add(
      root,
      'check <order>',
      'look at an order now (and track it from then on), wait for the answer and show it',
    )
      .option('--timeout <seconds>', 'how long to wait', parseSeconds, 60)
      .action((order: string, options: { timeout: number }) =>
        on((deployment) => check(deployment, order, options)),
      ),
    'check 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
  );
  withExamples(
    add(root, 'notify <order> <item>', 'ask Musement to send an item’s webhook again')
      .option('--again', 'also when Musement said before that none is configured')
      .action((order: string, item: string, options: { again?: boolean }) =>
        on((deployment) => notify(deployment, order, item, options)),
      ),
    'notify 8e9e5c6e-ea7d-4934-8753-f00954f30d00 11045e18-e3ca-42e1-acb4-0d5be75036fd',
  );
  withExamples(
    add(root, 'replay', 'send events again, with the same ids; shows them only, unless --send is given')
      .option('--order <order>', 'those of one order')
      .option(
        '--from <time>',
        'those published since, with an offset: reads the whole table, which takes time and read units',
      )
      .option('--until <time>', 'and not later than this')
      .option('--final', 'only those that tell of a final status')
      .option('--to <queue URL>', 'to this queue only, instead of all subscribers')
      .option('--send', 'do it')
      .action((options: ReplayOptions) => on((deployment) => replay(deployment, options))),
    'replay --order 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
    'replay --from 2026-11-24T08:00:00Z --until 2026-11-24T12:00:00Z --final --send',
    'replay --from 2026-11-24T08:00:00Z --to https://sqs.eu-west-1.amazonaws.com/111122223333/statuses --send',
  );

  const quarantine = add(root, 'quarantine', 'look after webhooks that could not be read');
  withExamples(quarantine, 'quarantine list', 'quarantine show 2026-11-24T10:00:00.000Z#6f1d…');
  withExamples(
    add(quarantine, 'list', 'show which, and why')
      .option('--all', 'also those that were sent again or dismissed')
      .action((options: { all?: boolean }) => on((deployment) => listQuarantine(deployment, options))),
    'quarantine list',
  );
  withExamples(
    add(quarantine, 'show <id>', 'show a body as it came; it may hold personal data').action((id: string) =>
      on((deployment) => showQuarantine(deployment, id)),
    ),
    'quarantine show 2026-11-24T10:00:00.000Z#6f1d…',
  );
  withExamples(
    add(quarantine, 'replay <id>', 'send a body again to the webhook’s address')
      .option('--body <file>', 'send this instead, corrected')
      .action((id: string, options: { body?: string }) =>
        on((deployment) => replayQuarantine(deployment, id, options)),
      ),
    'quarantine replay 2026-11-24T10:00:00.000Z#6f1d… --body corrected.json',
  );
  withExamples(
    add(quarantine, 'dismiss <ids...>', 'list them no more: nothing can be made of them').action(
      (ids: string[]) => on((deployment) => dismissQuarantine(deployment, ids)),
    ),
    'quarantine dismiss 2026-11-24T10:00:00.000Z#6f1d…',
  );

  withExamples(
    add(root, 'due [orders...]', 'show what is late, tried in vain, or parked')
      .option('--retry', 'let the reconciler take it up with its next run')
      .action((orders: string[], options: { retry?: boolean }) =>
        on((deployment) => due(deployment, orders, options)),
      ),
    'due',
    'due --retry 8e9e5c6e-ea7d-4934-8753-f00954f30d00',
  );
  withExamples(
    add(root, 'doctor', 'look whether everything is there, reachable and lets us in').action(() =>
      on(doctor),
    ),
    'doctor --environment production',
  );

  const provider = add(root, 'provider', 'stop all calls to Musement, and start again');
  withExamples(provider, 'provider stop', 'provider show', 'provider start');
  withExamples(
    add(provider, 'stop', 'stop all calls; nothing is lost').action(() => on(stopProvider)),
    'provider stop',
  );
  withExamples(
    add(provider, 'start', 'start them again').action(() => on(startProvider)),
    'provider start',
  );
  withExamples(
    add(provider, 'show', 'show whether calls can be made').action(() => on(showProvider)),
    'provider show',
  );
  return root;
};

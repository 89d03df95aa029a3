import { once } from 'node:events';
import { EMULATOR_CREDENTIALS } from '../clients/local-stack.ts';
import { OrdersClient } from '../clients/orders-client.ts';
import { describeAddresses } from './addresses.ts';
import { describeEvent, EventLog } from './event-log.ts';
import { EventQueue } from './event-queue.ts';
import { PATIENT_SETTINGS } from './local-settings.ts';
import { type LocalStack, LocalStackStart } from './local-stack.ts';
import { playScenarios, unexpectedEvents } from './play-scenarios.ts';
import { describeLogin } from './provider-login.ts';
import { SimulatorClient } from './provider-simulator/simulator-client.ts';
import type { Stage } from './scenarios/play.ts';
import { resultsTable } from './scenarios/results-table.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';
import { removeStackFile, writeStackFile } from './stack-file.ts';
import { readStartOptions, type StartOptions } from './start-options.ts';
import { startStack } from './start-stack.ts';

const say = (...lines: string[]) => console.log(lines.join('\n'));

/** Exit codes. Ctrl-C is the ordinary end of a running stack; during the start it is an interruption, as in a shell. */
const EXIT = { asExpected: 0, failed: 1, interrupted: 130 } as const;

/** When this program was started, in epoch milliseconds. */
const startedAt = performance.timeOrigin;

/** Copies the events of the queue into the log until the signal aborts. */
const fillLog = async (queue: EventQueue, log: EventLog, signal: AbortSignal): Promise<void> => {
  for await (const received of queue.receive(signal)) log.add(received);
};

/** Plays the scenarios and prints the closing table. Returns whether every event was as expected. */
const rehearse = async (stage: Stage): Promise<boolean> => {
  const results = await playScenarios(SCENARIOS, stage);
  say('', ...resultsTable(results), '');
  const differences = [
    ...results.flatMap((result) => result.differences.map((difference) => `${result.title}: ${difference}`)),
    ...unexpectedEvents(results, stage),
  ];
  const first = stage.log.all[0]?.receivedAt;
  if (differences.length === 0) {
    say(`All ${stage.log.all.length} expected events arrived, each of them once, and no others.`);
    if (first) say(`The first event arrived ${((first - startedAt) / 1000).toFixed(1)} s after the start.`);
  } else {
    say('The events differ from the expected ones:', ...differences.map((difference) => `  ${difference}`));
  }
  return differences.length === 0;
};

/** Prints the addresses, then every event as it arrives, until Ctrl-C. */
const stayUp = async (stack: LocalStack, log: EventLog, signal: AbortSignal): Promise<void> => {
  say('', ...describeAddresses(stack), '', 'The stack runs until Ctrl-C. Events are shown as they arrive.');
  log.listen(({ event, receivedAt }) =>
    say(`${new Date(receivedAt).toISOString()}  ${describeEvent(event)}`),
  );
  if (!signal.aborted) await once(signal, 'abort');
};

/** Uses a running stack as the options say. Returns whether every event was as expected. */
const use = async (
  stack: LocalStack,
  options: StartOptions,
  log: EventLog,
  signal: AbortSignal,
): Promise<boolean> => {
  const { simulatorControlUrl: controlUrl, outputs, region } = stack;
  const asExpected =
    controlUrl === undefined ||
    (await rehearse({
      simulator: new SimulatorClient(controlUrl),
      orders: new OrdersClient(outputs.OrdersUrl, EMULATOR_CREDENTIALS, region),
      log,
      signal,
    }));
  if (!options.once) await stayUp(stack, log, signal);
  return asExpected;
};

const run = async (options: StartOptions, interruption: AbortSignal): Promise<boolean> => {
  const done = new AbortController();
  const signal = AbortSignal.any([interruption, done.signal]);
  const start = await LocalStackStart.begin({
    ...(options.provider ? { provider: options.provider } : { settings: PATIENT_SETTINGS }),
    context: options.context,
    signal,
  });
  let running: LocalStack | undefined;
  try {
    const stack = await startStack(start);
    running = stack;
    await writeStackFile(stack);
    if (options.provider) say('', ...(await describeLogin(options.provider)));
    const queue = await EventQueue.subscribe(stack.endpoint, stack.outputs.TopicArn);
    const log = new EventLog();
    const failure = new Promise<never>((_, reject) => fillLog(queue, log, signal).catch(reject));
    return await Promise.race([use(stack, options, log, signal), failure]);
  } finally {
    done.abort();
    await start.stop();
    if (running) await removeStackFile(running);
  }
};

/** The first signal stops everything in order; the second ends at once, and the emulator then stops by itself. */
const interruptible = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      say('', 'Stopping …');
      controller.abort(new Error(`Interrupted by ${name}.`));
    });
  }
  return controller.signal;
};

const main = async (): Promise<number> => {
  const interruption = interruptible();
  try {
    const options = readStartOptions(process.argv.slice(2), process.env);
    const asExpected = await run(options, interruption);
    return asExpected ? EXIT.asExpected : EXIT.failed;
  } catch (error) {
    if (interruption.aborted) return EXIT.interrupted;
    console.error(error instanceof Error ? `\n${error.message}` : error);
    return EXIT.failed;
  }
};

process.exit(await main());

import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Settings, settingsSchema } from '../../lambdas/contracts/settings.ts';
import type { Resource } from '../lib/synthesize.ts';
import type { EventPattern } from './event-filter.ts';
import { type Definition, parseDefinition } from './state-machine.ts';

/** How a function consumes the table's stream. */
export interface StreamConsumerConfig {
  readonly batchSize: number;
  readonly retryAttempts: number;
  readonly bisect: boolean;
  readonly maxRecordAgeInSeconds: number;
  readonly patterns: readonly EventPattern[];
}

/** The refresh queue and the event source mapping behind it. */
export interface QueueConfig {
  readonly delayInSeconds: number;
  readonly visibilityTimeoutInSeconds: number;
  readonly maxReceiveCount: number;
  readonly batchSize: number;
  readonly maxConcurrency: number;
}

/** What the fakes of the platform take from the synthesized stack, as plain data. */
export interface Deployment {
  readonly definition: Definition;
  readonly settings: Settings;
  readonly timeoutsInSeconds: Readonly<Record<FunctionName, number>>;
  readonly memoryInMegabytes: Readonly<Record<FunctionName, number>>;
  /** Of the lines that Lambda logs itself; the same for all functions. */
  readonly systemLogLevel: 'INFO' | 'WARN';
  readonly dispatch: StreamConsumerConfig;
  readonly publish: StreamConsumerConfig;
  readonly queue: QueueConfig;
  readonly reconcileEveryInSeconds: number;
}

const FUNCTIONS = [
  'ingest-webhook',
  'orders-api',
  'dispatch-changes',
  'publish-events',
  'refresh-order',
  'check-order',
  'reconcile',
] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/order-tracker');

/** Everything that the synthesized stack is made from. */
const SOURCES = [
  'lib/**/*.ts',
  'lambdas/contracts/*.ts',
  'test/lib/synthesize.ts',
  'test/platform/{deployment,state-machine}.ts',
  'cdk.json',
  'package-lock.json',
];

/**
 * Reads the stack as it would be deployed: the fakes run its real definition, not a copy of it. Synthesis takes seconds,
 * so the result is kept under `node_modules/.cache` for as long as nothing that the stack is made from changes.
 */
export const readDeployment = async (): Promise<Deployment> => {
  const file = join(CACHE, `deployment-${digestOf(SOURCES)}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Deployment;
  const deployment = await synthesizedDeployment();
  mkdirSync(dirname(file), { recursive: true });
  // Several processes may come here at once: a file that is renamed into place is never read half-written.
  const unfinished = `${file}.${process.pid}-${Date.now()}`;
  writeFileSync(unfinished, JSON.stringify(deployment));
  renameSync(unfinished, file);
  return deployment;
};

const digestOf = (patterns: readonly string[]): string => {
  const hash = createHash('sha256');
  for (const path of globSync(patterns, { cwd: ROOT }).toSorted()) {
    hash.update(path).update(readFileSync(join(ROOT, path)));
  }
  return hash.digest('hex').slice(0, 32);
};

const synthesizedDeployment = async (): Promise<Deployment> => {
  const { environmentOf, functionNamed, onlyOne, resourcesOf, synthesize } = await import(
    '../lib/synthesize.ts'
  );
  const template = synthesize();
  const properties = ([, resource]: [string, Resource]) => resource.Properties;
  const mapping = (name: FunctionName) => {
    const [id] = functionNamed(template, name);
    const found = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').find(
      ([, resource]) => (resource.Properties['FunctionName'] as { Ref?: string }).Ref === id,
    );
    if (!found) throw new Error(`The stack has no event source of ${name}.`);
    return properties(found);
  };
  const ofFunctions = (property: string) =>
    Object.fromEntries(
      FUNCTIONS.map((name) => [name, properties(functionNamed(template, name))[property]]),
    ) as Record<FunctionName, number>;
  const logging = properties(functionNamed(template, 'check-order'))['LoggingConfig'] as {
    SystemLogLevel?: Deployment['systemLogLevel'];
  };
  const machine = properties(onlyOne(template, 'AWS::StepFunctions::StateMachine'));
  const schedule = properties(onlyOne(template, 'AWS::Scheduler::Schedule'));
  const refresh = mapping('refresh-order');
  const queues = resourcesOf(template, 'AWS::SQS::Queue').map(properties);
  const queue = queues.find((candidate) => candidate['RedrivePolicy']);
  if (!queue?.['FifoQueue']) throw new Error('The refresh queue is no FIFO queue.');
  const settings = environmentOf(properties(functionNamed(template, 'check-order')))['TRACKER_SETTINGS'];
  const minutes = /^rate\((\d+) minutes?\)$/.exec(schedule['ScheduleExpression'] as string)?.[1];
  return {
    definition: parseDefinition(joined(machine['DefinitionString'])),
    settings: settingsSchema.parse(JSON.parse(settings as string)),
    timeoutsInSeconds: ofFunctions('Timeout'),
    memoryInMegabytes: ofFunctions('MemorySize'),
    systemLogLevel: logging.SystemLogLevel ?? 'INFO',
    dispatch: consumer(mapping('dispatch-changes')),
    publish: consumer(mapping('publish-events')),
    queue: {
      delayInSeconds: queue['DelaySeconds'] as number,
      visibilityTimeoutInSeconds: queue['VisibilityTimeout'] as number,
      maxReceiveCount: (queue['RedrivePolicy'] as { maxReceiveCount: number }).maxReceiveCount,
      batchSize: refresh['BatchSize'] as number,
      maxConcurrency: (refresh['ScalingConfig'] as { MaximumConcurrency: number }).MaximumConcurrency,
    },
    reconcileEveryInSeconds: Number(minutes) * 60,
  };
};

const consumer = (mapping: Record<string, unknown>): StreamConsumerConfig => ({
  batchSize: mapping['BatchSize'] as number,
  retryAttempts: mapping['MaximumRetryAttempts'] as number,
  bisect: mapping['BisectBatchOnFunctionError'] === true,
  maxRecordAgeInSeconds: mapping['MaximumRecordAgeInSeconds'] as number,
  patterns: (mapping['FilterCriteria'] as { Filters: { Pattern: string }[] }).Filters.map(
    ({ Pattern }) => JSON.parse(Pattern) as EventPattern,
  ),
});

/** The definition's text. References to other resources are replaced by a word: nothing here depends on them. */
const joined = (definition: unknown): string => {
  const [, parts] = (definition as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'reference')).join('');
};

import { type Settings, settingsSchema } from '../../../lambdas/contracts/settings.ts';
import {
  environmentOf,
  functionNamed,
  onlyOne,
  type Resource,
  resourcesOf,
  synthesize,
} from '../../lib/synthesize.ts';
import type { EventPattern } from './event-filter.ts';
import { type Definition, parseDefinition } from './state-machine.ts';

/** How a function follows the table's stream. */
export interface StreamConsumerConfig {
  readonly batchSize: number;
  readonly retryAttempts: number;
  readonly bisect: boolean;
  readonly maxRecordAgeInSeconds: number;
  readonly patterns: readonly EventPattern[];
}

/** What the simulation takes from the synthesized stack, as plain data. */
export interface Deployment {
  readonly definition: Definition;
  readonly settings: Settings;
  readonly timeoutsInSeconds: Readonly<Record<FunctionName, number>>;
  readonly dispatch: StreamConsumerConfig;
  readonly publish: StreamConsumerConfig;
  readonly queue: {
    readonly visibilityTimeoutInSeconds: number;
    readonly maxReceiveCount: number;
    readonly batchSize: number;
    readonly maxConcurrency: number;
  };
  readonly reconcileEveryInSeconds: number;
}

const FUNCTIONS = [
  'ingest-webhook',
  'orders-api',
  'dispatch-changes',
  'publish-events',
  'refresh-order',
  'check-item',
  'reconcile',
] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/** Reads the stack as it would be deployed: the simulation tests the real definition, not a copy of it. */
export const readDeployment = (): Deployment => {
  const template = synthesize();
  const properties = ([, resource]: [string, Resource]) => resource.Properties;
  const mapping = (name: FunctionName) => {
    const [id] = functionNamed(template, name);
    const found = resourcesOf(template, 'AWS::Lambda::EventSourceMapping').find(
      ([, resource]) => (resource.Properties['FunctionName'] as { Ref?: string }).Ref === id,
    );
    if (!found) throw new Error(`No event source of ${name}`);
    return properties(found);
  };
  const machine = properties(onlyOne(template, 'AWS::StepFunctions::StateMachine'));
  const schedule = properties(onlyOne(template, 'AWS::Scheduler::Schedule'));
  const refresh = mapping('refresh-order');
  const queues = resourcesOf(template, 'AWS::SQS::Queue').map(properties);
  const queue = queues.find((candidate) => candidate['RedrivePolicy']);
  if (!queue) throw new Error('No queue with a redrive policy');
  const settings = environmentOf(properties(functionNamed(template, 'check-item')))['TRACKER_SETTINGS'];
  const minutes = /^rate\((\d+) minutes?\)$/.exec(schedule['ScheduleExpression'] as string)?.[1];
  return {
    definition: parseDefinition(joined(machine['DefinitionString'])),
    settings: settingsSchema.parse(JSON.parse(settings as string)),
    timeoutsInSeconds: Object.fromEntries(
      FUNCTIONS.map((name) => [name, properties(functionNamed(template, name))['Timeout']]),
    ) as Record<FunctionName, number>,
    dispatch: consumer(mapping('dispatch-changes')),
    publish: consumer(mapping('publish-events')),
    queue: {
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

/** A definition with its references to other resources; what they become does not matter here. */
const joined = (definition: unknown): string => {
  const [, parts] = (definition as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : 'reference')).join('');
};

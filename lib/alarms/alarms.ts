import { Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmNamePrefix } from '../../lambdas/contracts/tracker-parameter.ts';
import { type AlarmDefinition, descriptionOf, type Severity } from './alarm-definition.ts';
import { type CostAlarmsProps, costAlarms } from './cost-alarms.ts';
import { type DeadLetterQueues, deadLetterAlarms } from './dead-letter-alarms.ts';
import { type IngestAlarmsProps, ingestAlarms } from './ingest-alarms.ts';
import { type OrderAlarmsProps, orderAlarms } from './order-alarms.ts';
import { type ProcessingAlarmsProps, processingAlarms } from './processing-alarms.ts';

/** Properties of {@link Alarms}. */
export interface AlarmsProps
  extends IngestAlarmsProps,
    OrderAlarmsProps,
    ProcessingAlarmsProps,
    CostAlarmsProps {
  /** Part of the alarms' names. */
  readonly trackerName: string;
  /** The topic that alarms of each severity are published to. */
  readonly topics: Readonly<Record<Severity, ITopic>>;
  /** Address of the runbook. Each alarm links to the heading of its name. */
  readonly runbookUrl: string;
  readonly deadLetters: DeadLetterQueues;
}

/**
 * Few alarms, each on something that users notice or will notice. Errors of a function have no alarm of their own: the
 * errors of the API, the lag of a stream, a dead-letter queue, a failed watch or the oldest rescue show their effect.
 */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const definitions = {
      ...ingestAlarms(props),
      ...orderAlarms(props),
      ...processingAlarms(props),
      ...deadLetterAlarms(props.deadLetters),
      ...costAlarms(props),
    };
    this.all = Object.entries(definitions).map(([name, definition]) => this.#add(name, definition));
  }

  #add(name: string, definition: AlarmDefinition): Alarm {
    const { trackerName, runbookUrl, topics } = this.#props;
    const alarm = new Alarm(this, name, {
      alarmName: `${alarmNamePrefix(trackerName)}${name}`,
      alarmDescription: descriptionOf(name, definition, runbookUrl),
      metric: definition.metric,
      threshold: definition.threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: definition.evaluationPeriods ?? 1,
      datapointsToAlarm: definition.datapointsToAlarm,
      treatMissingData: definition.missingData.treatment,
      evaluateLowSampleCountPercentile: definition.ignoresFewSamples ? 'ignore' : undefined,
    });
    const action = new SnsAction(topics[definition.severity]);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    if (definition.createdAfter) alarm.node.addDependency(definition.createdAfter);
    return alarm;
  }
}

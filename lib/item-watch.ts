import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  Choice,
  Condition,
  DefinitionBody,
  type IChainable,
  JitterType,
  LogLevel,
  type RetryProps,
  StateMachine,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { CHECK_DECISION, type CheckResult, type WatchInput } from '../lambdas/contracts/watch.ts';
import { WILDCARD } from './findings.ts';
import { lookTimeout, type OrderExamination } from './order-examination.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';

/** Properties of {@link ItemWatch}. */
export interface ItemWatchProps {
  readonly defaults: FunctionDefaults;
  readonly examination: OrderExamination;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Failures of the platform, before or beside our code: repeating is right, for the check has not decided anything.
 * A check that itself fails is not listed: it ends the execution, and the reconciler starts the next attempt.
 * `TooManyRequestsException`, which CDK's own list leaves out, is what an account with ten concurrent executions
 * sees first.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
 */
const PLATFORM_FAILURES = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
];

/**
 * Waits of 2, 4, 8 … 256, 300, 300 s, each cut at random so that items that were throttled together do not come
 * back together: at most 18.5 minutes. Three history events a try, so 24 checks that all need every repetition stay
 * below 1,000 of the 25,000.
 */
const PLATFORM_RETRY: RetryProps = {
  errors: PLATFORM_FAILURES,
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(5),
  maxAttempts: 10,
  jitterStrategy: JitterType.FULL,
};

const path = (field: keyof CheckResult | keyof WatchInput): string => `$.${field}`;

/** Step Functions as the clock of items that need confirmation: one execution an item, round and attempt. */
export class ItemWatch extends Construct {
  readonly stateMachine: StateMachine;
  /** Executions wait for weeks and call it by its ARN: with another id they would lose it. */
  readonly function: TrackerFunction;

  constructor(scope: Construct, id: string, props: ItemWatchProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'CheckItem', {
      name: 'check-item',
      description: 'Examines an order because one of its items is due, and decides when to look again',
      defaults: props.defaults,
      environment: props.examination.environment,
      timeout: lookTimeout(props.defaults.settings),
    });
    props.examination.grant(this.function);

    this.stateMachine = new StateMachine(this, 'WatchItem', {
      comment: 'Follows one order item to its end',
      definitionBody: DefinitionBody.fromChainable(this.#definition()),
      tracingEnabled: props.defaults.tracing,
      logs: {
        destination: new LogGroup(this, 'WatchItemLogs', {
          retention: props.defaults.logRetention,
          removalPolicy: props.removalPolicy,
          encryptionKey: props.defaults.encryptionKey,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
    this.#acknowledge();
  }

  #acknowledge(): void {
    Validations.of(this.stateMachine).acknowledge(
      {
        id: 'AwsSolutions-SF1',
        reason:
          'Step Functions keeps the history of every execution for 90 days by itself; logging it again at each of 24 checks an item would cost more than the workflow.',
      },
      { id: 'AwsSolutions-SF2', reason: 'Traced, unless the setting `tracing` says otherwise.' },
      {
        id: WILDCARD.everything,
        reason:
          'Actions of X-Ray, and those that set up the delivery of logs, know no resource. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
      },
      {
        id: WILDCARD.versionsOf(this.function),
        reason: 'Versions and aliases of the one function that it calls.',
      },
    );
  }

  #definition(): IChainable {
    // Begins with the wait: whoever starts a watch has just looked.
    const wait = new Wait(this, 'Wait until next check', {
      stateName: 'Wait until next check',
      time: WaitTime.timestampPath(path('nextCheckAt')),
    });
    const check = new LambdaInvoke(this, 'Check item', {
      stateName: 'Check item',
      lambdaFunction: this.function,
      // The answer is the whole next state, so nothing piles up from turn to turn.
      outputPath: '$.Payload',
      retryOnServiceExceptions: false,
    }).addRetry(PLATFORM_RETRY);
    const done = new Choice(this, 'Done?', { stateName: 'Done?' })
      .when(Condition.stringEquals(path('decision'), CHECK_DECISION.wait), wait)
      .otherwise(new Succeed(this, 'Watched to the end', { stateName: 'Watched to the end' }));
    return wait.next(check).next(done);
  }
}

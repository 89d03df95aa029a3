import { ArnFormat, Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
import { WATCH_DECISION, type WatchResult } from '../lambdas/contracts/watch.ts';
import { WILDCARD } from './nag-findings.ts';
import { checkTimeout, type OrderChecking } from './order-checking.ts';
import { type FunctionDefaults, TrackerFunction } from './tracker-function.ts';
import { VendedLogGroup } from './vended-log-group.ts';

/** Properties of {@link OrderWatch}. */
export interface OrderWatchProps {
  readonly defaults: FunctionDefaults;
  readonly checking: OrderChecking;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * Errors of the platform, outside of our code. The check is repeated, because it has not decided anything. An error of
 * the check itself is not listed: it ends the execution, and the reconciler requests the next check. CDK's own list
 * lacks `TooManyRequestsException`, which is the first error in an account with ten concurrent executions.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html
 */
const PLATFORM_ERRORS = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
];

/**
 * Waits of 2, 4, 8 … 256, 300 and 300 s, at most 18.5 minutes in all. Jitter spreads orders that were throttled
 * together.
 *
 * An execution has at most 25,000 history events. A check has 9: 2 of `Wait until next check`, 5 of `Check order` and 2
 * of `Done?`. A retry adds 3. An execution makes at most 500 checks before it hands over to the next generation, so
 * that even 500 checks with all their retries are 500 · (9 + 10 · 3) = 19,500 events.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const PLATFORM_RETRY: RetryProps = {
  errors: PLATFORM_ERRORS,
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxDelay: Duration.minutes(5),
  maxAttempts: 10,
  jitterStrategy: JitterType.FULL,
};

const path = (field: keyof WatchResult): string => `$.${field}`;

/** Step Functions as the clock of orders that have something to wait for: one execution per order and generation. */
export class OrderWatch extends Construct {
  readonly stateMachine: StateMachine;
  /** Running executions call it by its ARN for weeks: with another construct id they would no longer find it. */
  readonly function: TrackerFunction;

  constructor(scope: Construct, id: string, props: OrderWatchProps) {
    super(scope, id);
    this.function = new TrackerFunction(this, 'CheckOrder', {
      name: 'check-order',
      description: 'Checks an order for its watch, and decides when to check it again',
      defaults: props.defaults,
      environment: props.checking.environment,
      timeout: checkTimeout(props.defaults.settings),
      // A check waits for the provider most of the time, and nobody waits for a check that was planned.
      memorySize: 256,
    });
    props.checking.grant(this.function);

    const role = new Role(this, 'WatchOrderRole', { assumedBy: this.#stateMachinesOfThisAccount() });
    this.stateMachine = new StateMachine(this, 'WatchOrder', {
      role,
      comment: 'Checks one order until nothing is left to wait for',
      definitionBody: DefinitionBody.fromChainable(this.#definition()),
      tracingEnabled: props.defaults.tracing,
      logs: {
        destination: new VendedLogGroup(this, 'WatchOrderLogs', {
          service: 'states',
          retention: props.defaults.logRetention,
          removalPolicy: props.removalPolicy,
          encryptionKey: props.defaults.encryptionKey,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    });
    this.#acknowledge(role);
  }

  /**
   * Only state machines of this account can use the role (confused deputy). CDK adds the same conditions, but not in every
   * version that this package supports.
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
   */
  #stateMachinesOfThisAccount(): ServicePrincipal {
    const stack = Stack.of(this);
    const stateMachines = stack.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return new ServicePrincipal('states.amazonaws.com', {
      conditions: {
        ArnLike: { 'aws:SourceArn': stateMachines },
        StringEquals: { 'aws:SourceAccount': stack.account },
      },
    });
  }

  #acknowledge(role: Role): void {
    Validations.of(this.stateMachine).acknowledge(
      {
        id: 'AwsSolutions-SF1',
        reason:
          'Step Functions keeps the history of every execution for 90 days. Logging all events of every check would cost more than the workflow.',
      },
      { id: 'AwsSolutions-SF2', reason: 'Traced, unless the setting `tracing` is off.' },
    );
    Validations.of(role).acknowledge(
      {
        id: WILDCARD.everything,
        reason:
          'The actions of X-Ray and of log delivery support no resource-level permissions. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
      },
      {
        id: WILDCARD.versionsOf(this.function),
        reason: 'Versions and aliases of the one function that the workflow calls.',
      },
    );
  }

  #definition(): IChainable {
    // The wait comes first: a watch is started right after a check.
    const wait = new Wait(this, 'Wait until next check', {
      stateName: 'Wait until next check',
      time: WaitTime.timestampPath(path('nextCheckAt')),
    });
    const check = new LambdaInvoke(this, 'Check order', {
      stateName: 'Check order',
      lambdaFunction: this.function,
      // The result replaces the whole state, so that the state does not grow from turn to turn.
      outputPath: '$.Payload',
      retryOnServiceExceptions: false,
    }).addRetry(PLATFORM_RETRY);
    const done = new Choice(this, 'Done?', { stateName: 'Done?' })
      .when(Condition.stringEquals(path('decision'), WATCH_DECISION.wait), wait)
      .otherwise(new Succeed(this, 'Watch ended', { stateName: 'Watch ended' }));
    return wait.next(check).next(done);
  }
}

import { join } from 'node:path';
import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  Code,
  type FunctionOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, type EnvironmentVariable } from '../lambdas/contracts/environment.ts';
import { metricsNamespace } from '../lambdas/contracts/metrics.ts';
import type { Settings } from '../lambdas/contracts/settings.ts';
import { WILDCARD } from './nag-findings.ts';

/** Name of a function: its folder in `lambdas`, whose `handler.ts` exports `handler`, and the `service` of its logs. */
export type FunctionName =
  | 'ingest-webhook'
  | 'orders-api'
  | 'dispatch-changes'
  | 'refresh-order'
  | 'check-order'
  | 'publish-events'
  | 'reconcile';

/** Environment variables of a function. */
export type FunctionEnvironment = Readonly<Partial<Record<EnvironmentVariable, string>>>;

/** What all functions of a tracker have in common. */
export interface FunctionDefaults {
  /** Name of the tracker, part of its metrics' namespace. */
  readonly trackerName: string;
  readonly logRetention: RetentionDays;
  /** What happens to the logs when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  /** Key of the logs, and of the queues that belong to a function. @default - keys of AWS */
  readonly encryptionKey?: IKey | undefined;
  readonly settings: Settings;
}

/** Properties of {@link TrackerFunction}. The options of a Lambda function override the defaults. */
export interface TrackerFunctionProps extends Omit<FunctionOptions, 'environment'> {
  readonly name: FunctionName;
  readonly description: string;
  readonly defaults: FunctionDefaults;
  readonly environment: FunctionEnvironment;
}

/** The bundles of all functions, which `npm run build` makes: beside `lib` here, and beside `dist` in the published package. */
const HANDLERS_FOLDER = join(import.meta.dirname, '../handlers');

/** A Lambda function with the project's defaults: a small ESM bundle, its own log group, and minimal permissions. */
export class TrackerFunction extends LambdaFunction {
  /** Name of the function's folder, and `service` of its logs. */
  readonly name: FunctionName;

  constructor(scope: Construct, id: string, props: TrackerFunctionProps) {
    const { name, defaults, environment, ...overrides } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: defaults.logRetention,
      removalPolicy: defaults.removalPolicy,
      encryptionKey: defaults.encryptionKey,
    });
    // The managed policy of Lambda would grant access to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: WILDCARD.everything,
      reason:
        'The actions of X-Ray support no resource-level permissions, nor does dynamodb:ListStreams, which Lambda requires for stream consumers. https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html',
    });

    super(scope, id, {
      code: Code.fromAsset(join(HANDLERS_FOLDER, name)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // CPU grows with memory: a cold start takes half as long as with 256 MB.
      memorySize: 512,
      timeout: Duration.seconds(30),
      tracing: defaults.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      // The two lines that Lambda logs of each successful invocation would be a third of all logs. Failures and timeouts
      // are still logged, and durations are metrics of Lambda.
      // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
      systemLogLevelV2: SystemLogLevel.WARN,
      logGroup,
      role,
      ...overrides,
      environment: {
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(defaults.trackerName),
        // The addresses are the one setting that can be long, and Lambda limits the size of all variables together.
        [ENV.settings]: JSON.stringify({ ...defaults.settings, webhookSourceAddresses: undefined }),
        ...environment,
      },
    });
    this.name = name;
  }
}

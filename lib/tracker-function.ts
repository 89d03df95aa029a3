import { fileURLToPath } from 'node:url';
import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import {
  LogLevel,
  NodejsFunction,
  type NodejsFunctionProps,
  OutputFormat,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ENV, type EnvironmentVariable } from '../lambdas/contracts/environment.ts';
import { metricsNamespace } from '../lambdas/contracts/metrics.ts';
import type { Settings } from '../lambdas/contracts/settings.ts';
import { WILDCARD } from './findings.ts';

/** A folder in `lambdas` whose `handler.ts` exports `handler`; also the `service` of its logs. */
export type FunctionName =
  | 'ingest-webhook'
  | 'orders-api'
  | 'dispatch-changes'
  | 'refresh-order'
  | 'check-item'
  | 'publish-events'
  | 'reconcile';

/** What a function is told about where things are. */
export type FunctionEnvironment = Readonly<Partial<Record<EnvironmentVariable, string>>>;

/** What all functions of one tracker have in common. */
export interface FunctionDefaults {
  /** Name of the deployment, part of its metrics' namespace. */
  readonly deployment: string;
  readonly logRetention: RetentionDays;
  /** What becomes of the logs when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  /** Of logs, and of whatever comes with a function. @default - keys of AWS */
  readonly encryptionKey?: IKey | undefined;
  readonly settings: Settings;
}

/** Properties of {@link TrackerFunction}; whatever CDK offers besides can be given too, and wins. */
export interface TrackerFunctionProps extends Omit<NodejsFunctionProps, 'entry' | 'environment'> {
  readonly name: FunctionName;
  readonly description: string;
  readonly defaults: FunctionDefaults;
  readonly environment: FunctionEnvironment;
}

const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Ways for the SDK to find credentials that exist outside of Lambda only. They are loaded when they are needed, after
 * the environment, where Lambda puts them; bundled they are a third of a function.
 */
const CREDENTIALS_OUTSIDE_LAMBDA = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** A Lambda function with the house defaults: small ESM bundle, JSON logs of its own, no permission but these. */
export class TrackerFunction extends NodejsFunction {
  /** Name of its folder, and `service` of its logs. */
  readonly name: FunctionName;

  constructor(scope: Construct, id: string, props: TrackerFunctionProps) {
    const { name, defaults, environment, bundling, ...overrides } = props;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      retention: defaults.logRetention,
      removalPolicy: defaults.removalPolicy,
      encryptionKey: defaults.encryptionKey,
    });
    // Lambda's managed policy would allow writing to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    Validations.of(role).acknowledge({
      id: WILDCARD.everything,
      reason:
        'Actions of X-Ray know no resource, nor does dynamodb:ListStreams, which Lambda asks of followers of a stream. https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html',
    });

    super(scope, id, {
      entry: `${PROJECT_ROOT}lambdas/${name}/handler.ts`,
      projectRoot: PROJECT_ROOT,
      depsLockFilePath: `${PROJECT_ROOT}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // The share of a processor grows with memory: half of a gigabyte halves a cold start at 256 MB.
      memorySize: 512,
      timeout: Duration.seconds(30),
      tracing: defaults.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
      bundling: {
        format: OutputFormat.ESM,
        // Packages' ES modules first: esbuild drops what is unused of them only.
        mainFields: ['module', 'main'],
        // The rest of the SDK is bundled: the version that was tested runs, and loads faster than the runtime's copy.
        externalModules: CREDENTIALS_OUTSIDE_LAMBDA,
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        logLevel: LogLevel.WARNING,
        ...bundling,
      },
      ...overrides,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: name,
        POWERTOOLS_METRICS_NAMESPACE: metricsNamespace(defaults.deployment),
        [ENV.settings]: JSON.stringify(defaults.settings),
        ...environment,
      },
    });
    this.name = name;
  }
}

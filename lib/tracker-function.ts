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
  /** Name of the deployment, part of its metrics' namespace. */
  readonly deployment: string;
  readonly logRetention: RetentionDays;
  /** What happens to the logs when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
  readonly tracing: boolean;
  /** Key of the logs, and of the queues that belong to a function. @default - keys of AWS */
  readonly encryptionKey?: IKey | undefined;
  readonly settings: Settings;
}

/** Properties of {@link TrackerFunction}. Other properties of `NodejsFunction` override the defaults. */
export interface TrackerFunctionProps extends Omit<NodejsFunctionProps, 'entry' | 'environment'> {
  readonly name: FunctionName;
  readonly description: string;
  readonly defaults: FunctionDefaults;
  readonly environment: FunctionEnvironment;
}

const PROJECT_ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Credential providers of the SDK that never apply in Lambda, which passes credentials in the environment. The SDK
 * loads them on demand. In a bundle they would be a third of its size.
 */
const CREDENTIALS_OUTSIDE_LAMBDA = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

/** A Lambda function with the project's defaults: a small ESM bundle, its own log group, and minimal permissions. */
export class TrackerFunction extends NodejsFunction {
  /** Name of the function's folder, and `service` of its logs. */
  readonly name: FunctionName;

  constructor(scope: Construct, id: string, props: TrackerFunctionProps) {
    const { name, defaults, environment, bundling, ...overrides } = props;
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
      entry: `${PROJECT_ROOT}lambdas/${name}/handler.ts`,
      projectRoot: PROJECT_ROOT,
      depsLockFilePath: `${PROJECT_ROOT}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      // CPU grows with memory: a cold start takes half as long as with 256 MB.
      memorySize: 512,
      timeout: Duration.seconds(30),
      tracing: defaults.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      loggingFormat: LoggingFormat.JSON,
      logGroup,
      role,
      bundling: {
        format: OutputFormat.ESM,
        // ES modules first, because esbuild removes unused code from these only.
        mainFields: ['module', 'main'],
        // The rest of the SDK is bundled: it is the tested version, and loads faster than that of the runtime.
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
        // The addresses are the one setting that can be long, and Lambda limits the size of all variables together.
        [ENV.settings]: JSON.stringify({ ...defaults.settings, webhookSourceAddresses: undefined }),
        ...environment,
      },
    });
    this.name = name;
  }
}

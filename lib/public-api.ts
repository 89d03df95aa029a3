import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnRoute,
  type CfnStage,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccountPrincipal, CompositePrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { WILDCARD } from './nag-findings.ts';
import type { TrackerFunction } from './tracker-function.ts';
import { VendedLogGroup } from './vended-log-group.ts';

/** Properties of {@link PublicApi}. */
export interface PublicApiProps {
  /** Part of the API's name, which lists of APIs show. */
  readonly trackerName: string;
  readonly ingestWebhook: TrackerFunction;
  readonly ordersApi: TrackerFunction;
  readonly webhookRequestsPerSecond: number;
  readonly ordersRequestsPerSecond: number;
  /** Other AWS accounts whose principals may call `/orders`. */
  readonly callerAccounts: readonly string[];
  readonly logRetention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  /** Key of the access logs. @default - a key of CloudWatch Logs */
  readonly encryptionKey?: IKey | undefined;
}

/** The fields are listed one by one, so that no header, and no credential in it, is logged. */
const ACCESS_LOG = JSON.stringify({
  requestId: AccessLogField.contextRequestId(),
  requestTime: AccessLogField.contextRequestTime(),
  routeKey: AccessLogField.contextRouteKey(),
  path: AccessLogField.contextPath(),
  status: AccessLogField.contextStatus(),
  sourceIp: AccessLogField.contextIdentitySourceIp(),
  caller: AccessLogField.contextIdentityUserArn(),
  responseLength: AccessLogField.contextResponseLength(),
  responseLatency: AccessLogField.contextResponseLatency(),
  integrationLatency: AccessLogField.contextIntegrationLatency(),
  error: AccessLogField.contextErrorMessage(),
  integrationError: AccessLogField.contextIntegrationErrorMessage(),
});

/** What can be done with one order. */
const ORDER_METHODS = [HttpMethod.PUT, HttpMethod.GET, HttpMethod.DELETE];

interface RouteLimits {
  readonly ThrottlingRateLimit: number;
  readonly ThrottlingBurstLimit: number;
}

/**
 * The burst that API Gateway allows an account, in all its APIs together. A route cannot have more.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const MAX_BURST = 5000;

const limits = (requestsPerSecond: number): RouteLimits => ({
  ThrottlingRateLimit: requestsPerSecond,
  ThrottlingBurstLimit: Math.min(2 * requestsPerSecond, MAX_BURST),
});

/** CDK supports limits for the whole stage only. */
const limitRoutes = (stage: HttpStage, routes: readonly HttpRoute[], limits: RouteLimits): void => {
  const cfnStage = stage.node.defaultChild as CfnStage;
  for (const route of routes) {
    const { routeKey } = route.node.defaultChild as CfnRoute;
    cfnStage.routeSettings = { ...cfnStage.routeSettings, [routeKey]: limits };
    // API Gateway rejects the settings of a route that does not exist yet.
    stage.node.addDependency(route);
  }
};

/** The HTTP API: webhooks of the provider, and requests of the partner's own systems. */
export class PublicApi extends Construct {
  readonly api: HttpApi;
  readonly webhookUrl: string;
  readonly ordersUrl: string;
  /** The role for callers in other accounts, if there are any. */
  readonly callerRole?: Role;

  constructor(scope: Construct, id: string, props: PublicApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `OrderTracker-${props.trackerName}`,
      description: 'Order tracker: webhooks of the provider, requests of the partner',
      createDefaultStage: false,
    });
    const webhooks = this.api.addRoutes({
      path: '/webhooks',
      methods: [HttpMethod.POST],
      // The function checks the Basic credentials itself: an authorizer would be a second invocation.
      integration: new HttpLambdaIntegration('IngestWebhook', props.ingestWebhook),
    });
    for (const route of webhooks) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'Musement authenticates with Basic credentials, which the function checks before it stores anything.',
      });
    }
    const ordersRoutes = {
      authorizer: new HttpIamAuthorizer(),
      integration: new HttpLambdaIntegration('OrdersApi', props.ordersApi),
    };
    const orders = [
      ...this.api.addRoutes({ path: '/orders/{orderUuid}', methods: ORDER_METHODS, ...ordersRoutes }),
      ...this.api.addRoutes({ path: '/orders', methods: [HttpMethod.GET], ...ordersRoutes }),
    ];

    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new VendedLogGroup(this, 'AccessLogs', {
            service: 'apigateway',
            retention: props.logRetention,
            removalPolicy: props.removalPolicy,
            encryptionKey: props.encryptionKey,
          }),
        ),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    // Separate limits, so that anonymous callers of the webhook cannot use up the partner's own limit.
    limitRoutes(stage, webhooks, limits(props.webhookRequestsPerSecond));
    limitRoutes(stage, orders, limits(props.ordersRequestsPerSecond));

    this.webhookUrl = `${stage.url}webhooks`;
    this.ordersUrl = `${stage.url}orders`;
    this.callerRole = this.#callerRole(props.callerAccounts, orders);
  }

  /** HTTP APIs have no resource policy, so callers of other accounts need a role in this account. */
  #callerRole(accounts: readonly string[], routes: readonly HttpRoute[]): Role | undefined {
    if (accounts.length === 0) return undefined;
    const role = new Role(this, 'CallerRole', {
      description: 'Allows principals of other accounts to call /orders of the order tracker',
      assumedBy: new CompositePrincipal(...accounts.map((account) => new AccountPrincipal(account))),
    });
    for (const route of routes) route.grantInvoke(role);
    Validations.of(role).acknowledge(
      ...[...ORDER_METHODS.map((method) => `${method}/orders/*`), 'GET/orders'].map((route) => ({
        id: WILDCARD.routeOf(this.api, route),
        reason: 'Callers may request every order, in the only stage; `*` stands for both.',
      })),
    );
    return role;
  }
}

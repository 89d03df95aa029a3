import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Queries for people on call, as lines of CloudWatch Logs Insights. */
export const QUERIES = {
  'Everything about one order': [
    'fields @timestamp, service, message, reason, outcome, cause, status, itemUuid, hint, nextCheckAt',
    'filter @message like "<order UUID>"',
    'sort @timestamp asc',
    'limit 1000',
  ],
  'Provider failures by cause': [
    'filter message = "Order checked" and ispresent(cause)',
    'stats count(*) as checks by cause, bin(5m)',
  ],
  'Checks by reason and outcome': [
    'filter message = "Order checked"',
    'stats count(*) as checks, avg(tookInMilliseconds) as milliseconds by reason, outcome',
    'sort checks desc',
  ],
  'How statuses were found': [
    'filter message = "Order checked" and outcome = "changed"',
    'stats count(*) as checks by changes.0.foundBy, changes.0.status',
  ],
  'Outcomes of webhooks and track requests': [
    'filter message = "Webhook or track request resolved"',
    'stats count(*) as hints by hint, outcome',
    'sort hints desc',
  ],
  'Warnings and errors': [
    'fields @timestamp, service, level, message, error.name, error.message, orderUuid',
    'filter level in ["WARN", "ERROR", "CRITICAL"]',
    'sort @timestamp desc',
    'limit 200',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Properties of {@link SavedQueries}. */
export interface SavedQueriesProps {
  /** Folder of the queries in CloudWatch Logs Insights. */
  readonly folder: string;
  /** The log groups that are queried. */
  readonly logGroups: readonly ILogGroup[];
}

/** Saves {@link QUERIES} in CloudWatch Logs Insights. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { folder, logGroups }: SavedQueriesProps) {
    super(scope, id);
    const logGroupNames = logGroups.map(({ logGroupName }) => logGroupName);
    Object.entries(QUERIES).forEach(([name, lines], index) => {
      new CfnQueryDefinition(this, `Query${index + 1}`, {
        name: `${folder}/${name}`,
        queryString: lines.join('\n| '),
        logGroupNames,
      });
    });
  }
}

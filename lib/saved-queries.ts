import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** What people on call ask the logs, as lines of CloudWatch Logs Insights. */
export const QUERIES = {
  'Everything about one order': [
    'fields @timestamp, service, message, reason, outcome, cause, status, itemUuid, foundBy',
    'filter @message like "<order UUID>"',
    'sort @timestamp asc',
    'limit 1000',
  ],
  'What was wrong with the provider’s answers': [
    'filter message = "An order was looked at." and ispresent(cause)',
    'stats count(*) as looks by cause, bin(5m)',
  ],
  'Why orders were looked at, and what came of it': [
    'filter message = "An order was looked at."',
    'stats count(*) as looks, avg(tookInMilliseconds) as milliseconds by reason, outcome',
    'sort looks desc',
  ],
  'How statuses were found': [
    'filter message = "An order was looked at." and outcome = "changed"',
    'stats count(*) as looks by changes.0.foundBy, changes.0.status',
  ],
  'What became of hints': [
    'filter message = "A hint ended."',
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
  /** Folder that CloudWatch shows the queries in. */
  readonly folder: string;
  readonly logGroups: readonly ILogGroup[];
}

/** Queries to pick from in CloudWatch Logs Insights. */
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

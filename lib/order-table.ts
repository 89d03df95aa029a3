import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TABLE } from '../lambdas/contracts/table.ts';

/** Properties of {@link OrderTable}. */
export interface OrderTableProps {
  /** Whether the table is protected against deletion, by CloudFormation and by anyone else. */
  readonly deletionProtection: boolean;
  readonly removalPolicy: RemovalPolicy;
  /** @default - a key owned by AWS */
  readonly encryptionKey?: IKey | undefined;
}

/** An action on records. A transaction needs the permissions of the actions in it. */
export type RecordAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'Query';

/** The one table: a partition per order, and sparse indexes of what is due and of unresolved hints. */
export class OrderTable extends Construct {
  /**
   * `Table` instead of `TableV2`: one region is enough, and the local stack supports the deletion protection of this
   * resource.
   */
  readonly table: Table;

  constructor(scope: Construct, id: string, props: OrderTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      // Consumers compare the old record with the new one.
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...(props.encryptionKey && {
        encryption: TableEncryption.CUSTOMER_MANAGED,
        encryptionKey: props.encryptionKey,
      }),
      deletionProtection: props.deletionProtection,
      removalPolicy: props.removalPolicy,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: TABLE.dueIndex,
      partitionKey: { name: TABLE.due, type: AttributeType.STRING },
      sortKey: { name: TABLE.dueAt, type: AttributeType.STRING },
      // Records hold voucher URLs, which should not be copied. The reconciler reads a record from the table before it
      // claims it, and lists of orders read the orders that they show. These two attributes change with `dueAt` almost
      // always, so that they cost no write of their own.
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [TABLE.rescueCount, TABLE.states],
    });
    // A check reads the unresolved hints only, consistently: what it reads does not grow with the order's history.
    this.table.addLocalSecondaryIndex({
      indexName: TABLE.unresolvedIndex,
      sortKey: { name: TABLE.unresolvedSince, type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }

  /** Grants actions on the table itself. `table.grant` of CDK would include its indexes. */
  grant(grantee: IGrantable, ...actions: readonly RecordAction[]): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: actions.map((action) => `dynamodb:${action}`),
      resourceArns: [this.table.tableArn],
    });
  }

  /** Grants queries of the index of what is due. */
  grantQueryDue(grantee: IGrantable): Grant {
    return this.#grantQueryIndex(grantee, TABLE.dueIndex);
  }

  /** Grants what is needed to read an order with its unresolved hints, and to commit a change of it. */
  grantCommit(grantee: IGrantable): void {
    this.grant(grantee, 'GetItem', 'Query', 'PutItem', 'UpdateItem');
    this.#grantQueryIndex(grantee, TABLE.unresolvedIndex);
  }

  #grantQueryIndex(grantee: IGrantable, indexName: string): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [`${this.table.tableArn}/index/${indexName}`],
    });
  }
}

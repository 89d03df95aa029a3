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
  /** Whether CloudFormation, and anyone else, is kept from deleting the table. */
  readonly deletionProtection: boolean;
  readonly removalPolicy: RemovalPolicy;
  /** @default - a key of AWS */
  readonly encryptionKey?: IKey | undefined;
}

/** What a function may do with single records. Transactions need the permissions of the actions in them. */
export type RecordAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'Query';

/** The one table: a partition an order, and a sparse index of everything that is due. */
export class OrderTable extends Construct {
  /**
   * `Table`, not `TableV2`: one region is enough, and the deletion protection of this resource can be tested
   * on the local stack.
   */
  readonly table: Table;

  constructor(scope: Construct, id: string, props: OrderTableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE.timeToLive,
      billingMode: BillingMode.PAY_PER_REQUEST,
      // Both images: consumers compare what was with what is.
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
      // Records hold voucher URLs: they are copied nowhere, whoever takes one up reads it anyway.
      projectionType: ProjectionType.KEYS_ONLY,
    });
  }

  /** Allows actions on the table itself; CDK's own grants would add its index. */
  grant(grantee: IGrantable, ...actions: readonly RecordAction[]): void {
    Grant.addToPrincipal({
      grantee,
      actions: actions.map((action) => `dynamodb:${action}`),
      resourceArns: [this.table.tableArn],
    });
  }

  /** Allows asking what is due. */
  grantQueryDue(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [`${this.table.tableArn}/index/${TABLE.dueIndex}`],
    });
  }
}

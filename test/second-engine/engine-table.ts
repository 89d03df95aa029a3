import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { inject } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import type { Row, Table } from '../../lambdas/adapters/table.ts';
import type { RecordKey } from '../../lambdas/application/ports.ts';
import { TABLE } from '../../lambdas/contracts/table.ts';
import { clientConfiguration } from '../../local/local-aws.ts';

/** A table of the second engine, reached by the product's own adapter. */
export interface EngineTable {
  readonly table: Table;
  /** Deletes a record, as its time to live does. */
  expire(key: RecordKey): Promise<void>;
  /** Every record. */
  rows(): Promise<readonly Row[]>;
}

const { endpoint, table: definition } = inject('secondEngine');
const client = new DynamoDBClient(clientConfiguration(endpoint));

/** Creates an empty table, as the stack defines it. Moto makes it usable at once. */
export const createTable = async (): Promise<EngineTable> => {
  const TableName = crypto.randomUUID();
  await client.send(new CreateTableCommand({ TableName, ...definition }));
  return {
    table: dynamoDbTable(TableName, client),
    expire: async ({ pk, sk }) => {
      const Key = marshall({ [TABLE.partitionKey]: pk, [TABLE.sortKey]: sk });
      await client.send(new DeleteItemCommand({ TableName, Key }));
    },
    rows: async () => {
      const rows: Row[] = [];
      for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
        rows.push(...Items.map((item) => unmarshall(item) as Row));
      }
      return rows;
    },
  };
};

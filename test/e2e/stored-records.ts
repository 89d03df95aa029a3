import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { inject } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { EVERY_SORT_KEY, orderKey } from '../../lambdas/adapters/records.ts';
import { equal, type Row, type Table } from '../../lambdas/adapters/table.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { eventually } from './stack-fixture.ts';

/** The deployed table. */
export const deployedTable = (): Table => {
  const { endpoint, outputs } = inject('localStack');
  return dynamoDbTable(outputs.TableName, new DynamoDBClient(clientConfiguration(endpoint)));
};

/** The records of an order, or those of them whose sort keys begin with a prefix. */
export const recordsOf = (orderUuid: string, prefix?: string): Promise<readonly Row[]> => {
  const { from, to } = prefix === undefined ? EVERY_SORT_KEY : { from: prefix, to: `${prefix}~` };
  return deployedTable().query(orderKey(orderUuid).pk, from, to);
};

/** Waits for a record of an order that fulfils a condition. */
export const storedRecord = (
  orderUuid: string,
  prefix: string,
  fulfils: (row: Row) => boolean = () => true,
): Promise<Row> =>
  eventually(async () => {
    const record = (await recordsOf(orderUuid, prefix)).find(fulfils);
    if (!record) throw new Error(`The order ${orderUuid} has no such record ${prefix} yet.`);
    return record;
  });

/**
 * Makes every record of an order due that will be due at some time, as if that time had come. Nothing else shortens the
 * wait for the reconciler.
 */
export const makeDue = async (orderUuid: string): Promise<void> => {
  const table = deployedTable();
  const due = toInstant(Date.now() - 1000);
  for (const key of await recordsOf(orderUuid)) {
    const { dueAt, nextCheckAt } = key;
    if (typeof dueAt !== 'string' || dueAt <= due) continue;
    const set = { dueAt: due, ...(nextCheckAt !== undefined && { nextCheckAt: due }) };
    await table.update({ key, set, condition: equal('dueAt', dueAt) });
  }
};

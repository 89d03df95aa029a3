import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, inject, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { clientConfiguration } from '../../local/local-aws.ts';
import { compareRandomOperations } from '../in-memory/same-operations.ts';

const { endpoint, outputs } = inject('localStack');
const client = new DynamoDBClient(clientConfiguration(endpoint));

afterAll(() => client.destroy());

/** Some 2,000 requests, one after the other. */
const TIMEOUT_IN_MS = 180_000;

test('the table in memory does what the deployed table does, whatever is asked of both', {
  timeout: TIMEOUT_IN_MS,
}, async () => {
  await compareRandomOperations(dynamoDbTable(outputs.TableName, client));
});

import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { absent, allOf, anyOf, below, type Condition, equal, present } from '../../lambdas/adapters/table.ts';
import { recordingClient } from './recording-client.ts';

const METADATA = { $metadata: {}, message: 'said no' };

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ ...METADATA, CancellationReasons: codes.map((Code) => ({ Code })) });

/** A table whose requests are answered with these, one after another, and then with success. */
const tableThat = (...errors: Error[]) => {
  const { client, sent } = recordingClient<DynamoDBClient>(() => {
    const error = errors.shift();
    if (error) throw error;
    return {};
  });
  return { table: dynamoDbTable('orders', client), sent };
};

const KEY = { pk: 'ORDER#1', sk: 'ORDER' };

test('a condition that does not hold is an answer, not an error', async () => {
  const rejection = new ConditionalCheckFailedException(METADATA);
  const { table } = tableThat(rejection, rejection, cancelled('None', 'ConditionalCheckFailed'));
  expect(await table.put({ put: KEY })).toBe(false);
  expect(await table.update({ key: KEY, set: { a: 1 } })).toBeUndefined();
  expect(await table.transact([{ put: KEY }])).toBe(false);
});

test.for([
  ['a conflict', cancelled('TransactionConflict', 'None')],
  ['throttling', cancelled('None', 'ThrottlingError')],
  ['a conflict with a transaction', new TransactionConflictException(METADATA)],
] as const)('E14 after %s the same write is sent again', async ([, error]) => {
  const { table, sent } = tableThat(error, error);
  expect(await table.transact([{ put: { ...KEY, a: 1 }, condition: absent('pk') }])).toBe(true);
  expect(sent).toEqual([sent[0], sent[0], sent[0]]);
});

test('E14 a condition that fails beside a conflict is not tried again', async () => {
  const { table, sent } = tableThat(cancelled('TransactionConflict', 'ConditionalCheckFailed'));
  expect(await table.transact([{ put: KEY }])).toBe(false);
  expect(sent).toHaveLength(1);
});

test.for([
  ['any other reason', cancelled('ValidationError')],
  ['any other error', new Error('unreachable')],
] as const)('%s is thrown', async ([, error]) => {
  await expect(tableThat(error).table.transact([{ put: KEY }])).rejects.toThrow(error);
});

test('an update contains only what changes, and its condition with values of its own', async () => {
  const { table, sent } = tableThat();
  await table.update({
    key: KEY,
    set: { status: 'OK', rev: 4 },
    remove: ['due'],
    add: { deliveries: 1 },
    condition: anyOf(present('due'), equal('rev', 3), below('requestedAt', 'now')),
  });
  expect(sent[0]).toMatchObject({
    TableName: 'orders',
    UpdateExpression: 'SET #a0 = :v0, #a1 = :v1 REMOVE #a2 ADD #a3 :v2',
    ConditionExpression: '(attribute_exists(#a2) OR #a1 = :v3 OR #a4 < :v4)',
    ExpressionAttributeNames: {
      '#a0': 'status',
      '#a1': 'rev',
      '#a2': 'due',
      '#a3': 'deliveries',
      '#a4': 'requestedAt',
    },
    ExpressionAttributeValues: {
      ':v0': { S: 'OK' },
      ':v1': { N: '4' },
      ':v2': { N: '1' },
      ':v3': { N: '3' },
      ':v4': { S: 'now' },
    },
  });
});

test.for<[Condition, string]>([
  [absent('a'), 'attribute_not_exists(a)'],
  [anyOf(absent('a'), present('b')), '(attribute_not_exists(a) OR attribute_exists(b))'],
  [anyOf(equal('a', 1), below('b', 2), equal('a', 3)), '(a = 1 OR b < 2 OR a = 3)'],
  [allOf(equal('a', 1), absent('b')), '(a = 1 AND attribute_not_exists(b))'],
])('the condition %j is what it says', async ([condition, expected]) => {
  const { table, sent } = tableThat();
  await table.put({ put: KEY, condition });
  expect(readable(sent[0])).toBe(expected);
});

/** The condition of a request, with names and values instead of their placeholders. */
const readable = (request: Record<string, unknown> = {}): string => {
  const names = request['ExpressionAttributeNames'] as Record<string, string>;
  const values = (request['ExpressionAttributeValues'] ?? {}) as Record<string, { N: string }>;
  return `${request['ConditionExpression']}`
    .replace(/#a\d+/g, (name) => names[name] ?? name)
    .replace(/:v\d+/g, (value) => values[value]?.N ?? value);
};

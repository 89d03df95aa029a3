import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { dynamoDbTable } from '../../lambdas/adapters/dynamodb-table.ts';
import { absent, anyOf, below, type Condition, equal, present } from '../../lambdas/adapters/table.ts';

const METADATA = { $metadata: {}, message: 'said no' };

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({ ...METADATA, CancellationReasons: codes.map((Code) => ({ Code })) });

/** A client that answers with these, one after another, and remembers what it was sent. */
const clientOf = (...answers: (object | Error)[]) => {
  const sent: Record<string, unknown>[] = [];
  const client = {
    send: async ({ input }: { input: Record<string, unknown> }) => {
      sent.push(input);
      const answer = answers.shift() ?? {};
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as DynamoDBClient;
  return { table: dynamoDbTable('orders', client), sent };
};

const KEY = { pk: 'ORDER#1', sk: 'ORDER' };

describe('writes', () => {
  test('a condition that does not hold is an answer, not an error', async () => {
    const refusal = new ConditionalCheckFailedException(METADATA);
    const { table } = clientOf(refusal, refusal, cancelled('None', 'ConditionalCheckFailed'));
    expect(await table.put({ put: KEY })).toBe(false);
    expect(await table.update({ key: KEY, set: { a: 1 } })).toBeUndefined();
    expect(await table.transact([{ put: KEY }])).toBe(false);
  });

  test.for([
    ['a conflict', cancelled('TransactionConflict', 'None')],
    ['throttling', cancelled('None', 'ThrottlingError')],
    ['a conflict with a transaction', new TransactionConflictException(METADATA)],
  ] as const)('E14 after %s the same write is sent again', async ([, error]) => {
    const { table, sent } = clientOf(error, error);
    expect(await table.transact([{ put: { ...KEY, a: 1 }, condition: absent('pk') }])).toBe(true);
    expect(sent).toHaveLength(3);
    expect(sent[1]).toEqual(sent[0]);
  });

  test('E14 a condition that fails beside a conflict is not tried again', async () => {
    const { table, sent } = clientOf(cancelled('TransactionConflict', 'ConditionalCheckFailed'));
    expect(await table.transact([{ put: KEY }])).toBe(false);
    expect(sent).toHaveLength(1);
  });

  test.for([
    ['any other reason', cancelled('ValidationError')],
    ['any other error', new Error('unreachable')],
  ] as const)('%s is thrown', async ([, error]) => {
    await expect(clientOf(error).table.transact([{ put: KEY }])).rejects.toThrow(error);
  });
});

test('an update contains only what changes, and its condition', async () => {
  const { table, sent } = clientOf();
  await table.update({
    key: KEY,
    set: { status: 'OK' },
    remove: ['due'],
    add: { deliveries: 1 },
    condition: anyOf(present('due'), equal('rev', 3), below('requestedAt', 'now')),
  });
  expect(sent[0]).toMatchObject({
    TableName: 'orders',
    UpdateExpression: 'SET #a0 = :v0 REMOVE #a1 ADD #a2 :v1',
    ConditionExpression: '(attribute_exists(#a1) OR #a3 = :v2 OR #a4 < :v3)',
    ExpressionAttributeNames: {
      '#a0': 'status',
      '#a1': 'due',
      '#a2': 'deliveries',
      '#a3': 'rev',
      '#a4': 'requestedAt',
    },
    ExpressionAttributeValues: {
      ':v0': { S: 'OK' },
      ':v1': { N: '1' },
      ':v2': { N: '3' },
      ':v3': { S: 'now' },
    },
  });
});

describe('a condition', () => {
  test.for([
    ['one clause', absent('a'), 'attribute_not_exists(a)'],
    ['any of two', anyOf(absent('a'), present('b')), '(attribute_not_exists(a) OR attribute_exists(b))'],
    ['any of three', anyOf(equal('a', 1), below('b', 2), equal('a', 3)), '(a = 1 OR b < 2 OR a = 3)'],
  ] satisfies [string, Condition, string][])('of %s is what it says', async ([, condition, expected]) => {
    const { table, sent } = clientOf();
    await table.put({ put: KEY, condition });
    expect(readable(sent[0])).toBe(expected);
  });

  test('of an update does not mix its values with those that are set', async () => {
    const { table, sent } = clientOf();
    await table.update({ key: KEY, set: { rev: 4 }, condition: equal('rev', 3) });
    expect(sent[0]).toMatchObject({
      UpdateExpression: 'SET #a0 = :v0',
      ConditionExpression: '#a0 = :v1',
      ExpressionAttributeValues: { ':v0': { N: '4' }, ':v1': { N: '3' } },
    });
  });
});

/** The condition of a request, with names and values instead of their placeholders. */
const readable = (request: Record<string, unknown> = {}): string => {
  const names = request['ExpressionAttributeNames'] as Record<string, string>;
  const values = (request['ExpressionAttributeValues'] ?? {}) as Record<string, { N: string }>;
  return `${request['ConditionExpression']}`
    .replace(/#a\d+/g, (name) => names[name] ?? name)
    .replace(/:v\d+/g, (value) => values[value]?.N ?? value);
};

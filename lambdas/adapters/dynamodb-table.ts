import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { RecordKey } from '../application/ports.ts';
import { TABLE } from '../contracts/table.ts';
import type { Clause, Condition, DueKey, Put, Row, Table, Update } from './table.ts';

/** How often a write that conflicts with another one is sent again. */
const MAX_CONFLICT_RETRIES = 8;
const CONFLICT_PAUSE_IN_MILLISECONDS = 40;

/** Reasons of a cancelled transaction that are not its conditions: the same write may succeed later. */
const TEMPORARY_REASONS: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** The table of {@link Table} in DynamoDB. */
export const dynamoDbTable = (tableName: string, client = new DynamoDBClient({})): Table => ({
  async get(key) {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: tableName, Key: keyOf(key), ConsistentRead: true }),
    );
    return Item && fromAttributes(Item);
  },

  query: (pk, from, to, limit) =>
    readPages(
      client,
      {
        TableName: tableName,
        KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :from AND :to',
        ExpressionAttributeNames: { '#pk': TABLE.partitionKey, '#sk': TABLE.sortKey },
        ExpressionAttributeValues: marshall({ ':pk': pk, ':from': from, ':to': to }),
      },
      limit,
    ),

  queryUnresolved: (pk) =>
    readPages(client, {
      TableName: tableName,
      IndexName: TABLE.unresolvedIndex,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': TABLE.partitionKey },
      ExpressionAttributeValues: marshall({ ':pk': pk }),
    }),

  async put(put) {
    const command = new PutItemCommand({ TableName: tableName, ...putInput(put) });
    return (await unlessConditionFailed(() => client.send(command))) !== undefined;
  },

  async update(update) {
    const input = { TableName: tableName, ...updateInput(update), ReturnValues: 'ALL_NEW' } as const;
    const output = await unlessConditionFailed(() => client.send(new UpdateItemCommand(input)));
    return output && fromAttributes(output.Attributes ?? {});
  },

  async transact(writes) {
    const items = writes.map(
      (write): TransactWriteItem =>
        'put' in write
          ? { Put: { TableName: tableName, ...putInput(write) } }
          : { Update: { TableName: tableName, ...updateInput(write) } },
    );
    const command = new TransactWriteItemsCommand({ TransactItems: items });
    return (await unlessConditionFailed(() => client.send(command))) !== undefined;
  },

  async queryDue(due, until, limit) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: TABLE.dueIndex,
        KeyConditionExpression: '#due = :due AND #dueAt <= :until',
        ExpressionAttributeNames: { '#due': TABLE.due, '#dueAt': TABLE.dueAt },
        ExpressionAttributeValues: marshall({ ':due': due, ':until': until }),
        Limit: limit,
      }),
    );
    return Items.map(toDueKey);
  },

  async listDue({ due, until, after, limit, filter }) {
    const expression = new Expression();
    const partition = `${expression.name(TABLE.due)} = ${expression.value(due)}`;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: TABLE.dueIndex,
        KeyConditionExpression: `${partition} AND ${expression.name(TABLE.dueAt)} <= ${expression.value(until)}`,
        FilterExpression: expression.condition(filter),
        ...expression.attributes(),
        ExclusiveStartKey: after && toAttributes({ due, ...after }),
        Limit: limit,
      }),
    );
    return { found: Items.map(toDueKey), readTo: LastEvaluatedKey && toDueKey(LastEvaluatedKey) };
  },
});

/** Consistent reads of all pages, or of the first `limit` records. */
const readPages = async (
  client: DynamoDBClient,
  query: QueryCommandInput,
  limit = Number.POSITIVE_INFINITY,
): Promise<readonly Row[]> => {
  const isLimited = Number.isFinite(limit);
  const pages = paginateQuery(
    { client },
    { ...query, ConsistentRead: true, ...(isLimited && { Limit: limit }) },
  );
  const rows: Row[] = [];
  for await (const page of pages) {
    rows.push(...(page.Items ?? []).map(fromAttributes));
    if (rows.length >= limit) break;
  }
  return rows.slice(0, limit);
};

const fromAttributes = (item: Record<string, AttributeValue>): Row => unmarshall(item) as Row;

/** Key of an entry of the index, which always has a `dueAt`. */
const toDueKey = (item: Record<string, AttributeValue>): DueKey => {
  const { pk, sk, dueAt } = fromAttributes(item);
  return { pk, sk, dueAt: String(dueAt) };
};

const toAttributes = (values: object) => marshall(values, { removeUndefinedValues: true });

/**
 * Sends a write, and sends the same write again when it conflicts with another one or is throttled.
 * @returns `undefined` when its condition did not hold
 */
const unlessConditionFailed = async <Output>(send: () => Promise<Output>): Promise<Output | undefined> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      if (!isConflict(error) || attempt > MAX_CONFLICT_RETRIES) throw error;
      await sleep(Math.random() * CONFLICT_PAUSE_IN_MILLISECONDS * 2 ** attempt);
    }
  }
};

const isConditionFailure = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException ||
  (error instanceof TransactionCanceledException &&
    reasonsOf(error).some((reason) => reason === 'ConditionalCheckFailed'));

const isConflict = (error: unknown): boolean =>
  error instanceof TransactionConflictException ||
  (error instanceof TransactionCanceledException &&
    reasonsOf(error).every((reason) => reason === 'None' || TEMPORARY_REASONS.has(reason)));

const reasonsOf = (error: TransactionCanceledException): string[] =>
  (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');

const keyOf = ({ pk, sk }: RecordKey) => marshall({ [TABLE.partitionKey]: pk, [TABLE.sortKey]: sk });

const putInput = ({ put, condition }: Put) => {
  const Item = toAttributes(put);
  if (!condition) return { Item };
  const expression = new Expression();
  return { Item, ConditionExpression: expression.condition(condition), ...expression.attributes() };
};

const updateInput = ({ key, set = {}, remove = [], add = {}, condition }: Update) => {
  const expression = new Expression();
  const clauses = {
    SET: Object.entries(set).map(([name, value]) => `${expression.name(name)} = ${expression.value(value)}`),
    REMOVE: remove.map((name) => expression.name(name)),
    ADD: Object.entries(add).map(([name, value]) => `${expression.name(name)} ${expression.value(value)}`),
  };
  return {
    Key: keyOf(key),
    UpdateExpression: Object.entries(clauses)
      .flatMap(([keyword, terms]) => (terms.length > 0 ? `${keyword} ${terms.join(', ')}` : []))
      .join(' '),
    ConditionExpression: condition && expression.condition(condition),
    ...expression.attributes(),
  };
};

/** Gives names and values their placeholders. */
class Expression {
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, unknown>();

  name(attribute: string): string {
    const placeholder = this.#names.get(attribute) ?? `#a${this.#names.size}`;
    this.#names.set(attribute, placeholder);
    return placeholder;
  }

  value(value: unknown): string {
    const placeholder = `:v${this.#values.size}`;
    this.#values.set(placeholder, value);
    return placeholder;
  }

  condition(condition: Condition): string {
    if ('any' in condition) return this.#join(condition.any, 'OR');
    if ('all' in condition) return this.#join(condition.all, 'AND');
    return this.#clause(condition);
  }

  attributes() {
    return {
      ExpressionAttributeNames: Object.fromEntries([...this.#names].map(([name, key]) => [key, name])),
      ExpressionAttributeValues:
        this.#values.size > 0 ? toAttributes(Object.fromEntries(this.#values)) : undefined,
    };
  }

  #join(clauses: readonly Clause[], operator: 'AND' | 'OR'): string {
    return `(${clauses.map((clause) => this.#clause(clause)).join(` ${operator} `)})`;
  }

  #clause(clause: Clause): string {
    const name = this.name(clause.attribute);
    switch (clause.is) {
      case 'absent':
        return `attribute_not_exists(${name})`;
      case 'present':
        return `attribute_exists(${name})`;
      case 'equal':
        return `${name} = ${this.value(clause.value)}`;
      case 'below':
        return `${name} < ${this.value(clause.value)}`;
      case 'at least':
        return `${name} >= ${this.value(clause.value)}`;
      case 'list with':
        return `contains(${name}, ${this.value(clause.value)})`;
    }
  }
}

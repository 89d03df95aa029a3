import { CreateTableCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, inject } from 'vitest';
import type { ItemEventData, OrderEventData } from '../../events/index.ts';
import { clientConfiguration } from '../../local/local-aws.ts';

type Stored = ItemEventData | OrderEventData | undefined;

/** The table of a consumer of the examples. */
interface StatusTable {
  readonly name: string;
  /** What is stored about a subject. */
  stored(subject: string): Promise<Stored>;
}

const client = () => new DynamoDBClient(clientConfiguration(inject('localStack').endpoint));

/** What a consumer of the examples has stored about a subject. */
export const readStatus = async (TableName: string, subject: string): Promise<Stored> => {
  const Key = { subject: { S: subject } };
  const { Item } = await client().send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return Item && JSON.parse(Item['data']?.S ?? '');
};

/** Creates a table for the consumers of the examples. */
export const useStatusTable = (): StatusTable => {
  const name = `statuses-${crypto.randomUUID()}`;
  beforeAll(async () => {
    await client().send(
      new CreateTableCommand({
        TableName: name,
        AttributeDefinitions: [{ AttributeName: 'subject', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'subject', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  });
  return { name, stored: (subject) => readStatus(name, subject) };
};

import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { Row } from '../../../lambdas/adapters/table.ts';
import { TABLE } from '../../../lambdas/contracts/table.ts';
import type { RowChange } from '../../in-memory/in-memory-table.ts';

/** A record of the table's stream. Its images are marshalled at their first use: most are filtered by their keys. */
export const streamRecord = ({ before, after }: RowChange): DynamoDBRecord => {
  const { pk, sk } = (after ?? before) as Row;
  const images: { old?: Image | undefined; new?: Image | undefined } = {};
  return {
    eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
    dynamodb: {
      Keys: { [TABLE.partitionKey]: { S: pk }, [TABLE.sortKey]: { S: sk } },
      get OldImage() {
        images.old ??= before && imageOf(before);
        return images.old as Image;
      },
      get NewImage() {
        images.new ??= after && imageOf(after);
        return images.new as Image;
      },
    },
  };
};

type Image = Record<string, AttributeValue>;

const imageOf = (row: Row): Image => {
  const image: Image = {};
  for (const [name, value] of Object.entries(row)) image[name] = marshalled(value);
  return image;
};

/** What the SDK's `marshall` does, for values that JSON can hold. */
const marshalled = (value: unknown): AttributeValue => {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: `${value}` };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(marshalled) };
  return {
    M: Object.fromEntries(
      Object.entries(value as Record<string, unknown>).map(([key, entry]) => [key, marshalled(entry)]),
    ),
  };
};

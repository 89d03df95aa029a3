import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { Row } from '../../lambdas/adapters/table.ts';
import { TABLE } from '../../lambdas/contracts/table.ts';
import type { RowChange } from '../in-memory/in-memory-table.ts';

/** A record of the table's stream. Its images are marshalled when they are first used: most are filtered by their keys. */
export const streamRecord = ({ before, after }: RowChange): DynamoDBRecord => ({
  eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
  dynamodb: new Images(before, after) as NonNullable<DynamoDBRecord['dynamodb']>,
});

class Images {
  readonly Keys: Image;
  readonly #before: Row | undefined;
  readonly #after: Row | undefined;
  #oldImage: Image | undefined;
  #newImage: Image | undefined;

  constructor(before: Row | undefined, after: Row | undefined) {
    const { pk, sk } = (after ?? before) as Row;
    this.Keys = { [TABLE.partitionKey]: { S: pk }, [TABLE.sortKey]: { S: sk } };
    this.#before = before;
    this.#after = after;
  }

  get OldImage(): Image | undefined {
    this.#oldImage ??= this.#before && marshalledFields(this.#before);
    return this.#oldImage;
  }

  get NewImage(): Image | undefined {
    this.#newImage ??= this.#after && marshalledFields(this.#after);
    return this.#newImage;
  }
}

type Image = Record<string, AttributeValue>;

const marshalledFields = (fields: Readonly<Record<string, unknown>>): Image => {
  const image: Image = {};
  for (const name in fields) image[name] = marshalled(fields[name]);
  return image;
};

/** What the SDK's `marshall` does, for values that JSON can hold. */
const marshalled = (value: unknown): AttributeValue => {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: `${value}` };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(marshalled) };
  return { M: marshalledFields(value as Record<string, unknown>) };
};

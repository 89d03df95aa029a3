import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Row } from './table.ts';

/** What a record of the table's stream tells: the row before and after the change. */
export interface ChangedRecord {
  readonly before?: Row;
  readonly after?: Row;
}

/** Reads a record of the table's stream. */
export const readChange = ({ dynamodb }: DynamoDBRecord): ChangedRecord => ({
  ...(dynamodb?.OldImage && { before: toRow(dynamodb.OldImage as Image) }),
  ...(dynamodb?.NewImage && { after: toRow(dynamodb.NewImage as Image) }),
});

/** @types/aws-lambda and the SDK describe the same JSON in two ways. */
type Image = Record<string, AttributeValue>;

const toRow = (image: Image): Row => unmarshall(image) as Row;

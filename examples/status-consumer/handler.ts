import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseEvent, type TrackerEvent } from 'musement-order-tracker/events';

const dynamoDb = new DynamoDBClient({});

/** Stores an event, unless it is a repetition or older than what is stored. DynamoDB compares and stores in one step. */
const store = async ({ subject, data }: TrackerEvent): Promise<void> => {
  const update = new UpdateItemCommand({
    TableName: process.env['TABLE_NAME'],
    Key: { subject: { S: subject } },
    UpdateExpression: 'SET #sequence = :sequence, #data = :data',
    ConditionExpression: 'attribute_not_exists(#sequence) OR #sequence < :sequence',
    ExpressionAttributeNames: { '#sequence': 'sequence', '#data': 'data' },
    ExpressionAttributeValues: {
      ':sequence': { N: `${data.sequence}` },
      ':data': { S: JSON.stringify(data) },
    },
  });
  await dynamoDb.send(update).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
};

/** Messages that fail return to the queue one by one, and after some attempts move to its dead-letter queue. */
export const handler = async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const results = await Promise.allSettled(Records.map(async ({ body }) => store(parseEvent(body))));
  const failed = Records.filter((_, index) => results[index]?.status === 'rejected');
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};

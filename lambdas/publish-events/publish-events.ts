import type { DynamoDBRecord } from 'aws-lambda';
import { toOwedEvent } from '../adapters/outbox.ts';
import { type ChangedRecord, readChange } from '../adapters/stream.ts';
import { RECORD } from '../contracts/table.ts';
import { type PublishingDependencies, publishEvents } from '../domain/publishing.ts';

/** Publishes the new events that a batch of the table's stream holds, in its order. */
export const publishNewEvents = async (
  records: readonly DynamoDBRecord[],
  dependencies: PublishingDependencies,
): Promise<void> => {
  const events = records.flatMap((record) => {
    const { before, after } = readChange(record);
    return after && !before && isOwed(after) ? [toOwedEvent(after)] : [];
  });
  await publishEvents(events, dependencies);
};

const isOwed = (row: NonNullable<ChangedRecord['after']>): boolean =>
  row.sk.startsWith(RECORD.event) && row['due'] !== undefined;

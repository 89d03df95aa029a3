import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import type { Changes } from '../application/dispatch-changes.ts';
import type { UnpublishedEvent } from '../application/ports.ts';
import { RECORD, TABLE } from '../contracts/table.ts';
import { isHint, orderUuidOf, toEvent, toOrder } from './records.ts';

const attributes = z.custom<Record<string, AttributeValue>>(
  (value) => typeof value === 'object' && value !== null,
);

const image = z.pipe(
  z.pipe(
    attributes,
    z.transform((fields) => unmarshall(fields)),
  ),
  z.looseObject({ pk: z.string(), sk: z.string() }),
);

const streamEventSchema = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.optional(z.object({ OldImage: z.optional(image), NewImage: z.optional(image) })),
    }),
  ),
});

/** Records before and after a change. An expired record has no after, a new one no before. */
const readChanges = (event: unknown) =>
  streamEventSchema
    .parse(event)
    .Records.map(({ dynamodb }) => ({ before: dynamodb?.OldImage, after: dynamodb?.NewImage }));

/** What the records of the table's stream ask for: refreshes because of fresh hints, watches of new generations. */
export const readDispatch = (event: unknown): Changes => {
  const changes = readChanges(event);
  return {
    hinted: changes.flatMap(({ before, after }) =>
      after && isHint(after) && after[TABLE.due] && before?.[TABLE.requestedAt] !== after[TABLE.requestedAt]
        ? [orderUuidOf(after)]
        : [],
    ),
    regenerated: changes.flatMap(({ before, after }) =>
      after?.sk === RECORD.order && before?.[TABLE.generation] !== after[TABLE.generation]
        ? [toOrder(orderUuidOf(after), after)]
        : [],
    ),
  };
};

/** The new events among the records of the table's stream, in their order. */
export const readNewEvents = (event: unknown): readonly UnpublishedEvent[] =>
  readChanges(event).flatMap(({ before, after }) =>
    after && !before && after.sk.startsWith(RECORD.event) && after[TABLE.due] ? [toEvent(after)] : [],
  );

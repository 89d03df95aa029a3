import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type RefreshMessage, type RefreshReason, refreshMessageSchema } from '../contracts/refresh.ts';
import { lookAtOrder } from '../domain/look-at-order.ts';
import type { Look } from '../domain/model.ts';
import type { LookDependencies } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';

/** The weightier a reason, the surer the provider is asked: a rescue always, a hint only while it is due. */
const WEIGHT: Readonly<Record<RefreshReason, number>> = { hint: 0, doubt: 1, care: 2, overdue: 3, rescue: 4 };

/**
 * Looks at the orders that a batch of messages names, each order once for each reason to look.
 *
 * @returns the messages that failed; the queue brings them again
 */
export const refreshOrders = async (
  event: SQSEvent,
  dependencies: LookDependencies,
): Promise<SQSBatchResponse> => {
  const messages = event.Records.flatMap(({ messageId, body }) => {
    const message = parseMessage(body);
    return message ? [{ itemIdentifier: messageId, ...message }] : [];
  });
  const read = new Set(messages.map(({ itemIdentifier }) => itemIdentifier));
  const unreadable = event.Records.filter(({ messageId }) => !read.has(messageId));
  for (const { messageId } of unreadable) {
    dependencies.telemetry.warn('A message in the refresh queue cannot be read.', { messageId });
  }
  const askedAt = dependencies.clock.now();
  const orders = Map.groupBy(messages, ({ orderUuid }) => orderUuid);
  const failed = await Promise.all(
    [...orders].map(async ([orderUuid, ofOrder]) => {
      try {
        for (const look of looks(ofOrder, askedAt)) await lookAtOrder(orderUuid, look, dependencies);
        return [];
      } catch (error) {
        dependencies.telemetry.error('The order could not be looked at; its messages come again.', error, {
          orderUuid,
        });
        return ofOrder.map(({ itemIdentifier }) => ({ itemIdentifier }));
      }
    }),
  );
  return {
    batchItemFailures: [
      ...failed.flat(),
      ...unreadable.map(({ messageId }) => ({ itemIdentifier: messageId })),
    ],
  };
};

/** `undefined` for what only a hand in the queue can have put there; it ends in the dead-letter queue. */
const parseMessage = (body: string): RefreshMessage | undefined => {
  try {
    return refreshMessageSchema.safeParse(JSON.parse(body)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** The weightiest reason first; each later one looks only if that did not serve it. */
const looks = (messages: readonly RefreshMessage[], askedAt: Instant): Look[] =>
  [...Map.groupBy(messages, ({ reason }) => reason)]
    .sort(([a], [b]) => WEIGHT[b] - WEIGHT[a])
    .map(([reason, ofReason]) => {
      const plannedAt = ofReason
        .flatMap((message) => message.plannedAt ?? [])
        .sort()
        .at(-1);
      return { reason, askedAt, ...(plannedAt && { plannedAt }) };
    });

import type { RefreshMessage } from '../contracts/refresh.ts';
import type { RefreshDependencies } from './ports.ts';
import { refreshOrder } from './refresh-order.ts';

/** A message that was received from the refresh queue. */
export interface ReceivedMessage {
  readonly messageId: string;
  /** `undefined` when the body is not a refresh message. */
  readonly message: RefreshMessage | undefined;
}

/**
 * Refreshes the orders that a batch of messages names, each order once.
 *
 * @returns ids of the messages that failed, all those of an order together; the queue delivers them again
 */
export const refreshOrders = async (
  received: readonly ReceivedMessage[],
  dependencies: RefreshDependencies,
): Promise<readonly string[]> => {
  const byOrder = Map.groupBy(received, ({ message }) => message?.orderUuid);
  const failed = await Promise.all(
    [...byOrder].map(async ([orderUuid, messages]) => {
      const messageIds = messages.map(({ messageId }) => messageId);
      if (orderUuid === undefined) {
        dependencies.telemetry.warn('Unreadable messages in the refresh queue', { messageIds });
        return messageIds;
      }
      try {
        const plannedTimes = messages.flatMap(({ message }) => message?.plannedAt ?? []);
        await refreshOrder({ orderUuid, plannedAt: plannedTimes.toSorted().at(-1) }, dependencies);
        return [];
      } catch (error) {
        dependencies.telemetry.error('Could not check the order; its messages are delivered again', error, {
          orderUuid,
        });
        return messageIds;
      }
    }),
  );
  return failed.flat();
};

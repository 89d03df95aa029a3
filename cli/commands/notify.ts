import { notifications } from '../../lambdas/adapters/notifications.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { parseUuid } from '../text.ts';

const NO_WEBHOOK =
  'Musement has no webhook configured for this item, so it cannot send one. Ask Musement to configure the URL in the ' +
  'output WebhookUrl with the credentials in the secret WebhookSecretArn. Some products never have webhooks. If the ' +
  'order is tracked, scheduled checks find the status anyway.';

/**
 * Asks the provider to send an item's webhook again. The answer that no webhook is configured is stored, and the request
 * is not repeated then.
 */
export const notify = async (
  deployment: Deployment,
  order: string,
  item: string,
  { again }: { readonly again?: boolean },
): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  const itemUuid = parseUuid(item, 'an item');
  const store = notifications(deployment.table);
  const last = await store.last(orderUuid, itemUuid);
  if (last?.outcome === 'no_webhook' && !again) {
    throw new CommandError(
      `${NO_WEBHOOK} Musement answered this at ${last.askedAt} and is not asked again. To ask anyway: --again.`,
      EXIT.rejected,
    );
  }
  const askedAt = toInstant(Date.now());
  const answer = await deployment.provider.notify(orderUuid, itemUuid);
  await store.remember(orderUuid, itemUuid, { askedAt, outcome: answer.kind });
  switch (answer.kind) {
    case 'accepted':
      return {
        data: { orderUuid, itemUuid, askedAt, outcome: answer.kind },
        lines: [
          `Musement accepted the request to send the webhook of item ${itemUuid} again.`,
          `To see whether it has arrived: order-tracker status ${orderUuid}`,
        ],
      };
    case 'no_webhook':
      throw new CommandError(NO_WEBHOOK, EXIT.rejected);
    case 'unknown':
      throw new CommandError(
        `Musement does not know the item ${itemUuid} of order ${orderUuid}.`,
        EXIT.notFound,
      );
    case 'failure':
      throw new CommandError(
        `Musement gave no usable answer (${answer.cause}). Try again in a minute.`,
        EXIT.noAnswer,
      );
  }
};

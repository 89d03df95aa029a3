import { notifications } from '../../lambdas/adapters/notifications.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { parseUuid } from '../text.ts';

const NO_WEBHOOK =
  'No webhook is configured at Musement for this item, so it cannot send one. Let Musement configure the URL ' +
  'in the output WebhookUrl with the credentials in WebhookSecretArn; items of products without webhooks never ' +
  'have one. The schedule finds the status meanwhile, if the order is tracked.';

/** Asks the provider to send an item's webhook again. A refusal is remembered and not repeated. */
export const notify = async (
  deployment: Deployment,
  order: string,
  item: string,
  { again }: { readonly again?: boolean },
): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  const itemUuid = parseUuid(item, 'an item');
  const memory = notifications(deployment.table);
  const last = await memory.last(orderUuid, itemUuid);
  if (last?.outcome === 'no_webhook' && !again) {
    throw new CommandError(
      `${NO_WEBHOOK} Musement said so at ${last.askedAt} and is not asked again; --again asks anyway.`,
      EXIT.refused,
    );
  }
  const askedAt = toInstant(Date.now());
  const answer = await deployment.provider.notify(orderUuid, itemUuid);
  await memory.remember(orderUuid, itemUuid, { askedAt, outcome: answer.kind });
  switch (answer.kind) {
    case 'accepted':
      return {
        data: { orderUuid, itemUuid, askedAt, outcome: answer.kind },
        lines: [
          `Musement was asked to send the webhook of item ${itemUuid} again.`,
          `"order-tracker status ${orderUuid}" shows when it has come.`,
        ],
      };
    case 'no_webhook':
      throw new CommandError(NO_WEBHOOK, EXIT.refused);
    case 'unknown':
      throw new CommandError(
        `Musement does not know the item ${itemUuid} of order ${orderUuid}, or not yet.`,
        EXIT.notFound,
      );
    case 'trouble':
      throw new CommandError(
        `Musement gave no usable answer (${answer.cause}). Try again in a minute.`,
        EXIT.noAnswer,
      );
  }
};

import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { parseUuid } from '../text.ts';
import { readTimeline } from './status.ts';
import { messageIn } from './track.ts';

export interface UntrackOptions {
  /** Whether to skip the question. */
  readonly yes?: boolean;
  /** Asks the user. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Stops tracking an order through the orders API, as the partner's own systems do. */
export const untrack = async (
  deployment: Deployment,
  order: string,
  { yes, confirm }: UntrackOptions,
): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  if (!yes) await confirmUntracking(deployment, orderUuid, confirm);
  const response = await (await deployment.orders()).untrack(orderUuid);
  if (response.status === 404) throw unknownOrder(orderUuid);
  if (response.status !== 204) {
    const text = await response.text();
    throw new CommandError(`Cannot stop tracking: HTTP ${response.status}: ${messageIn(text)}`);
  }
  return {
    data: { orderUuid },
    lines: [`Stopped tracking the order ${orderUuid}. A later webhook or track request starts it again.`],
  };
};

/** @throws {CommandError} when nothing is stored about the order, or the user does not agree */
const confirmUntracking = async (
  deployment: Deployment,
  orderUuid: string,
  confirm: UntrackOptions['confirm'],
): Promise<void> => {
  const stored = await readTimeline(deployment, orderUuid);
  if (!stored) throw unknownOrder(orderUuid);
  const { identifier = 'not seen at Musement', reference } = stored.order;
  const name = [identifier, reference && `reference ${reference}`].filter(Boolean).join(', ');
  const question =
    `Stop tracking the order ${orderUuid} (${name})? It is not checked any more, and ` +
    'order_item.tracking_ended is published for each open item.';
  if (await confirm(question)) return;
  throw new CommandError(
    `The order ${orderUuid} is still tracked. To stop without a question: order-tracker untrack --yes ${orderUuid}`,
    EXIT.failed,
  );
};

const unknownOrder = (orderUuid: string): CommandError =>
  new CommandError(`The order ${orderUuid} is unknown to the tracker: check the UUID.`, EXIT.notFound);

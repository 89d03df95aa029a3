import { setTimeout as sleep } from 'node:timers/promises';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { equal } from '../../lambdas/adapters/table.ts';
import type { OrderTimeline } from '../../lambdas/application/ports.ts';
import { toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { parseUuid } from '../text.ts';
import { describeAnswer } from '../timeline-text.ts';
import { describeOrder, readTimeline } from './status.ts';
import { trackOne } from './track.ts';

const POLL_IN_MILLISECONDS = 500;

/** Requests a check of an order, waits until it is finished, and shows the order. */
export const check = async (
  deployment: Deployment,
  order: string,
  { timeout }: { readonly timeout: number },
): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  await endRetryWait(deployment, orderUuid);
  const { requestedAt, error } = await trackOne(await deployment.orders(), orderUuid, {});
  if (!requestedAt) throw new CommandError(`Cannot request a check: ${error}`);
  const until = Date.now() + timeout * 1000;
  for (;;) {
    const timeline = await readTimeline(deployment, orderUuid);
    if (timeline && isFinished(timeline, requestedAt)) return describeOrder(deployment, timeline);
    if (Date.now() > until) {
      throw new CommandError(
        `No check finished within ${timeout} s; the reconciler will check the order later. To find the cause: ` +
          '"order-tracker provider show" (are calls stopped?) and "order-tracker doctor".',
        EXIT.noAnswer,
      );
    }
    await sleep(POLL_IN_MILLISECONDS);
  }
};

/**
 * While the provider fails, a new track request waits for the next retry. A person who asks for a check wants it now:
 * this moves the retry to now and keeps the rest of the failure, so that gaps keep growing. `nextCheckAt` stays as it
 * is, because the watch sleeps until then, and a commit that plans an earlier check starts another one.
 */
const endRetryWait = async (deployment: Deployment, orderUuid: string): Promise<void> => {
  const { order } = (await readTimeline(deployment, orderUuid)) ?? {};
  const now = toInstant(Date.now());
  if (!order?.failure || order.failure.retryAt <= now) return;
  await deployment.table.update({
    key: orderKey(orderUuid),
    set: { failure: { ...order.failure, retryAt: now } },
    // A check that was made in the meantime has written a newer failure.
    condition: equal('rev', order.rev),
  });
};

/**
 * Whether the requested check got an answer that shows the order.
 * @throws {CommandError} when it got another answer, or none
 */
const isFinished = ({ order, timeline }: OrderTimeline, requestedAt: string): boolean => {
  const request = timeline.find(({ kind, at }) => kind === 'track' && at === requestedAt);
  if (request?.['outcome'] === 'satisfied') return true;
  if (request?.['firstAnswerAt']) {
    throw new CommandError(
      `Musement does not know the order ${order.orderUuid}. It is checked again, at growing intervals, for a week.`,
      EXIT.notFound,
    );
  }
  if (order.failure && order.failure.lastAt >= requestedAt) {
    const failed = timeline.findLast(({ kind }) => kind === 'check');
    throw new CommandError(
      `Musement gave no usable answer (${failed ? describeAnswer(failed['showed']) : 'cause unknown'}). ` +
        `The next check is at ${order.nextCheckAt}.`,
      EXIT.noAnswer,
    );
  }
  return order.checkedAt !== undefined && order.checkedAt >= requestedAt;
};

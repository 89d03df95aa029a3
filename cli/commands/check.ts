import { setTimeout as sleep } from 'node:timers/promises';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { equal } from '../../lambdas/adapters/table.ts';
import type { OrderTimeline } from '../../lambdas/application/ports.ts';
import type { EntryOf } from '../../lambdas/contracts/timeline-schemas.ts';
import type { OrderState } from '../../lambdas/domain/model.ts';
import { type Instant, toInstant } from '../../lambdas/domain/time.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { parseUuid } from '../text.ts';
import { describeAnswer } from '../timeline-text.ts';
import { describeOrder, isTracked, readTimeline } from './status.ts';
import { trackOne } from './track.ts';

const POLL_IN_MILLISECONDS = 500;

/** A check's record is stored after its result. If it takes longer than this, the result is shown without it. */
const MAX_WAIT_FOR_RECORD_IN_MILLISECONDS = 3000;

export interface CheckOptions {
  /** Seconds to wait for the result. */
  readonly timeout: number;
  /** Whether an order that is not tracked is tracked from now on; otherwise the user is asked. */
  readonly track?: boolean;
  /** Asks the user. */
  readonly confirm: (question: string) => Promise<boolean>;
}

/** Requests a check of an order, waits until it is finished, and shows the order. */
export const check = async (
  deployment: Deployment,
  order: string,
  { timeout, track, confirm }: CheckOptions,
): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  const before = await readTimeline(deployment, orderUuid);
  if (!track && !(before && isTracked(before))) await confirmTracking(orderUuid, confirm);
  if (before) await endRetryWait(deployment, before.order);
  const { requestedAt, error } = await trackOne(await deployment.orders(), orderUuid, {});
  if (!requestedAt) throw new CommandError(`Cannot request a check: ${error}`);
  const finished = await awaitCheck(deployment, { orderUuid, requestedAt, timeout });
  return describeCheck(deployment, finished);
};

/** @throws {CommandError} when the user does not want the order to be tracked */
const confirmTracking = async (orderUuid: string, confirm: CheckOptions['confirm']): Promise<void> => {
  const question =
    `The order ${orderUuid} is not tracked. A check tracks it from now on: if Musement does not know it, it is ` +
    'checked for a week. Check it?';
  if (await confirm(question)) return;
  throw new CommandError(
    `The order ${orderUuid} is not tracked, and was not checked. To check it and track it from then on: ` +
      `order-tracker check --track ${orderUuid}`,
    EXIT.notFound,
  );
};

/**
 * While the provider fails, a new track request waits for the next retry. A person who asks for a check wants it now:
 * this moves the retry to now and keeps the rest of the failure, so that gaps keep growing. `nextCheckAt` stays as it
 * is, because the watch sleeps until then, and a commit that plans an earlier check starts another one.
 */
const endRetryWait = async (
  { table }: Deployment,
  { orderUuid, failure, rev }: OrderState,
): Promise<void> => {
  const now = toInstant(Date.now());
  if (!failure || failure.retryAt <= now) return;
  await table.update({
    key: orderKey(orderUuid),
    set: { failure: { ...failure, retryAt: now } },
    // A check that was made in the meantime has written a newer failure.
    condition: equal('rev', rev),
  });
};

/** How a check ended: an answer that shows the order, an answer that Musement does not know it, or no usable answer. */
type Ending = 'shown' | 'unknown' | 'failed';

interface FinishedCheck extends OrderTimeline {
  readonly ending: Ending;
  /** The entry of the check in the timeline, if it is stored already. */
  readonly record?: EntryOf<'check'> | undefined;
}

/** @throws {CommandError} when no check is finished in time */
const awaitCheck = async (
  deployment: Deployment,
  request: { readonly orderUuid: string; readonly requestedAt: Instant; readonly timeout: number },
): Promise<FinishedCheck> => {
  const { orderUuid, requestedAt, timeout } = request;
  const until = Date.now() + timeout * 1000;
  let recordUntil: number | undefined;
  for (;;) {
    const stored = await readTimeline(deployment, orderUuid);
    const finished = stored && readFinishedCheck(stored, requestedAt);
    recordUntil ??= finished && Date.now() + MAX_WAIT_FOR_RECORD_IN_MILLISECONDS;
    if (finished?.record || (finished && Date.now() > (recordUntil ?? 0))) return finished;
    if (!finished && Date.now() > until) {
      throw new CommandError(
        `No check finished within ${timeout} s; the reconciler will check the order later. To find the cause: ` +
          '"order-tracker provider show" (are calls stopped?) and "order-tracker doctor".',
        EXIT.noAnswer,
      );
    }
    await sleep(POLL_IN_MILLISECONDS);
  }
};

/** @returns `undefined` while the requested check is not finished */
const readFinishedCheck = (stored: OrderTimeline, requestedAt: Instant): FinishedCheck | undefined => {
  const { order, timeline } = stored;
  const ending = readEnding(stored, requestedAt);
  const sentAt = ending === 'failed' ? order.failure?.lastAt : order.checkedAt;
  const record = timeline.filter((entry) => entry.kind === 'check').findLast(({ at }) => at === sentAt);
  return ending && { ...stored, ending, record };
};

const readEnding = ({ order, timeline }: OrderTimeline, requestedAt: Instant): Ending | undefined => {
  const request = timeline.filter((entry) => entry.kind === 'track').find(({ at }) => at === requestedAt);
  if (request?.outcome === 'satisfied') return 'shown';
  if (request?.firstAnswerAt) return 'unknown';
  if (order.failure && order.failure.lastAt >= requestedAt) return 'failed';
  return order.checkedAt !== undefined && order.checkedAt >= requestedAt ? 'shown' : undefined;
};

/** @throws {CommandError} when the check did not show the order */
const describeCheck = (deployment: Deployment, finished: FinishedCheck): Outcome => {
  const { ending, order, record } = finished;
  switch (ending) {
    case 'shown':
      return describeShown(deployment, finished);
    case 'unknown':
      throw new CommandError(
        `Musement does not know the order ${order.orderUuid}. It is checked again, at growing intervals, for a week.`,
        EXIT.notFound,
      );
    case 'failed':
      throw new CommandError(
        describeFailure(deployment, order, record && describeAnswer(record.showed)),
        EXIT.noAnswer,
      );
  }
};

const describeFailure = ({ tracker }: Deployment, order: OrderState, cause = 'cause unknown'): string => {
  if (cause === 'login_rejected') {
    // The order's next check would come before the next login, and fail without one.
    return (
      'Musement rejected the login, so no order can be checked. Correct the credentials in ' +
      `${tracker.providerSecretArn} (runbook: LoginRejected). Functions use them within a minute; then check again.`
    );
  }
  return `Musement gave no usable answer (${cause}).${describeNext(order)}`;
};

const describeNext = ({ nextCheckAt }: OrderState): string =>
  nextCheckAt ? ` The next check is at ${nextCheckAt}.` : '';

/** Items that an answer leaves out or that cannot be read are shown as they were stored before. */
const describeShown = (deployment: Deployment, finished: FinishedCheck): Outcome => {
  const { order, record } = finished;
  const outcome = describeOrder(deployment, finished);
  if (!order.incompleteSince) return outcome;
  const isEmpty = record !== undefined && Object.keys(record.showed).length === 0;
  const found = isEmpty
    ? "Musement's answer shows no item of the order."
    : `Since ${order.incompleteSince} Musement leaves out an item of the order, or shows one that cannot be read.`;
  return {
    ...outcome,
    lines: [...outcome.lines, '', `${found}${describeNext(order)}`],
    exitCode: EXIT.attention,
  };
};

import { METRIC } from '../contracts/metrics.ts';
import type { ExaminedItem, Findings } from './examine.ts';
import type { HintVerdict } from './hints.ts';
import type { Look } from './model.ts';
import type { ProviderAnswer, Telemetry } from './ports.ts';
import { hasConfirmationDeadline, isFinal, isOpen, STATUS } from './status.ts';
import { secondsBetween } from './time.ts';

/**
 * Tells how the provider answered a look, and what came of it. Reason, outcome and kind of trouble stand in the
 * log: as metrics they would be dozens.
 *
 * @param findings what the answer came to; `undefined` without one, and for an order that nobody knows
 */
export const measureLook = (
  orderUuid: string,
  look: Look,
  answer: ProviderAnswer,
  findings: Findings | undefined,
  tookInMilliseconds: number,
  telemetry: Telemetry,
): void => {
  const isIncomplete = answer.kind === 'order' && (findings?.unreadable ?? 0) > 0;
  telemetry.count(METRIC.providerTrouble, answer.kind === 'trouble' || isIncomplete ? 1 : 0);
  if (answer.kind !== 'trouble') telemetry.measure(METRIC.providerLatency, tookInMilliseconds);
  const changes = (findings?.items ?? []).filter(({ before, after }) => after.sequence !== before?.sequence);
  if (answer.kind === 'order' && answer.snapshot.vouchersLeftOut) {
    telemetry.warn('Voucher URLs were left out: an item has more than a message holds.', {
      orderUuid,
      vouchersLeftOut: answer.snapshot.vouchersLeftOut,
    });
  }
  telemetry.info('An order was looked at.', {
    orderUuid,
    reason: look.reason,
    outcome: changes.length > 0 ? 'changed' : answer.kind === 'order' ? 'unchanged' : answer.kind,
    ...(answer.kind === 'trouble' && { cause: answer.cause }),
    ...(isIncomplete && { cause: 'incomplete' }),
    tookInMilliseconds,
    changes: changes.map(({ after, foundBy }) => ({
      itemUuid: after.itemUuid,
      status: after.status,
      foundBy,
      ...(after.overdueAt && { overdueAt: after.overdueAt }),
    })),
  });
};

/** Counts what happened to the items of an order. */
export const measureFindings = (findings: Findings, telemetry: Telemetry): void => {
  for (const value of findings.unusableConfirmationTimes) {
    telemetry.warn('This max_confirmation_time cannot be used; the default stands in for it.', {
      orderUuid: findings.order.orderUuid,
      maxConfirmationTime: value.slice(0, 64),
    });
  }
  for (const item of findings.items) {
    const { before, after } = item;
    if (isOpen(after.status) && after.round !== before?.round) telemetry.count(METRIC.itemOpened);
    if (after.overdueAt && after.overdueAt !== before?.overdueAt) telemetry.count(METRIC.itemOverdue);
    if (after.trackingEndedAt && !before?.trackingEndedAt) telemetry.count(METRIC.givenUp);
    if (isFinal(after.status) && after.status !== before?.status) measureFinal(item, telemetry);
  }
};

/** Counts how hints ended, and names those that somebody may ask about. */
export const measureHints = (
  orderUuid: string,
  verdicts: readonly HintVerdict[],
  telemetry: Telemetry,
): void => {
  for (const { hint, ends } of verdicts) {
    if (ends === undefined) continue;
    if (ends === 'given_up') telemetry.count(METRIC.givenUp);
    else telemetry.count(METRIC.hintContradicted, ends === 'contradicted' ? 1 : 0);
    telemetry.info('A hint ended.', {
      orderUuid,
      hint: hint.kind,
      ...(hint.kind === 'webhook' && { itemUuid: hint.itemUuid, status: hint.status }),
      outcome: ends,
    });
  }
};

/** The only type of product whose items have webhooks. */
const TYPE_WITH_WEBHOOKS = 'musement';

const measureFinal = (item: ExaminedItem, telemetry: Telemetry): void => {
  const { after, foundBy, toldAt } = item;
  if (after.status === STATUS.refunded) telemetry.count(METRIC.itemRefunded);
  else telemetry.count(METRIC.itemConfirmed, after.status === STATUS.ok ? 1 : 0);
  if (foundBy !== 'track' && (after.product.type ?? TYPE_WITH_WEBHOOKS) === TYPE_WITH_WEBHOOKS) {
    telemetry.count(METRIC.webhookMissing, foundBy === 'webhook' || toldAt ? 0 : 1);
  }
  if (!endsConfirmation(item)) return;
  const seconds = Math.max(secondsBetween(after.openedAt, after.since), 0);
  const windowInSeconds = secondsBetween(after.openedAt, after.confirmBy);
  telemetry.measure(METRIC.timeToConfirmation, seconds);
  if (windowInSeconds > 0) {
    telemetry.measure(METRIC.confirmationTimeUsed, (100 * seconds) / windowInSeconds);
  }
};

/** Not a refund, nor an item that had been final long before we first saw it. */
const endsConfirmation = ({ before, after, foundBy }: ExaminedItem): boolean =>
  after.status !== STATUS.refunded &&
  (before ? isOpen(before.status) && hasConfirmationDeadline(before.status) : foundBy === 'webhook');

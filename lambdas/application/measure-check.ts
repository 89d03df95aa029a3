import { METRIC } from '../contracts/metrics.ts';
import type { ItemChange } from '../domain/item-change.ts';
import type { Hint } from '../domain/model.ts';
import type { CheckChange } from '../domain/order-change.ts';
import type { ProviderAnswer } from '../domain/provider-answer.ts';
import { hasConfirmationDeadline, isFinal, isOpen, STATUS } from '../domain/status.ts';
import { secondsBetween } from '../domain/time.ts';
import type { RefreshDependencies, Telemetry } from './ports.ts';

/**
 * An order counts as one without an answer after this multiple of `retryBaseInSeconds`: after 5 minutes, by default, in
 * which it was asked for four times. A failure that the next check makes good is not counted.
 */
const RETRIES_UNTIL_COUNTED = 10;

type MeasureDependencies = Pick<RefreshDependencies, 'telemetry' | 'settings'>;

/**
 * Logs a check and emits its metrics: of the request, if one was sent, and of everything that was committed. Details are
 * only logged, because dozens of metrics would cost too much.
 */
export const measureCheck = (
  answer: ProviderAnswer,
  change: CheckChange,
  dependencies: MeasureDependencies,
): void => {
  const { telemetry } = dependencies;
  if (answer.kind === 'paused') reportPause(change, answer.cause, telemetry);
  else measureRequest(answer, change, dependencies);
  for (const item of change.items) measureItem(item, telemetry);
  for (const hint of change.hints) measureHint(change.order.orderUuid, hint, telemetry);
};

/** A postponed check has neither a latency nor a failure: no request was sent. */
const reportPause = ({ order, check }: CheckChange, cause: string, telemetry: Telemetry): void =>
  telemetry.info('Check postponed: the provider is not asked at the moment', {
    orderUuid: order.orderUuid,
    reason: check.reason,
    cause,
    nextCheckAt: order.nextCheckAt,
  });

const measureRequest = (
  answer: ProviderAnswer,
  change: CheckChange,
  dependencies: MeasureDependencies,
): void => {
  const { telemetry } = dependencies;
  const { orderUuid, nextCheckAt } = change.order;
  const { reason, tookInMilliseconds } = change.check;
  const isIncomplete = answer.kind === 'order' && change.unreadable > 0;
  const cause = answer.kind === 'failure' ? answer.cause : isIncomplete ? 'incomplete' : undefined;
  measureFailure(cause, change, dependencies);
  if (answer.kind !== 'failure') telemetry.measure(METRIC.providerLatency, tookInMilliseconds);
  warnAboutAnswer(answer, change, telemetry);
  const changed = change.items.filter(({ before, after }) => after.sequence !== before?.sequence);
  telemetry.info('Order checked', {
    orderUuid,
    reason,
    outcome: changed.length > 0 ? 'changed' : answer.kind === 'order' ? 'unchanged' : answer.kind,
    cause,
    tookInMilliseconds,
    nextCheckAt,
    changes: changed.map(({ after, foundBy }) => ({
      itemUuid: after.itemUuid,
      status: after.status,
      foundBy,
      overdueAt: after.overdueAt,
    })),
  });
};

/** @param cause why the check got no usable answer, if it got none */
const measureFailure = (
  cause: string | undefined,
  { order, sentAt }: CheckChange,
  { telemetry, settings }: MeasureDependencies,
): void => {
  const since = order.failure?.firstAt ?? order.incompleteSince ?? sentAt;
  if (cause === undefined) telemetry.count(METRIC.providerFailure, 0);
  else if (secondsBetween(since, sentAt) >= RETRIES_UNTIL_COUNTED * settings.retryBaseInSeconds) {
    telemetry.count(METRIC.providerFailure);
  }
};

const warnAboutAnswer = (answer: ProviderAnswer, change: CheckChange, telemetry: Telemetry): void => {
  const { orderUuid } = change.order;
  if (answer.kind === 'order' && answer.snapshot.vouchersLeftOut) {
    telemetry.warn('Voucher URLs left out: the item has more than a message can hold', {
      orderUuid,
      vouchersLeftOut: answer.snapshot.vouchersLeftOut,
    });
  }
  for (const { unusableConfirmationTime } of change.items) {
    if (unusableConfirmationTime === undefined) continue;
    telemetry.warn('Unusable max_confirmation_time; the default confirmation time applies', {
      orderUuid,
      maxConfirmationTime: unusableConfirmationTime.slice(0, 64),
    });
  }
};

const measureItem = (item: ItemChange, telemetry: Telemetry): void => {
  const { before, after } = item;
  if (isOpen(after.status) && after.openPeriod !== before?.openPeriod) telemetry.count(METRIC.itemOpened);
  if (after.overdueAt && after.overdueAt !== before?.overdueAt) telemetry.count(METRIC.itemOverdue);
  const isNewlyMissing = after.missingAt && !before?.missingAt && isOpen(after.status);
  const isNewlyEnded = after.trackingEndedAt && !before?.trackingEndedAt;
  if (isNewlyMissing || isNewlyEnded) telemetry.count(METRIC.givenUp);
  if (isFinal(after.status) && after.status !== before?.status) measureFinal(item, telemetry);
};

const measureHint = (orderUuid: string, hint: Hint, telemetry: Telemetry): void => {
  const { outcome } = hint;
  if (outcome === undefined) return;
  if (outcome === 'given_up') telemetry.count(METRIC.givenUp);
  else telemetry.count(METRIC.hintContradicted, outcome === 'contradicted' ? 1 : 0);
  telemetry.info('Webhook or track request resolved', {
    orderUuid,
    hint: hint.kind,
    ...(hint.kind === 'webhook' && { itemUuid: hint.itemUuid, status: hint.status }),
    outcome,
  });
};

/** The only type of product whose items have webhooks. */
const TYPE_WITH_WEBHOOKS = 'musement';

const measureFinal = (item: ItemChange, telemetry: Telemetry): void => {
  const { after, foundBy } = item;
  if (after.status === STATUS.refunded) telemetry.count(METRIC.itemRefunded);
  else telemetry.count(METRIC.itemConfirmed, after.status === STATUS.ok ? 1 : 0);
  if (foundBy !== 'track' && (after.product.type ?? TYPE_WITH_WEBHOOKS) === TYPE_WITH_WEBHOOKS) {
    telemetry.count(METRIC.webhookMissing, foundBy === 'webhook' ? 0 : 1);
  }
  if (!endsConfirmation(item)) return;
  const seconds = Math.max(secondsBetween(after.openedAt, after.since), 0);
  const windowInSeconds = secondsBetween(after.openedAt, after.confirmBy);
  telemetry.measure(METRIC.timeToConfirmation, seconds);
  if (windowInSeconds > 0) telemetry.measure(METRIC.confirmationTimeUsed, (100 * seconds) / windowInSeconds);
};

/** Whether the item was confirmed or rejected now: not a refund, nor an item that was final long before it was seen. */
const endsConfirmation = ({ before, after, foundBy }: ItemChange): boolean =>
  after.status !== STATUS.refunded &&
  (before ? isOpen(before.status) && hasConfirmationDeadline(before.status) : foundBy === 'webhook');

import type { Settings } from '../contracts/settings.ts';
import { type Instant, MILLISECONDS_PER_SECOND, plusSeconds, toInstant, toMilliseconds } from './time.ts';

/**
 * At most so many planned checks an item and round, whatever the deadline. With three state transitions each
 * they are far from the 25,000 history events that an execution may have.
 */
const CHECKS = 24;

/** How much of the gap to the next check an item may wait longer, so that many do not wake in one second. */
const OFFSET_SHARE = 0.05;

export interface PlannedCheck {
  /** When the check is to happen. */
  readonly at: Instant;
  /**
   * The time that it stands for. An answer of the provider asked for at or after this serves the check, so
   * that the items of one order share it.
   */
  readonly nominalAt: Instant;
}

/**
 * Nominal times of the checks between opening and deadline: the k-th of n at `T · (k/n)²`. Early ones are
 * close together, because most confirmations are; the gap grows with age; the last is the deadline itself.
 *
 * @returns epoch milliseconds, ascending; none is closer than `smallestGap` to the one before
 */
export const confirmationChecks = (
  openedAt: number,
  confirmBy: number,
  smallestGap: number,
): readonly number[] => {
  const checks: number[] = [];
  const window = confirmBy - openedAt;
  let previous = openedAt;
  for (let k = 1; k < CHECKS; k++) {
    const check = Math.round(openedAt + window * (k / CHECKS) ** 2);
    if (check - previous < smallestGap || confirmBy - check < smallestGap) continue;
    checks.push(check);
    previous = check;
  }
  checks.push(confirmBy);
  return checks;
};

/** A number in [0, 1) that is always the same for an item. */
const shareOf = (itemUuid: string): number =>
  (Number.parseInt(itemUuid.replaceAll('-', '').slice(-8), 16) || 0) / 2 ** 32;

/**
 * The first check after `after`, or `undefined` when the deadline is not after it.
 */
export const nextConfirmationCheck = (
  item: { readonly itemUuid: string; readonly openedAt: Instant; readonly confirmBy: Instant },
  after: Instant,
  settings: Pick<Settings, 'smallestGapInSeconds'>,
): PlannedCheck | undefined => {
  const checks = confirmationChecks(
    toMilliseconds(item.openedAt),
    toMilliseconds(item.confirmBy),
    settings.smallestGapInSeconds * MILLISECONDS_PER_SECOND,
  );
  const from = toMilliseconds(after);
  const index = checks.findIndex((check) => check > from);
  const nominal = checks[index];
  if (nominal === undefined) return undefined;
  const following = checks[index + 1] ?? nominal;
  const offset = Math.floor((following - nominal) * OFFSET_SHARE * shareOf(item.itemUuid));
  return { at: toInstant(nominal + offset), nominalAt: toInstant(nominal) };
};

/** The first look for a voucher after `after`, or `undefined` when no more is planned. */
export const nextVoucherCheck = (
  okSince: Instant,
  after: Instant,
  settings: Pick<Settings, 'voucherChecksInSeconds'>,
): PlannedCheck | undefined => {
  const next = settings.voucherChecksInSeconds
    .map((seconds) => plusSeconds(okSince, seconds))
    .find((check) => check > after);
  return next === undefined ? undefined : { at: next, nominalAt: next };
};

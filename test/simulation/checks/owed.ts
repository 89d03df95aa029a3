import type { Row } from '../../../lambdas/adapters/table.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import { DAY, MINUTE } from '../model/order-script.ts';
import { isFinal, isHint } from './values.ts';

/** Vouchers are checked for until a day after the `OK`; the last check may be that much before or after. */
const VOUCHER_MARGIN = MINUTE;

/**
 * What calls for another check of an order, follow-ups aside. It knows the promises, and nothing of how they are kept.
 *
 * @param certainty whether all that may call for a check is wanted, or only what must
 */
export const owedBy = (
  order: Row,
  rows: readonly Row[],
  isStopped: boolean,
  certainty: 'may' | 'must',
): string[] => {
  const margin = certainty === 'may' ? VOUCHER_MARGIN : -VOUCHER_MARGIN;
  // An untracked order is not checked for vouchers.
  const checkedAt = isStopped
    ? Number.POSITIVE_INFINITY
    : Date.parse((order['checkedAt'] as string | undefined) ?? '') - margin;
  return [
    ...(order['failure'] ? ['a failed check'] : []),
    ...(order['incompleteSince'] ? ['an incomplete answer'] : []),
    ...rows.flatMap((row) => {
      if (isHint(row.sk)) return isUnresolved(row) ? [`unresolved ${row.sk}`] : [];
      return row.sk.startsWith(RECORD.item) ? owedByItem(row, checkedAt) : [];
    }),
  ];
};

const owedByItem = (item: Row, checkedAt: number): string[] => [
  ...(isTracked(item) ? [`open ${item.sk}`] : []),
  ...(item['unconfirmed'] ? [`unconfirmed ${item.sk}`] : []),
  ...(awaitsVoucher(item) && checkedAt < Date.parse(item['since'] as string) + DAY
    ? [`no voucher of ${item.sk}`]
    : []),
];

/** A hint that a check has read, and that no answer has resolved. */
const isUnresolved = (hint: Row): boolean => hint['due'] === undefined && hint['outcome'] === undefined;

const isTracked = (item: Row): boolean => !isFinal(item) && item['trackingEndedAt'] === undefined;

const awaitsVoucher = (item: Row): boolean =>
  item['status'] === 'OK' && (item['vouchers'] as unknown[]).length === 0;

/** Whether the schedule of open items before their deadline is all that calls for a check of an order. */
export const isConfirmationDue = (
  order: Row | undefined,
  items: readonly Row[],
  hints: readonly Row[],
): boolean =>
  order !== undefined &&
  !order['failure'] &&
  !order['incompleteSince'] &&
  items.some(isTracked) &&
  items.every((item) => !item['unconfirmed'] && !awaitsVoucher(item) && !item['overdueAt']) &&
  hints.every(({ outcome }) => outcome !== undefined);

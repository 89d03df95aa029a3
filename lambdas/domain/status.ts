/**
 * Statuses of an order item.
 * @see https://partner-api.musement.com/api/booking-flow/order/status
 */
export const STATUS = {
  ok: 'OK',
  ko: 'KO',
  refunded: 'REFUNDED',
  pending: 'PENDING',
  refundStarted: 'REFUND_STARTED',
  cancellationError: 'CANCELLATION_ERROR',
} as const;

const FINAL: ReadonlySet<string> = new Set([STATUS.ok, STATUS.ko, STATUS.refunded]);

/** Whether the item stays in this status unless somebody cancels it. */
export const isFinal = (status: string): boolean => FINAL.has(status);

/** Whether the item will leave this status. An unknown status counts as open. */
export const isOpen = (status: string): boolean => !FINAL.has(status);

/**
 * Whether the product's `max_confirmation_time` sets the deadline of an item in this status. It does not for the two
 * statuses of a cancellation. An unknown status counts as `PENDING`.
 */
export const hasConfirmationDeadline = (status: string): boolean =>
  status !== STATUS.refundStarted && status !== STATUS.cancellationError;

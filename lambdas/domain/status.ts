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

/** Whether the item will leave this status. A status that we do not know is taken for open. */
export const isOpen = (status: string): boolean => !FINAL.has(status);

/**
 * Whether the status waits for the activity provider's confirmation, as `PENDING` does. A status that we
 * do not know gets the same deadline.
 */
export const awaitsConfirmation = (status: string): boolean =>
  isOpen(status) && status !== STATUS.refundStarted && status !== STATUS.cancellationError;

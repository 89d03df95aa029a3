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
 * Whether the product's `max_confirmation_time` sets the status's deadline: that of everything but the two
 * statuses of a cancellation. A status that we do not know is taken for `PENDING` here.
 */
export const hasConfirmationDeadline = (status: string): boolean =>
  status !== STATUS.refundStarted && status !== STATUS.cancellationError;

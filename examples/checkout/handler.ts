import { createOrdersFetch, type TrackRequest, trackOrder } from './track-order.ts';

/** An order of Musement that a customer has paid. */
export interface PaidOrder extends Required<TrackRequest> {
  /** UUID of the order at Musement. */
  readonly orderUuid: string;
}

const { ORDERS_URL, AWS_REGION = '' } = process.env;
const ordersFetch = createOrdersFetch(AWS_REGION);

/** Called after a successful payment. */
export const handler = ({ orderUuid, ...request }: PaidOrder): Promise<void> =>
  trackOrder(ordersFetch, `${ORDERS_URL}/${orderUuid}`, request);

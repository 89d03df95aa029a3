import { momentAt, orderStatus, type SimulatedItem, type SimulatedOrder } from './simulated-order.ts';

/** Personal data in every order. Tests search tables, logs and messages for these strings to find leaks. */
export const PERSONAL_DATA_MARKERS = [
  'leak-marker@example.com',
  'Leakfirstname',
  'Leaklastname',
  '+390000001337',
  'Leakstreet 13',
  'LeakHotelPickup',
  'Leakparticipant',
  'Leakfreetext',
] as const;

const [EMAIL, FIRST_NAME, LAST_NAME, PHONE, ADDRESS, EXTRA, PARTICIPANT, FREE_TEXT] = PERSONAL_DATA_MARKERS;

/** Formats a time as the provider does: without a colon in the offset. */
export const providerTime = (time: number): string =>
  new Date(time).toISOString().replace(/\.\d{3}Z$/, '+0000');

const price = (value: number) => ({
  currency: 'EUR',
  value,
  formatted_value: `€ ${value.toFixed(2)}`,
  formatted_iso_value: `€${value.toFixed(2)}`,
});

const itemView = (item: SimulatedItem, time: number) => {
  const { status, vouchers, cancellationReason } = momentAt(item, time);
  const cancelled = cancellationReason !== null;
  return {
    uuid: item.uuid,
    cart_item_uuid: item.uuid,
    code: `C${item.uuid.slice(0, 8)}`,
    transaction_code: status === 'OK' ? `T${item.uuid.slice(0, 8)}` : null,
    product: {
      ...item.product,
      id: '4711',
      activity_uuid: '6a9b1a5e-6d9c-4d0e-9a55-7c1c3a0f3f11',
      url: 'https://www.musement.com/uk/rome/skip-the-line-4711/',
      cover_image_url: 'https://images.musement.com/cover/0001/01/4711.jpeg',
      retail_price: price(26.5),
      language: { code: 'en', name: 'English' },
    },
    quantity: item.quantity,
    retail_price_in_order_currency: price(26.5),
    total_retail_price_in_order_currency: price(26.5 * item.quantity),
    status,
    vouchers: vouchers.map((url) => ({ url })),
    is_gift_redeem: false,
    error_status: status === 'KO',
    cancellation_reason: cancellationReason,
    cancellation_additional_info: cancelled ? `${FREE_TEXT} cancelled by telephone` : null,
    extra_customer_data: [{ name: 'pickup', value: EXTRA }],
    participants_info: [{ firstname: PARTICIPANT, lastname: LAST_NAME }],
    ...item.override.fields,
  };
};

/** The answer of `GET /orders/{orderUuid}` for the order as it was at a time. */
export const orderView = (order: SimulatedOrder, time: number) => ({
  uuid: order.uuid,
  identifier: order.identifier,
  date: providerTime(order.createdAt),
  status: orderStatus(order.items.map((item) => momentAt(item, time).status)),
  trustpilot_url: null,
  customer: {
    id: order.id,
    email: `traveller.${EMAIL}`,
    firstname: FIRST_NAME,
    lastname: LAST_NAME,
    phone_number: PHONE,
    address: ADDRESS,
    country: { code: 'IT', name: 'Italy' },
    events_related_newsletter: 'NO',
  },
  items: order.items.filter((item) => !item.override.hidden).map((item) => itemView(item, time)),
  total_price: price(order.items.reduce((sum, item) => sum + 26.5 * item.quantity, 0)),
  discount_amount: price(0),
  extraData: JSON.stringify({ travellerNote: EXTRA }),
  promo_codes: [],
  ...order.override.fields,
});

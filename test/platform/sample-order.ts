import type { Webhook } from '../../lambdas/contracts/webhook.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { type Instant, plusSeconds } from '../../lambdas/domain/time.ts';

export const ORDER = '8e9e5c6e-ea7d-4934-8753-f00954f30d00';
export const ITEM = '11045e18-e3ca-42e1-acb4-0d5be75036fd';
export const OTHER_ITEM = '22045e18-e3ca-42e1-acb4-0d5be75036fd';

/** When the tests begin. */
export const START: Instant = '2026-03-01T10:00:00.000Z';

/** A moment by its seconds since {@link START}. */
export const at = (seconds: number): Instant => plusSeconds(START, seconds);

/** UUIDs of a number of items. */
export const itemUuids = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${`${index}`.padStart(8, '0')}${ITEM.slice(8)}`);

/** An item as an answer of the provider shows it. */
export const seen = (status: string, more: Partial<SeenItem> = {}): SeenItem => ({
  itemUuid: ITEM,
  status,
  vouchers: status === 'OK' ? ['https://vouchers.example.com/1.pdf'] : [],
  product: { type: 'musement', title: 'Museum', maxConfirmationTime: 'P2D' },
  ...more,
});

/** A webhook as Musement posts it. */
export const webhookBody = (status: string, version: string, itemUuid = ITEM): Webhook => ({
  order_id: '1',
  order_uuid: ORDER,
  order_created: '2026-03-01T10:00:00+0000',
  order_updated: '2026-03-01T10:00:00+0000',
  order_version: '1',
  order_item_uuid: itemUuid,
  order_item_created: '2026-03-01T10:00:00+0000',
  order_item_updated: '2026-03-01T10:00:00+0000',
  order_item_version: version,
  order_item_status: status,
});

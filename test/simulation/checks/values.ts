import type { TrackerEvent } from '../../../events/index.ts';
import { toEvent } from '../../../lambdas/adapters/records.ts';
import type { Row } from '../../../lambdas/adapters/table.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import type { InMemoryTable } from '../../in-memory/in-memory-table.ts';
import { SECOND } from '../model/order-script.ts';

const FINAL_STATUSES: ReadonlySet<unknown> = new Set(['OK', 'KO', 'REFUNDED']);

/** How far a host's clock, or the clock that woke it, may be ahead of the world's. */
export const MAX_SKEW = 12 * SECOND;

export const isFinalStatus = (status: unknown): boolean => FINAL_STATUSES.has(status);

/** Whether a stored item has a final status. */
export const isFinal = (item: Row): boolean => isFinalStatus(item['status']);

/** Whether a sort key is one of a webhook or a track request. */
export const isHint = (sk: string): boolean => sk.startsWith(RECORD.webhook) || sk.startsWith(RECORD.track);

/** The items of an order. */
export const itemsOf = (table: InMemoryTable, pk: string): readonly Row[] =>
  table.between(pk, RECORD.item, `${RECORD.item}\uffff`);

/** The webhooks and track requests of an order. */
export const hintsOf = (table: InMemoryTable, pk: string): readonly Row[] =>
  table.between(pk, RECORD.track, `${RECORD.webhook}\uffff`).filter(({ sk }) => isHint(sk));

/** Statuses of a cancellation, which have a window of their own. */
export const isCancellation = (status: unknown): boolean =>
  status === 'REFUND_STARTED' || status === 'CANCELLATION_ERROR';

/** The message of a stored event. */
export const messageOf = (event: Row): TrackerEvent => JSON.parse(toEvent(event).body) as TrackerEvent;

/** Whether a type is one that is not published by default. */
export const isTemporary = (type: string): boolean =>
  /\.(pending|refund_started|cancellation_error)$/.test(type);

export const iso = (time: number): string => new Date(time).toISOString();

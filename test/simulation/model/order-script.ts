import type { Random } from '../engine/random.ts';

/** An item enters a status. */
export interface Step {
  readonly at: number;
  readonly status: string;
  /** The item's version, which counts its updates; only webhooks show it. */
  readonly version: number;
}

/** What happens to one item at the provider, from its creation to its end. */
export interface ItemScript {
  readonly itemUuid: string;
  /** Only items of standard activities trigger webhooks. */
  readonly sendsWebhooks: boolean;
  readonly product: Readonly<Record<string, string>> | undefined;
  /** The product's `max_confirmation_time` in milliseconds. */
  readonly window: number;
  readonly steps: readonly Step[];
  /** The voucher URLs, and from when on they are there. */
  readonly vouchers: readonly { readonly at: number; readonly urls: readonly string[] }[];
  readonly cancellationReason?: string;
  /** On every other GET, by its number, a replica that is stuck shows the item in its first step for ever. */
  readonly isStuckOn?: 'odd' | 'even';
}

/** What happens to one order. */
export interface OrderScript {
  readonly orderUuid: string;
  readonly identifier: string;
  readonly createdAt: number;
  readonly items: readonly ItemScript[];
  /** When the partner requests that it is tracked. Without a request, webhooks alone make it known. */
  readonly tracks: readonly { readonly at: number; readonly paidAt?: number }[];
  /** When the partner requests that tracking stops. */
  readonly untracks?: readonly number[];
}

/** When every world begins. */
export const START = Date.parse('2026-03-20T08:00:00.000Z');

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Spellings of `max_confirmation_time`, how likely each is, and the window that it means. */
const CONFIRMATION_TIMES: readonly (readonly [weight: number, text: string | undefined, window: number])[] = [
  [4, 'P0D', 150 * SECOND],
  [2, 'P0DT0H0M', 150 * SECOND],
  [2, 'PT0S', 150 * SECOND],
  [4, 'PT30M', 30 * MINUTE],
  [4, 'P0DT2H0M', 2 * HOUR],
  [4, 'PT12H', 12 * HOUR],
  [4, 'P1DT2H30M', 26.5 * HOUR],
  [16, 'P2D', 2 * DAY],
  [2, 'P4D', 4 * DAY],
  [1, 'P0.5D', 2 * DAY],
  [1, undefined, 2 * DAY],
  [1, '', 2 * DAY],
];

/** What happens to an item, and how likely it is. */
const COURSES = {
  confirmed: 60,
  'confirmed late': 8,
  'confirmed just late': 2,
  rejected: 8,
  'refunded before it was confirmed': 4,
  'refund takes its time': 4,
  'never confirmed': 3,
  'unknown status first': 3,
  'cancelled and refunded': 5,
  'refunded at once': 2,
  'cancellation error, then OK': 2,
  'cancellation error, then refunded': 2,
  'opened again': 2,
  'refund started, then OK within minutes': 1,
  'confirmed around the deadline': 3,
} as const;

/**
 * Writes the script of one order.
 *
 * @param longest how long after its creation anything still changes, in milliseconds
 * @param itemCount how many items it has, which then all have the same script; at random if left out
 */
export const writeOrder = (
  random: Random,
  createdAt: number,
  longest: number,
  itemCount?: number,
): OrderScript => {
  const many = random.chance(0.01);
  const count = itemCount ?? (many ? random.integer(40, 60) : random.pick([1, 1, 1, 2, 2, 3]));
  const together = random.chance(0.5) || itemCount !== undefined;
  const items = Array.from({ length: count }, (_, index) =>
    writeItem(
      together || many ? random.fork(`items`) : random.fork(`item ${index}`),
      random.uuid(),
      createdAt,
      longest,
    ),
  );
  return {
    orderUuid: random.uuid(),
    identifier: `MUS${random.integer(1000000, 9999999)}`,
    createdAt,
    items,
    ...writeRequests(random, createdAt),
  };
};

/** What the partner requests. Some orders are stopped, soon or late, and some of these are tracked again. */
const writeRequests = (
  random: Random,
  createdAt: number,
): Required<Pick<OrderScript, 'tracks' | 'untracks'>> => {
  const tracks = writeTracks(random, createdAt);
  const ending = random.fork('end of tracking');
  if (!ending.chance(0.1)) return { tracks, untracks: [] };
  const first = tracks[0]?.at ?? createdAt;
  const at = Math.round(
    first + (ending.chance(0.4) ? ending.integer(0, 120) * SECOND : ending.logNormal(6 * HOUR, 5 * DAY)),
  );
  const again = at + Math.round(ending.logNormal(10 * MINUTE, DAY));
  return {
    tracks: ending.chance(0.5) ? [...tracks, { at: again }] : tracks,
    untracks: ending.chance(0.2) ? [at, at + SECOND] : [at],
  };
};

const writeTracks = (random: Random, createdAt: number): OrderScript['tracks'] => {
  const paidAt = createdAt + random.integer(5, 600) * SECOND;
  const paid = random.chance(0.5) ? { paidAt } : {};
  switch (random.weighted({ paid: 70, early: 5, twice: 10, late: 5, never: 10 })) {
    case 'paid':
      return [{ at: paidAt + random.integer(0, 20) * SECOND, ...paid }];
    case 'early':
      return [{ at: createdAt - random.integer(1, 3 * 3600) * SECOND }];
    case 'twice':
      return [{ at: createdAt + SECOND }, { at: paidAt + SECOND, ...paid }];
    case 'late':
      return [{ at: createdAt + random.integer(1, 96) * HOUR, ...paid }];
    case 'never':
      return [];
  }
};

const writeItem = (random: Random, itemUuid: string, createdAt: number, longest: number): ItemScript => {
  const [maxConfirmationTime, window] = pickConfirmationTime(random);
  const sendsWebhooks = random.chance(0.9);
  const course = random.weighted(COURSES);
  const confirmation = Math.min(
    window <= 150 * SECOND ? random.between(5, 140) * SECOND : random.logNormal(window / 24, window / 2),
    window * 0.999,
  );
  const moves: (readonly [after: number, status: string])[] = [[0, 'PENDING']];
  const move = (after: number, status: string) => moves.push([after, status]);
  const later = () => random.logNormal(6 * HOUR, 3 * DAY);
  switch (course) {
    case 'confirmed':
      move(confirmation, 'OK');
      break;
    case 'confirmed late':
      move(window + random.logNormal(HOUR, 2 * DAY), 'OK');
      break;
    case 'confirmed just late':
      move(window + random.integer(0, 3) * SECOND, 'OK');
      break;
    case 'rejected':
      move(confirmation, 'KO');
      break;
    case 'refunded before it was confirmed':
      move(confirmation, 'REFUNDED');
      break;
    case 'refund takes its time':
      move(confirmation, 'REFUND_STARTED');
      move(random.chance(0.3) ? random.between(7.1, 9) * DAY : later(), 'REFUNDED');
      break;
    case 'never confirmed':
      break;
    case 'unknown status first':
      move(confirmation / 2, 'WAITING_SUPPLIER');
      move(confirmation, random.pick(['OK', 'KO']));
      break;
    case 'cancelled and refunded':
      move(confirmation, 'OK');
      move(later(), 'REFUND_STARTED');
      move(later(), 'REFUNDED');
      break;
    case 'refunded at once':
      move(confirmation, 'OK');
      move(later(), 'REFUNDED');
      break;
    case 'cancellation error, then OK':
      move(confirmation, 'OK');
      move(later(), 'CANCELLATION_ERROR');
      move(later(), 'OK');
      break;
    case 'cancellation error, then refunded':
      move(confirmation, 'OK');
      move(later(), 'CANCELLATION_ERROR');
      move(later(), 'REFUND_STARTED');
      move(later(), 'REFUNDED');
      break;
    case 'opened again':
      move(confirmation, 'OK');
      move(later(), 'PENDING');
      move(later(), random.pick(['OK', 'KO']));
      break;
    case 'confirmed around the deadline':
      move(confirmation, 'OK');
      if (random.chance(0.5)) {
        move(later(), 'PENDING');
        move(window + random.integer(-60, 30) * SECOND, 'OK');
      } else {
        move(later(), 'CANCELLATION_ERROR');
        move(7 * DAY + random.integer(-60, 30) * SECOND, 'OK');
      }
      break;
    case 'refund started, then OK within minutes':
      move(confirmation, 'OK');
      move(random.between(1, 90) * SECOND, 'REFUND_STARTED');
      move(random.between(1, 90) * SECOND, 'OK');
      break;
  }
  const firstVersion = random.pick([1, 7, 8, 9, 97, 98]);
  let at = createdAt;
  const steps = moves.map(([after, status], index): Step => {
    at = Math.min(Math.round(at + after), createdAt + longest + index);
    return { at, status, version: firstVersion + index };
  });
  return {
    itemUuid,
    sendsWebhooks,
    window,
    product: writeProduct(random, createdAt, maxConfirmationTime),
    steps,
    vouchers: writeVouchers(random, itemUuid, steps),
    ...(random.chance(0.5) && { cancellationReason: 'REJECTED-ORDER' }),
  };
};

const pickConfirmationTime = (random: Random): readonly [string | undefined, number] => {
  const weights = Object.fromEntries(CONFIRMATION_TIMES.map(([weight], index) => [`${index}`, weight]));
  const [, text, window] = CONFIRMATION_TIMES[
    Number(random.weighted(weights))
  ] as (typeof CONFIRMATION_TIMES)[number];
  return [text, window];
};

const writeProduct = (
  random: Random,
  createdAt: number,
  maxConfirmationTime: string | undefined,
): ItemScript['product'] => {
  const date = new Date(createdAt + random.integer(2, 20) * DAY).toISOString();
  return {
    type: random.pick(['activity', 'museum']),
    title: 'Guided tour',
    ...(random.chance(0.9) && { date: random.chance(0.5) ? date.slice(0, 10) : date }),
    ...(maxConfirmationTime !== undefined && { max_confirmation_time: maxConfirmationTime }),
  };
};

/** Vouchers are usually there with the confirmation, sometimes later, and sometimes replaced. */
const writeVouchers = (random: Random, itemUuid: string, steps: readonly Step[]): ItemScript['vouchers'] => {
  const confirmed = steps.find(({ status }) => status === 'OK');
  if (!confirmed || random.chance(0.05)) return [];
  const at = confirmed.at + (random.chance(0.7) ? 0 : Math.round(random.logNormal(2 * MINUTE, 8 * HOUR)));
  const url = (edition: number) => `https://vouchers.example/${itemUuid}/${edition}.pdf`;
  return [
    { at, urls: [url(1)] },
    ...(random.chance(0.1)
      ? [{ at: at + Math.round(random.logNormal(HOUR, 2 * DAY)), urls: [url(2), url(3)] }]
      : []),
  ];
};

/** The step that an item is in, or `undefined` before its first one. */
export const stepAt = ({ steps }: ItemScript, time: number): Step | undefined =>
  steps.findLast(({ at }) => at <= time);

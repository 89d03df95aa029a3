import type { Settings } from '../contracts/settings.ts';
import type {
  Hint,
  HintOutcome,
  ItemState,
  OrderState,
  StoredOrder,
  TrackHint,
  WebhookHint,
} from './model.ts';
import { type Instant, plusSeconds } from './time.ts';

/** What an answer of the provider says about hints. */
export interface HintEvidence {
  /** The items as they will be stored, each with {@link withSatisfiedVersion}. */
  readonly items: readonly ItemState[];
  /** Whether the provider knew the order. */
  readonly isOrderKnown: boolean;
  /** UUIDs of the items that the answer showed. */
  readonly shown: ReadonlySet<string>;
  readonly sentAt: Instant;
  /** Since when the checks before this one failed, if they did. */
  readonly failedSince: Instant | undefined;
}

/** Whether a hint has no outcome yet. */
export const isUnresolved = ({ outcome }: Hint): boolean => outcome === undefined;

/** The order with what its track requests say. */
export const withTrackRequests = ({ order, hints }: StoredOrder): OrderState => {
  const tracks = hints.filter((hint): hint is TrackHint => hint.kind === 'track');
  return {
    ...order,
    paidAt: tracks.findLast(({ paidAt }) => paidAt)?.paidAt ?? order.paidAt,
    reference: tracks.findLast(({ reference }) => reference)?.reference ?? order.reference,
  };
};

/** The item, with the version of the newest webhook that says its status, unless it remembers a newer one. */
export const withSatisfiedVersion = (item: ItemState, hints: readonly Hint[]): ItemState => {
  const { itemUuid, status, satisfiedVersion = '' } = item;
  const newest = hints
    .flatMap((hint) =>
      hint.kind === 'webhook' && hint.itemUuid === itemUuid && hint.status === status ? hint.version : [],
    )
    .toSorted()
    .at(-1);
  return newest !== undefined && newest > satisfiedVersion ? { ...item, satisfiedVersion: newest } : item;
};

/**
 * The hints after a check that got an answer. Each gets its outcome, or the time from which its next
 * checks are counted. A hint is satisfied by what is stored, never by an answer that is still unconfirmed.
 *
 * @param hints the unresolved hints as read before the GET
 */
export const resolveHints = (
  hints: readonly Hint[],
  evidence: HintEvidence,
  settings: Settings,
): readonly Hint[] =>
  hints.map((hint) => {
    const { sentAt } = evidence;
    const firstAnswerAt = restarts(hint, evidence, settings) ? sentAt : (hint.firstAnswerAt ?? sentAt);
    const outcome = outcomeOf({ ...hint, firstAnswerAt }, evidence, settings);
    return outcome ? resolved(hint, outcome) : { ...hint, isFresh: false, firstAnswerAt };
  });

/**
 * Whether the checks of a webhook start again. The first answer after an outage may be stale: if the list of checks ended
 * during the outage, that answer alone must not contradict the webhook. A check that fails after the end of the list does
 * not count: answers and failures in turn would otherwise begin the list again for ever.
 */
const restarts = (hint: Hint, { shown, sentAt, failedSince }: HintEvidence, settings: Settings): boolean =>
  failedSince !== undefined &&
  hint.kind === 'webhook' &&
  shown.has(hint.itemUuid) &&
  hint.firstAnswerAt !== undefined &&
  !areChecksOver(hint.firstAnswerAt, failedSince, settings) &&
  areChecksOver(hint.firstAnswerAt, sentAt, settings);

/** Whether the last of the listed checks of an unresolved hint has passed. */
const areChecksOver = (firstAnswerAt: Instant, sentAt: Instant, { hintChecksInSeconds }: Settings): boolean =>
  sentAt >= plusSeconds(firstAnswerAt, hintChecksInSeconds.at(-1) ?? 0);

/** The hints after a check that failed. None is fresh any more: the order's next check serves them. */
export const withoutFreshness = (hints: readonly Hint[]): readonly Hint[] =>
  hints.map((hint) => (hint.isFresh ? { ...hint, isFresh: false } : hint));

/** The hints of an order that is given up. Fresh ones stay fresh: they start the order again. */
export const giveUpHints = (hints: readonly Hint[]): readonly Hint[] =>
  hints.map((hint) => (hint.isFresh ? hint : resolved(hint, 'given_up')));

/** The hints of an order that the partner stops tracking. Fresh ones are resolved too: no check reads them any more. */
export const withdrawHints = (hints: readonly Hint[]): readonly Hint[] =>
  hints.map((hint) => resolved(hint, 'withdrawn'));

const resolved = (hint: Hint, outcome: HintOutcome): Hint => ({ ...hint, isFresh: false, outcome });

const itemOf = (items: readonly ItemState[], hint: WebhookHint): ItemState | undefined =>
  items.find(({ itemUuid }) => itemUuid === hint.itemUuid);

const outcomeOf = (
  hint: Hint & { readonly firstAnswerAt: Instant },
  { items, isOrderKnown, shown, sentAt }: HintEvidence,
  settings: Settings,
): HintOutcome | undefined => {
  const giveUpAt = plusSeconds(hint.firstAnswerAt, settings.hintGiveUpInSeconds);
  const givenUp = sentAt >= giveUpAt ? 'given_up' : undefined;
  if (hint.kind === 'track') return isOrderKnown ? 'satisfied' : givenUp;
  const item = itemOf(items, hint);
  if (item?.status === hint.status) return 'satisfied';
  if ((item?.satisfiedVersion ?? '') > hint.version) return 'superseded';
  if (!shown.has(hint.itemUuid)) return givenUp;
  const isOver = areChecksOver(hint.firstAnswerAt, sentAt, settings);
  return isOver && !item?.unconfirmed ? 'contradicted' : undefined;
};

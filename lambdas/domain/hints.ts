import type { Settings } from '../contracts/settings.ts';
import type { Hint, HintEnd, ItemState, WebhookHint } from './model.ts';
import { isOpen } from './status.ts';
import { DAY_IN_SECONDS, type Instant, plusSeconds, secondsBetween } from './time.ts';

/** What a look means for one hint that was due before its GET. */
export type HintVerdict =
  | { readonly hint: Hint; readonly ends: HintEnd }
  /** It stays due and is tried again. */
  | {
      readonly hint: Hint;
      readonly ends?: undefined;
      readonly tries: number;
      readonly troubles: number;
      readonly firstUnknownAt?: Instant;
      readonly nextTryAt: Instant;
      readonly dueAt: Instant;
      /** Whether a delayed message brings the next try; otherwise the reconciler does. */
      readonly byMessage: boolean;
    };

export interface HintEvidence {
  /** All stored hints of the order as read before the GET, ended ones included. */
  readonly hints: readonly Hint[];
  readonly itemsBefore: readonly ItemState[];
  /** The items as stored after the commit. */
  readonly itemsAfter: readonly ItemState[];
  /** Whether the provider knew the order. */
  readonly orderKnown: boolean;
  /** Whether the answer showed the item. */
  readonly answered: (itemUuid: string) => boolean;
  readonly sentAt: Instant;
}

/**
 * Decides which hints the committed state satisfies. "Shows" means the stored status, never the answer: a
 * doubted answer satisfies nothing. A try counts only when its time had come, so that the looks of others do
 * not use up a hint's back-off.
 */
export const judgeHints = (evidence: HintEvidence, settings: Settings): HintVerdict[] => {
  const satisfied = newestSatisfied(evidence);
  return dueHints(evidence.hints).flatMap((hint) => {
    const ends = hint.kind === 'track' ? endOfTrack(evidence) : endOfWebhook(hint, evidence, satisfied);
    if (ends) return [{ hint, ends }];
    if (!timeHasCome(hint, evidence.sentAt)) return [];
    return [tryAgain(hint, evidence, settings)];
  });
};

/** A look without an answer is no try; it only puts off the next one. */
export const postponeHints = (
  hints: readonly Hint[],
  sentAt: Instant,
  askAgainAt: Instant,
  settings: Settings,
): HintVerdict[] =>
  dueHints(hints)
    .filter((hint) => timeHasCome(hint, sentAt))
    .map((hint) => ({
      ...again(hint, askAgainAt, byMessage(sentAt, askAgainAt, settings), settings),
      tries: hint.tries,
      troubles: hint.troubles + 1,
    }));

/** The hints that a look has to answer. */
export const dueHints = (hints: readonly Hint[]): Hint[] => hints.filter((hint) => hint.dueAt);

/** Whether a hint's next try is due now. The first always is, however the clocks of two hosts differ. */
export const timeHasCome = (hint: Hint, now: Instant): boolean =>
  (hint.tries === 0 && hint.troubles === 0) || hint.nextTryAt <= now;

const shows = (items: readonly ItemState[], hint: WebhookHint): boolean =>
  itemOf(items, hint.itemUuid)?.status === hint.status;

const itemOf = (items: readonly ItemState[], itemUuid: string): ItemState | undefined =>
  items.find((item) => item.itemUuid === itemUuid);

/** The highest version of each item whose webhook has shown to be true. */
const newestSatisfied = ({ hints, itemsAfter }: HintEvidence): ReadonlyMap<string, string> => {
  const newest = new Map<string, string>();
  for (const hint of hints) {
    if (hint.kind !== 'webhook') continue;
    const holds = hint.dueAt ? shows(itemsAfter, hint) : hint.outcome === 'satisfied';
    if (holds && hint.version > (newest.get(hint.itemUuid) ?? '')) newest.set(hint.itemUuid, hint.version);
  }
  return newest;
};

const endOfTrack = ({ orderKnown }: HintEvidence): HintEnd | undefined =>
  orderKnown ? 'satisfied' : undefined;

/**
 * A webhook of an open status is satisfied also when the item has moved on to another open status; one of a
 * final status never, because a stale answer can be new to us.
 */
const endOfWebhook = (
  hint: WebhookHint,
  { itemsBefore, itemsAfter }: HintEvidence,
  satisfied: ReadonlyMap<string, string>,
): HintEnd | undefined => {
  if (shows(itemsAfter, hint)) return 'satisfied';
  if ((satisfied.get(hint.itemUuid) ?? '') > hint.version) return 'superseded';
  const before = itemOf(itemsBefore, hint.itemUuid);
  const after = itemOf(itemsAfter, hint.itemUuid);
  const movedOn = after && isOpen(after.status) && after.status !== before?.status;
  return isOpen(hint.status) && movedOn ? 'superseded' : undefined;
};

const tryAgain = (hint: Hint, evidence: HintEvidence, settings: Settings): HintVerdict => {
  const { sentAt } = evidence;
  const tries = hint.tries + 1;
  const quick = settings.hintQuickRetriesInSeconds;
  const slow = settings.hintSlowRetriesInSeconds;
  const gap = quick[hint.tries] ?? slow[hint.tries - quick.length];
  const readable = evidence.orderKnown && (hint.kind === 'track' || evidence.answered(hint.itemUuid));
  const inDoubt = hint.kind === 'webhook' && itemOf(evidence.itemsAfter, hint.itemUuid)?.doubt;
  const firstUnknownAt = readable ? hint.firstUnknownAt : (hint.firstUnknownAt ?? sentAt);
  const later = (seconds: number, message: boolean): HintVerdict => ({
    ...again(hint, plusSeconds(sentAt, seconds), message, settings),
    tries,
    troubles: 0,
    ...(firstUnknownAt && { firstUnknownAt }),
  });
  if (gap !== undefined) return later(gap, hint.tries < quick.length);
  if (inDoubt) return later(settings.witnessGapInSeconds, false);
  if (readable) return { hint, ends: 'contradicted' };
  if (firstUnknownAt && secondsBetween(firstUnknownAt, sentAt) >= settings.hintGiveUpInSeconds) {
    return { hint, ends: 'given_up' };
  }
  return later(DAY_IN_SECONDS, false);
};

const again = (hint: Hint, nextTryAt: Instant, message: boolean, settings: Settings) => ({
  hint,
  nextTryAt,
  dueAt: message ? plusSeconds(nextTryAt, settings.rescueMarginInSeconds) : nextTryAt,
  byMessage: message,
});

/** Short waits are worth a message; longer ones are left to the reconciler. */
const byMessage = (sentAt: Instant, nextTryAt: Instant, settings: Settings): boolean =>
  secondsBetween(sentAt, nextTryAt) <= Math.max(0, ...settings.hintQuickRetriesInSeconds);

import { examine, type Findings } from './examine.ts';
import { giveUpOrder } from './give-up.ts';
import { dueHints, type HintVerdict, judgeHints, postponeHints, timeHasCome } from './hints.ts';
import { measureFindings, measureHints, measureLook } from './measuring.ts';
import type { Look, StoredOrder } from './model.ts';
import type { LookDependencies, ProviderAnswer, RefreshRequest } from './ports.ts';
import { type Instant, latest, plusSeconds, secondsBetween, toMilliseconds } from './time.ts';
import { isNews, isPastHope, mayAskAt, moreTrouble } from './trouble.ts';

/** How often a look starts again because another one wrote first. */
const RACES = 8;

/** How often a look that waits for another's answer reads the order. */
const POLL_IN_MILLISECONDS = 200;

/** How a look ended. */
export type LookResult =
  /** Nothing was asked: the reason to look was already served. */
  | { readonly kind: 'served'; readonly stored: StoredOrder }
  | { readonly kind: 'examined'; readonly findings: Findings; readonly sentAt: Instant }
  /** The provider does not know the order, and neither do we. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'trouble'; readonly askAgainAt: Instant; readonly stored: StoredOrder };

/**
 * Looks at an order: reads what is stored, asks the provider, writes what changed and concludes the hints
 * that were due before the GET.
 *
 * @param firstRead the order, when the caller has just read it
 * @throws {Error} when other looks wrote first again and again; the platform tries anew
 */
export const lookAtOrder = async (
  orderUuid: string,
  look: Look,
  dependencies: LookDependencies,
  firstRead?: StoredOrder,
): Promise<LookResult> => {
  const { store, provider, clock, settings } = dependencies;
  const began = clock.now();
  const leaseInSeconds = settings.providerTimeoutInSeconds * 3 + 2;
  let stored = firstRead ?? (await store.read(orderUuid));
  for (let race = 0; race < RACES; ) {
    const now = sendingTime(clock.now(), look);
    if (isServed(look, stored, began, now, settings.witnessGapInSeconds)) return { kind: 'served', stored };
    const askAgainAt = mayAskAt(stored);
    if (askAgainAt && askAgainAt > now) return await giveWay(stored, askAgainAt, now, look, dependencies);
    const rev = await store.takeLease(orderUuid, clock.now(), plusSeconds(clock.now(), leaseInSeconds));
    if (rev !== stored.order.rev) {
      if (rev === undefined) await clock.sleep(POLL_IN_MILLISECONDS);
      else await store.releaseLease(orderUuid);
      stored = await store.read(orderUuid);
      continue;
    }
    const sentAt = sendingTime(clock.now(), look);
    const answer = await provider.getOrder(orderUuid);
    const tookInMilliseconds = toMilliseconds(clock.now()) - toMilliseconds(sentAt);
    const result = await apply(stored, answer, sentAt, look, dependencies);
    if (result) {
      await keepCheck(orderUuid, look, answer, result, stored, sentAt, tookInMilliseconds, dependencies);
      return result;
    }
    race++;
    await store.releaseLease(orderUuid);
    stored = await store.read(orderUuid);
  }
  throw new Error(`Other looks at the order wrote first ${RACES} times; it is looked at again later.`);
};

/** A look counts as made when it was planned, even if our clock is a little behind. */
const sendingTime = (now: Instant, { plannedAt }: Look): Instant => latest(now, plannedAt ?? now);

/** Whether what we came for has been seen to by another look. */
const isServed = (
  look: Look,
  { order, items, hints }: StoredOrder,
  began: Instant,
  now: Instant,
  witnessGapInSeconds: number,
): boolean => {
  switch (look.reason) {
    case 'schedule':
      return order.fetchedAt !== undefined && order.fetchedAt >= look.nominalAt;
    case 'hint':
      return !dueHints(hints).some((hint) => timeHasCome(hint, now));
    case 'doubt':
      return !items.some(({ doubt }) => doubt && plusSeconds(doubt.since, witnessGapInSeconds) <= now);
    default:
      return order.fetchedAt !== undefined && order.fetchedAt >= (look.askedAt ?? began);
  }
};

/** @returns `undefined` when another look wrote first */
const apply = async (
  stored: StoredOrder,
  answer: ProviderAnswer,
  sentAt: Instant,
  look: Look,
  dependencies: LookDependencies,
): Promise<LookResult | undefined> => {
  const { store, clock, random, telemetry, settings, eventSource } = dependencies;
  if (answer.kind === 'trouble') {
    const { retryAfterInSeconds } = answer;
    const trouble = moreTrouble(stored.order, sentAt, clock.now(), retryAfterInSeconds, random(), settings);
    if (isPastHope(trouble)) return await giveUp(stored, sentAt, dependencies);
    if ((await store.noteTrouble(stored.order, trouble)) === 'lost') return undefined;
    return await giveWay(stored, trouble.askAgainAt, sentAt, look, dependencies);
  }
  if (answer.kind === 'unknown' && stored.order.rev === 0) {
    await store.endTrouble(stored.order.orderUuid);
    await concludeHints(stored, undefined, sentAt, dependencies);
    return { kind: 'unknown' };
  }
  const snapshot = answer.kind === 'order' ? answer.snapshot : undefined;
  const findings = examine(stored, snapshot, sentAt, look, eventSource, settings);
  if ((await store.commit(stored, findings)) === 'lost') return undefined;
  measureFindings(findings, telemetry);
  await concludeHints(stored, findings, sentAt, dependencies, answer.kind === 'order');
  await askForSecondLook(findings, look, sentAt, dependencies);
  return { kind: 'examined', findings, sentAt };
};

/** @returns `undefined` when another look wrote first */
const giveUp = async (
  stored: StoredOrder,
  sentAt: Instant,
  dependencies: LookDependencies,
): Promise<LookResult | undefined> => {
  const { store, telemetry, settings, eventSource } = dependencies;
  const findings = giveUpOrder(stored, sentAt, eventSource, settings);
  if ((await store.commit(stored, findings)) === 'lost') return undefined;
  measureFindings(findings, telemetry);
  // News has been asked about only once, and stays due: with it the order begins anew.
  const verdicts = dueHints(stored.hints)
    .filter((hint) => !isNews(hint, stored.order))
    .map((hint): HintVerdict => ({ hint, ends: 'given_up' }));
  await carryOut(stored.order.orderUuid, verdicts, sentAt, dependencies);
  return { kind: 'examined', findings, sentAt };
};

/** Reasons of looks that the reconciler asks for when it takes up an order, or an item without a watch. */
const OF_CLAIMS: ReadonlySet<Look['reason']> = new Set(['rescue', 'overdue', 'care']);

const giveWay = async (
  stored: StoredOrder,
  askAgainAt: Instant,
  sentAt: Instant,
  look: Look,
  dependencies: LookDependencies,
): Promise<LookResult> => {
  const verdicts = postponeHints(stored.hints, sentAt, askAgainAt, dependencies.settings);
  if (OF_CLAIMS.has(look.reason)) await dependencies.store.putOff(stored, askAgainAt);
  await carryOut(stored.order.orderUuid, verdicts, sentAt, dependencies);
  return { kind: 'trouble', askAgainAt, stored };
};

const concludeHints = async (
  stored: StoredOrder,
  findings: Findings | undefined,
  sentAt: Instant,
  dependencies: LookDependencies,
  orderKnown = false,
): Promise<void> => {
  const items = findings?.items ?? [];
  const answered = new Set(items.filter((item) => item.answered).map((item) => item.after.itemUuid));
  const verdicts = judgeHints(
    {
      hints: stored.hints,
      itemsBefore: stored.items,
      itemsAfter: items.map((item) => item.after),
      orderKnown,
      answered: (itemUuid) => answered.has(itemUuid),
      sentAt,
    },
    dependencies.settings,
  );
  await carryOut(stored.order.orderUuid, verdicts, sentAt, dependencies);
};

const carryOut = async (
  orderUuid: string,
  verdicts: readonly HintVerdict[],
  sentAt: Instant,
  { store, queue, telemetry }: LookDependencies,
): Promise<void> => {
  // The satisfied first: others give way to them, which must not be written if they are not.
  const { satisfied = [], others = [] } = Object.groupBy(verdicts, ({ ends }) =>
    ends === 'satisfied' ? 'satisfied' : 'others',
  );
  for (const group of [satisfied, others]) {
    await Promise.all(group.map((verdict) => store.concludeHint(orderUuid, verdict, sentAt)));
  }
  measureHints(orderUuid, verdicts, telemetry);
  const delays = verdicts.flatMap((verdict) =>
    verdict.ends === undefined && verdict.byMessage ? [wholeSeconds(sentAt, verdict.nextTryAt)] : [],
  );
  await queue.send([...new Set(delays)].map((delay) => delayed(orderUuid, 'hint', sentAt, delay)));
};

const delayed = (
  orderUuid: string,
  reason: RefreshRequest['reason'],
  sentAt: Instant,
  delayInSeconds: number,
): RefreshRequest => ({ orderUuid, reason, delayInSeconds, plannedAt: plusSeconds(sentAt, delayInSeconds) });

/**
 * An item in doubt that has no watch is looked at again because of a delayed message. Where the answer lacked it
 * another message would only ask for the same answer: it is due, and the reconciler lets time pass between.
 */
const askForSecondLook = async (
  { order, items }: Findings,
  look: Look,
  sentAt: Instant,
  { queue }: LookDependencies,
): Promise<void> => {
  const delays = items.flatMap(({ before, after, plan, answered }) =>
    answered &&
    plan.kind === 'due' &&
    after.doubt &&
    (look.reason === 'doubt' || after.doubt.since !== before?.doubt?.since)
      ? [wholeSeconds(sentAt, plan.at)]
      : [],
  );
  if (delays.length === 0) return;
  await queue.send([delayed(order.orderUuid, 'doubt', sentAt, Math.max(...delays))]);
};

const wholeSeconds = (from: Instant, to: Instant): number =>
  Math.min(Math.max(Math.ceil(secondsBetween(from, to)), 1), 900);

const keepCheck = async (
  orderUuid: string,
  look: Look,
  answer: ProviderAnswer,
  result: LookResult,
  stored: StoredOrder,
  at: Instant,
  tookInMilliseconds: number,
  { store, telemetry }: LookDependencies,
): Promise<void> => {
  const findings = result.kind === 'examined' ? result.findings : undefined;
  measureLook(orderUuid, look, answer, findings, tookInMilliseconds, telemetry);
  const suffix =
    result.kind === 'examined'
      ? `${result.findings.order.rev}`
      : `${stored.order.rev}-${(stored.order.troubles ?? 0) + 1}`;
  const check = {
    at,
    suffix,
    look,
    tookInMilliseconds,
    showed:
      answer.kind === 'order'
        ? Object.fromEntries(answer.snapshot.items.map((item) => [item.itemUuid, item.status]))
        : answer.kind === 'unknown'
          ? 'unknown'
          : answer.cause,
  };
  try {
    await store.putCheck(orderUuid, check);
  } catch (error) {
    // It only tells the story: what it tells of has been written, and must not be done again for its sake.
    telemetry.error('The record of a look could not be written; the story lacks it.', error, { orderUuid });
  }
};

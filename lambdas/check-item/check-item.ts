import { METRIC } from '../contracts/metrics.ts';
import { CHECK_DECISION, type CheckDecision, type CheckResult, type WatchInput } from '../contracts/watch.ts';
import { CLAIMS_UNTIL_PARKED, claimBackOff } from '../domain/claims.ts';
import { planItem } from '../domain/item-plan.ts';
import { lookAtOrder } from '../domain/look-at-order.ts';
import type { ItemState, StoredOrder } from '../domain/model.ts';
import type { LookDependencies } from '../domain/ports.ts';
import { type Instant, latest, plusSeconds, secondsBetween } from '../domain/time.ts';
import { askAgainAfter } from '../domain/trouble.ts';

/**
 * Waits in a row that provider trouble may cause in one execution: about two hours, or twelve days when it has
 * lasted for a week. Then the execution ends and the reconciler takes over, so that an outage of any length stays
 * far from 25,000 history events.
 */
const MOST_TROUBLES = 12;

/** How often a wait is written anew because another look changed the item meanwhile. */
const RACES = 5;

/**
 * Checks one item for its watch: looks at the order unless somebody else just did, and decides whether the
 * watch goes on.
 *
 * @throws {Error} when other looks wrote first again and again
 */
export const checkItem = async (input: WatchInput, dependencies: LookDependencies): Promise<CheckResult> => {
  dependencies.telemetry.measure(METRIC.watchChecks, checksSoFar(input));
  const stored = await dependencies.store.read(input.orderUuid);
  const item = findItem(stored, input);
  if (!item) return decide(input, CHECK_DECISION.done);
  if (isSuperseded(item, input)) return decide(input, CHECK_DECISION.superseded);
  if (!item.nextCheckAt) return decide(input, CHECK_DECISION.done);
  // The platform repeats a check whose answer it lost; the first one has planned the next by then.
  if (item.nextCheckAt > latest(input.nextCheckAt, dependencies.clock.now())) {
    const troubles = stored.order.troubles === undefined ? 0 : input.troubles + 1;
    const decision = troubles > MOST_TROUBLES ? CHECK_DECISION.done : CHECK_DECISION.wait;
    return decide(input, decision, item.nextCheckAt, troubles);
  }
  const result = await lookAtOrder(
    input.orderUuid,
    {
      reason: 'schedule',
      itemUuid: input.itemUuid,
      plannedAt: input.nextCheckAt,
      nominalAt: item.nextCheckNominalAt ?? input.nextCheckAt,
    },
    dependencies,
    stored,
  );
  switch (result.kind) {
    case 'examined':
      return await afterLook(
        input,
        result.findings.items.find(isOf(input))?.after,
        result.sentAt,
        dependencies,
      );
    case 'trouble':
      return await waitOutTrouble(
        input,
        findItem(result.stored, input),
        result.askAgainAt,
        undefined,
        dependencies,
      );
    case 'served':
      return await afterOthersLook(input, result.stored, dependencies);
    case 'unknown':
      return decide(input, CHECK_DECISION.done);
  }
};

const isOf =
  ({ itemUuid }: WatchInput) =>
  ({ after }: { readonly after: ItemState }): boolean =>
    after.itemUuid === itemUuid;

const findItem = ({ items }: StoredOrder, { itemUuid }: WatchInput): ItemState | undefined =>
  items.find((item) => item.itemUuid === itemUuid);

const isSuperseded = (item: ItemState, input: WatchInput): boolean =>
  item.round > input.round || (item.round === input.round && item.attempt > input.attempt);

const decide = (
  input: WatchInput,
  decision: CheckDecision,
  nextCheckAt: Instant = input.nextCheckAt,
  troubles = 0,
): CheckResult => ({ ...input, nextCheckAt, troubles, checks: checksSoFar(input), decision });

/** How often the execution has woken, this time included. */
const checksSoFar = ({ checks = 0 }: WatchInput): number => checks + 1;

/** Our own look has already written when the next check is. */
const afterLook = async (
  input: WatchInput,
  item: ItemState | undefined,
  sentAt: Instant,
  dependencies: LookDependencies,
): Promise<CheckResult> => {
  if (!item) return decide(input, CHECK_DECISION.done);
  if (isSuperseded(item, input)) return decide(input, CHECK_DECISION.superseded);
  if (!item.nextCheckAt) return decide(input, CHECK_DECISION.done);
  if (item.nextCheckAt > sentAt) return decide(input, CHECK_DECISION.wait, item.nextCheckAt);
  return await waitOutSilence(input, item, sentAt, dependencies);
};

/** Another look served this check, and left it to us to write when the next one is. */
const afterOthersLook = async (
  input: WatchInput,
  stored: StoredOrder,
  dependencies: LookDependencies,
): Promise<CheckResult> => {
  const { store, settings } = dependencies;
  let { order, items } = stored;
  for (let race = 0; race < RACES; race++) {
    const item = items.find(({ itemUuid }) => itemUuid === input.itemUuid);
    if (!item) return decide(input, CHECK_DECISION.done);
    if (isSuperseded(item, input)) return decide(input, CHECK_DECISION.superseded);
    const seenAt = order.fetchedAt ?? input.nextCheckAt;
    const plan = planItem(item, seenAt, order.paidAt, settings);
    if (plan.kind === 'owed') return await waitOutSilence(input, item, seenAt, dependencies);
    if (plan.kind !== 'watched' || !item.nextCheckAt) return decide(input, CHECK_DECISION.done);
    const written = await store.writeWait(input.orderUuid, item, {
      nextCheckAt: plan.at,
      nextCheckNominalAt: plan.nominalAt,
      dueAt: plusSeconds(plan.at, settings.rescueMarginInSeconds),
      claims: 0,
    });
    if (written) return decide(input, CHECK_DECISION.wait, plan.at);
    ({ order, items } = await store.read(input.orderUuid));
  }
  throw new Error(
    `The item changed ${RACES} times while its next check was written; it is checked again later.`,
  );
};

/** The provider answers, but not about this item, though a verdict is due: that is trouble too. */
const waitOutSilence = async (
  input: WatchInput,
  item: ItemState,
  sentAt: Instant,
  dependencies: LookDependencies,
): Promise<CheckResult> => {
  const { random, clock, settings } = dependencies;
  const askAgainAt = latest(
    askAgainAfter(sentAt, input.troubles + 1, undefined, random(), settings),
    // The answer may be old: a watch that the reconciler started late waits for nothing that is past.
    clock.now(),
  );
  return await waitOutTrouble(input, item, askAgainAt, sentAt, dependencies);
};

/** @param silentAt when the GET was sent whose answer lacked the item; `undefined` when there was no answer */
const waitOutTrouble = async (
  input: WatchInput,
  item: ItemState | undefined,
  askAgainAt: Instant,
  silentAt: Instant | undefined,
  { store, settings }: LookDependencies,
): Promise<CheckResult> => {
  // Another look may have written just before: what it found done, or began anew, waits for nothing here.
  if (!item?.nextCheckAt) return decide(input, CHECK_DECISION.done);
  if (isSuperseded(item, input)) return decide(input, CHECK_DECISION.superseded);
  const troubles = input.troubles + 1;
  const answered = silentAt !== undefined;
  const claims = remainingClaims(item, input, answered);
  // What is parked gets one try a day, not an execution's worth of them.
  const isParked = claims >= CLAIMS_UNTIL_PARKED;
  const handsOver = troubles > MOST_TROUBLES || isParked;
  const backOff = answered || isParked ? claimBackOff(claims, settings) : 0;
  const written = await store.writeWait(input.orderUuid, item, {
    nextCheckAt: askAgainAt,
    // After no answer anybody's later one serves; after one without the item, one from the later half of the
    // wait, so that the items of an order that is not readable share their requests.
    nextCheckNominalAt: answered ? halfway(silentAt, askAgainAt) : (item.nextCheckNominalAt ?? askAgainAt),
    dueAt: plusSeconds(askAgainAt, handsOver ? backOff : settings.rescueMarginInSeconds),
    claims,
  });
  // What changed the item meanwhile either planned its next check, or left it to this watch.
  if (!written) return decide(input, CHECK_DECISION.wait, askAgainAt, troubles);
  return handsOver
    ? decide(input, CHECK_DECISION.done)
    : decide(input, CHECK_DECISION.wait, askAgainAt, troubles);
};

const halfway = (from: Instant, to: Instant): Instant => plusSeconds(from, secondsBetween(from, to) / 2);

/**
 * An answer without the item leaves the claims counted. No answer is neither a failure nor a success: it takes
 * back the claim that started this watch, once, and leaves those before.
 */
const remainingClaims = ({ claims = 0 }: ItemState, { troubles }: WatchInput, answered: boolean): number =>
  answered || troubles > 0 ? claims : Math.max(claims - 1, 0);

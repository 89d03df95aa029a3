import { CLOCKS } from '../contracts/table.ts';
import { isRescue } from './check-reason.ts';
import type { CheckContext, OrderState } from './model.ts';
import type { NextCheck } from './next-check.ts';
import { type Instant, secondsBetween } from './time.ts';

/**
 * Writes the next check into the order, and raises its generation where a new watch must be started. A finished check of
 * any outcome ends a rescue.
 *
 * @param found the order as the check found it
 * @param before the order as it was read before the GET
 */
export const withNextCheck = (
  found: OrderState,
  before: OrderState,
  planned: NextCheck | undefined,
  { sentAt, mustHandOver }: Pick<CheckContext, 'sentAt' | 'mustHandOver'>,
): OrderState => {
  const next = planned && (found.failure ? planned : { ...planned, at: nextWakeUp(before, planned, sentAt) });
  return {
    ...found,
    rev: before.rev + 1,
    generation: before.generation + (next && needsNewWatch(before, next, mustHandOver) ? 1 : 0),
    nextCheckAt: next?.at,
    clock: next?.clock,
    rescueCount: undefined,
  };
};

/**
 * When to check next, if a watch sleeps already. It cannot be made to sleep for longer: it would wake for nothing. So its
 * time is kept if at least half of the new gap has passed by then. After a failure it is not: the provider may have asked
 * for a pause.
 */
const nextWakeUp = ({ clock, nextCheckAt }: OrderState, planned: NextCheck, sentAt: Instant): Instant =>
  clock === CLOCKS.watch &&
  planned.clock === CLOCKS.watch &&
  nextCheckAt !== undefined &&
  nextCheckAt < planned.at &&
  secondsBetween(sentAt, nextCheckAt) >= secondsBetween(sentAt, planned.at) / 2
    ? nextCheckAt
    : planned.at;

/**
 * Whether the running watch cannot be relied on for the next check: there is none, it sleeps for longer, it did not wake
 * in time, or it must hand over.
 */
const needsNewWatch = (before: OrderState, next: NextCheck, mustHandOver: boolean): boolean =>
  next.clock === CLOCKS.watch &&
  (before.clock !== CLOCKS.watch ||
    before.nextCheckAt === undefined ||
    next.at < before.nextCheckAt ||
    isRescue(before) ||
    mustHandOver);

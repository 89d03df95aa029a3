import { EVENT_TYPES } from '../../events/index.ts';
import type { Put, Table, Update } from '../../lambdas/adapters/table.ts';
import { CLOCKS, PARTITION, RECORD } from '../../lambdas/contracts/table.ts';
import { type ItemJudgement, isTracked, type Transition } from '../../lambdas/domain/item-transitions.ts';
import type { Hint, HintOutcome, ItemState, StoredOrder } from '../../lambdas/domain/model.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import type { CheckChange } from '../../lambdas/domain/order-change.ts';
import { settledEvent } from '../../lambdas/domain/order-events.ts';
import type { ProviderAnswer } from '../../lambdas/domain/provider-answer.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { hasConfirmationDeadline, isFinal, STATUS } from '../../lambdas/domain/status.ts';
import { latest, plusSeconds } from '../../lambdas/domain/time.ts';
import { tableWith } from '../platform/table-with.ts';
import { isHint } from './checks/values.ts';
import { FAULTS, type Fault } from './engine/faults.ts';
import { DAY, HOUR, type ItemScript, MINUTE, SECOND, START } from './model/order-script.ts';
import { type Mutation, type Replacement, replace } from './runner/mutation.ts';
import type { WorldOptions } from './world.ts';

/** A mutation, and a small world in which it breaks a promise. */
export interface KnownMutation extends Mutation {
  /** Number of the world. */
  readonly world: number;
  /** Numbers of the orders of that world that are enough. */
  readonly only?: readonly number[];
  /** What kind of world it needs, if not any. */
  readonly worlds?: Partial<WorldOptions>;
}

const DAY_IN_SECONDS = DAY / SECOND;

type Write = Put | Update;

const keyOf = (write: Write) => ('put' in write ? write.put : write.key);

const isOrder = (write: Write): boolean => keyOf(write).sk === RECORD.order;

const unconditional = (write: Write): Write =>
  'put' in write ? omit(write, 'condition') : omit(write, 'condition');

/** What a check writes is written in another way. */
const commitWith = (rewrite: (write: Write, stored: StoredOrder) => Write): readonly Replacement[] => [
  replace('adapters/order-commit.ts', 'commitChange', (commitChange) => (table, commit, settings) => {
    const rewriting: Table = tableWith(table, {
      transact: (writes) => table.transact(writes.map((write) => rewrite(write, commit.stored))),
    });
    return commitChange(rewriting, commit, settings);
  }),
];

/** Writes that end the tracking of an order on request are written in another way. */
const endWith = (rewrite: (write: Write, stored: StoredOrder) => Write): readonly Replacement[] => [
  replace('adapters/order-commit.ts', 'commitChange', (commitChange) => (table, commit, settings) => {
    const rewriting: Table = tableWith(table, {
      transact: (writes) => table.transact(writes.map((write) => rewrite(write, commit.stored))),
    });
    return commitChange(commit.change.untracked ? rewriting : table, commit, settings);
  }),
];

/** The update of the order in a part of a commit that is not the last. */
const isPart = (write: Write): write is Update => 'key' in write && isOrder(write);

/** A record that is put without its due time. */
const putWithoutDueTime = (prefix: string): readonly Replacement[] =>
  commitWith((write) =>
    'put' in write && write.put.sk.startsWith(prefix)
      ? { ...write, put: { pk: write.put.pk, sk: write.put.sk, ...omit(write.put, 'due', 'dueAt') } }
      : write,
  );

/** What a check finds is changed before it is written. */
const changeWith = (
  rewrite: (change: CheckChange, stored: StoredOrder, answer: ProviderAnswer) => CheckChange,
): readonly Replacement[] => [
  replace(
    'domain/order-change.ts',
    'decideOrderChange',
    (decideOrderChange) => (stored, answer, context) =>
      rewrite(decideOrderChange(stored, answer, context), stored, answer),
  ),
];

const RAISING = {
  'no watch': ({ order }: StoredOrder) => order.clock !== CLOCKS.watch || order.nextCheckAt === undefined,
  'an earlier check': ({ order }: StoredOrder, { order: { nextCheckAt = '' } }: CheckChange) =>
    nextCheckAt < (order.nextCheckAt ?? ''),
  'a rescue': ({ order }: StoredOrder) => (order.rescueCount ?? 0) > 0,
} as const;

type Raising = keyof typeof RAISING;

/** The generation is not raised because of one reason alone. */
const raisedNotBecauseOf = (ignored: Raising): readonly Replacement[] =>
  changeWith((change, stored) => {
    const reasons = Object.entries(RAISING).filter(([, applies]) => applies(stored, change));
    const isOnly = reasons.length === 1 && reasons[0]?.[0] === ignored;
    return isOnly ? { ...change, order: { ...change.order, generation: stored.order.generation } } : change;
  });

const outcomesWithout = (outcome: HintOutcome): readonly Replacement[] => [
  replace(
    'domain/hints.ts',
    'resolveHints',
    (resolveHints) => (hints, evidence, settings) =>
      resolveHints(hints, evidence, settings).map((hint, index): Hint => {
        const before = hints[index];
        if (!before || before.outcome !== undefined || hint.outcome !== outcome) return hint;
        return { ...before, isFresh: false, firstAnswerAt: before.firstAnswerAt ?? evidence.sentAt };
      }),
  ),
];

type JudgeItem = typeof import('../../lambdas/domain/item-transitions.ts')['judgeItem'];

const judgedBy = (mistake: (judgeItem: JudgeItem) => JudgeItem): readonly Replacement[] => [
  replace('domain/item-transitions.ts', 'judgeItem', mistake),
];

/** A difference that needs a second answer is applied without one, where a condition holds. */
const unconfirmedIf = (applies: (before: ItemState, seen: SeenItem) => boolean): readonly Replacement[] =>
  judgedBy((judgeItem) => (before, seen, context) => {
    const judgement = judgeItem(before, seen, context);
    return before && judgement.item.unconfirmed && applies(before, seen)
      ? judgeItem(asSeenBefore(before, seen), seen, context)
      : judgement;
  });

/** The item as if an answer long ago had shown the same. */
const asSeenBefore = (before: ItemState, { status }: SeenItem): ItemState => ({
  ...before,
  unconfirmed: { status, since: '1999-01-01T00:00:00.000Z' },
});

const withItem = (judgement: ItemJudgement, item: ItemState): ItemJudgement => ({ ...judgement, item });

/** An item that the answer does not show gets a transition all the same. */
const unseenWith = (
  transition: (item: ItemState, sentAt: string) => Transition | undefined,
): readonly Replacement[] => [
  replace(
    'domain/item-transitions.ts',
    'judgeUnseenItem',
    (judgeUnseenItem) => (item, isOrderShown, context) => {
      const judgement = judgeUnseenItem(item, isOrderShown, context);
      const more = judgement.transitions.length === 0 ? transition(item, context.sentAt) : undefined;
      return more ? { ...judgement, item: more.item, transitions: [more] } : judgement;
    },
  ),
];

const overdueNow = (item: ItemState, sentAt: string): Transition | undefined =>
  isTracked(item) && !item.overdueAt && sentAt >= item.confirmBy
    ? {
        type: EVENT_TYPES.overdue,
        item: { ...item, overdueAt: sentAt, sequence: item.sequence + 1 },
      }
    : undefined;

/** An order becomes settled, although the answer does not allow it, where its items do by a laxer rule. */
const settledIf = (
  isSettled: (change: CheckChange, isIncomplete: boolean) => boolean,
): readonly Replacement[] =>
  changeWith((change, stored, answer) => {
    const items = change.items.map(({ after }) => after);
    const isIncomplete = answer.kind !== 'order' || change.unreadable > 0 || items.length === 0;
    const isLax =
      answer.kind !== 'failure' &&
      items.every(({ status }) => isFinal(status)) &&
      isSettled(change, isIncomplete);
    if (change.order.settled || stored.order.settled || !isLax) return change;
    const order = { ...change.order, settled: true, settledCount: change.order.settledCount + 1 };
    return {
      ...change,
      order,
      settled: settledEvent(order, items, {
        sentAt: change.sentAt,
        source: 'urn:musement-order-tracker:test',
      }),
    };
  });

type Schedule = typeof import('../../lambdas/domain/schedule.ts');

const neverBy = (
  name: 'nextVoucherCheck' | 'nextIncompleteCheck' | 'nextFollowUp',
): readonly Replacement[] => [replace('domain/schedule.ts', name, () => (): undefined => undefined)];

/** An item whose product must be confirmed within an hour. */
const itemWith = (
  steps: readonly (readonly [after: number, status: string])[],
  script: Partial<ItemScript> = {},
): ItemScript => ({
  itemUuid: '22222222-2222-4222-a222-222222222222',
  sendsWebhooks: true,
  window: HOUR,
  product: { max_confirmation_time: 'PT1H' },
  steps: steps.map(([after, status], index) => ({ at: START + after, status, version: index + 1 })),
  vouchers: [{ at: START, urls: ['https://vouchers.example/1.pdf'] }],
  ...script,
});

/** A world without faults whose only order has these items, and is tracked and stopped at these times. */
const orderOf = (
  items: readonly ItemScript[],
  tracks: readonly number[] = [SECOND],
  untracks: readonly number[] = [],
): Partial<WorldOptions> => ({
  ...withFaults(),
  orders: 1,
  scripts: [
    {
      orderUuid: '11111111-1111-4111-a111-111111111111',
      identifier: 'MUS1234567',
      createdAt: items.length > 0 ? START : START + 1000 * DAY,
      items,
      tracks: tracks.map((after) => ({ at: START + after })),
      untracks: untracks.map((after) => START + after),
    },
  ],
});

/** A world in which these faults happen often, and no others. */
const withFaults = (...always: readonly Fault[]): Partial<WorldOptions> => ({ always, without: FAULTS });

const STALE = withFaults('provider stale');

/** Times with a gap between them. */
const every = (gap: number, until: number, from = 0): number[] =>
  Array.from({ length: Math.floor((until - from) / gap) }, (_, index) => from + (index + 1) * gap);

/** Track requests right after a moment, when a replica that lags behind still shows the past. */
const rightAfter = (moment: number): number[] => every(3 * SECOND, moment + 45 * SECOND, moment);

const CONFIRMED = itemWith([
  [0, STATUS.pending],
  [HOUR, STATUS.ok],
]);

const NEVER_CONFIRMED = itemWith([[0, STATUS.pending]], { sendsWebhooks: false });

/** An order that is tracked, and stopped before its first check; it is tracked again, and stopped once more when it has been checked. */
const STOPPED = orderOf([NEVER_CONFIRMED], [SECOND, MINUTE], [1.6 * SECOND, 10 * MINUTE]);

/** Number of items with which most answers lack one, in worlds with missing items. */
const twenty = (status: string): ItemScript[] =>
  Array.from({ length: 20 }, (_, index) =>
    itemWith([[0, status]], { itemUuid: `00000000-0000-4000-a000-${`${index}`.padStart(12, '0')}` }),
  );

/** Its follow-ups are over when it is refunded. */
const REFUNDED_LATE = itemWith([
  [0, STATUS.ok],
  [9 * DAY, STATUS.refunded],
]);

/** A world of one order, in which the provider is down for a number of days. */
const downFor = (days: number): Partial<WorldOptions> => ({
  ...withFaults(),
  orders: 1,
  providerOutages: [{ from: START + HOUR, until: START + days * DAY }],
});

/**
 * The rules that the product relies on, each left out in turn: `design-checked.md` calls them load-bearing, because
 * something went wrong without each of them.
 */
export const MUTATIONS: readonly KnownMutation[] = [
  {
    name: 'a check is written whatever rev is',
    world: 9,
    replacements: commitWith((write) => (isOrder(write) ? unconditional(write) : write)),
  },
  {
    name: 'only the last part of a commit raises rev',
    world: 0,
    only: [0],
    replacements: commitWith((write, { order: { rev } }) => {
      if (!isOrder(write)) return write;
      if ('put' in write) return { put: { ...write.put, rev: rev + 1 } };
      return { ...write, set: { ...write.set, rev } };
    }),
    worlds: { orders: 4, items: 55 },
  },
  {
    name: 'a part that is not the last does not leave the order due',
    world: 0,
    only: [0],
    replacements: commitWith((write) =>
      isPart(write) ? { ...write, set: omit(write.set ?? {}, 'nextCheckAt', 'due', 'dueAt') } : write,
    ),
    worlds: { orders: 4, items: 55 },
  },
  {
    name: 'a part that is not the last trusts the watch',
    world: 0,
    only: [0],
    replacements: commitWith((write) =>
      isPart(write) ? { ...write, set: omit(write.set ?? {}, 'rescueCount') } : write,
    ),
    worlds: { orders: 4, items: 55 },
  },
  {
    name: 'an earlier next check starts no new watch',
    world: 0,
    only: [1],
    replacements: raisedNotBecauseOf('an earlier check'),
  },
  {
    name: 'an order without a watch gets none',
    world: 0,
    replacements: raisedNotBecauseOf('no watch'),
    worlds: orderOf([REFUNDED_LATE]),
  },
  {
    name: 'a rescue is followed by no new watch',
    world: 0,
    only: [1],
    replacements: raisedNotBecauseOf('a rescue'),
    worlds: withFaults('execution stopped'),
  },
  {
    name: 'a finished check leaves the rescue count as it is',
    world: 0,
    only: [0],
    replacements: changeWith((change, { order: { rescueCount } }) => ({
      ...change,
      order: { ...change.order, rescueCount },
    })),
  },
  {
    name: 'a superseded watch goes on',
    world: 0,
    only: [1],
    replacements: [
      replace('application/watch-order.ts', 'checkOrder', (checkOrder) => async (state, dependencies) => {
        const result = await checkOrder(state, dependencies);
        return result.decision === 'superseded' ? { ...result, decision: 'wait' } : result;
      }),
      replace(
        'application/refresh-order.ts',
        'refreshOrder',
        (refreshOrder) => (request, dependencies) => refreshOrder(omit(request, 'watch'), dependencies),
      ),
    ],
  },
  {
    name: 'a next check may be at the check that plans it, or before',
    world: 0,
    only: [0],
    replacements: [
      replace(
        'domain/next-check.ts',
        'nextCheck',
        (nextCheck) => (checked, settings) =>
          nextCheck({ ...checked, sentAt: plusSeconds(checked.sentAt, -HOUR / SECOND) }, settings),
      ),
    ],
  },
  {
    name: 'a check with an answer leaves fresh hints fresh',
    world: 0,
    only: [1],
    replacements: commitWith((write) =>
      'key' in write && isHint(write.key.sk) && !write.set?.['outcome'] ? omit(write, 'remove') : write,
    ),
  },
  {
    name: 'a failed check leaves fresh hints fresh',
    world: 1,
    only: [0],
    replacements: [replace('domain/hints.ts', 'withoutFreshness', () => (hints) => hints)],
    worlds: withFaults('provider 5xx'),
  },
  {
    name: 'after a week without an answer an order is still checked hourly',
    world: 2,
    only: [0],
    replacements: [
      replace(
        'domain/provider-failure.ts',
        'addFailure',
        (addFailure) => (before, check, settings) =>
          addFailure(
            before && {
              ...before,
              firstAt: latest(before.firstAt, plusSeconds(check.sentAt, -6 * DAY_IN_SECONDS)),
            },
            check,
            settings,
          ),
      ),
    ],
    worlds: downFor(20),
  },
  {
    name: 'an order without an answer is never given up',
    world: 2,
    only: [0],
    replacements: [replace('domain/provider-failure.ts', 'isAbandoned', () => () => false)],
    worlds: downFor(190),
  },
  {
    name: 'a hint is never contradicted',
    world: 1,
    only: [0],
    replacements: outcomesWithout('contradicted'),
    worlds: withFaults('webhook with a wrong status'),
  },
  {
    name: 'a hint about something unknown is never given up',
    world: 0,
    replacements: outcomesWithout('given_up'),
    worlds: orderOf([]),
  },
  {
    name: 'the same webhook again requests nothing',
    world: 1,
    only: [0],
    replacements: [
      replace('adapters/webhook-store.ts', 'webhookStore', (webhookStore) => (table, settings) => {
        const counting: Table = tableWith(table, {
          update: async (update) => (update.set ? undefined : await table.update(update)),
        });
        return webhookStore(counting, settings);
      }),
    ],
    worlds: { always: ['webhook early'] },
  },
  {
    name: 'a hint that was requested again during a check is taken as read',
    world: 4,
    replacements: commitWith((write) =>
      'key' in write && isHint(write.key.sk) ? omit(write, 'condition') : write,
    ),
    worlds: { ...orderOf([REFUNDED_LATE]), ...withFaults('webhook during a check') },
  },
  {
    name: 'one answer is enough',
    world: 0,
    replacements: unconfirmedIf(() => true),
    worlds: { ...orderOf([CONFIRMED], [SECOND, ...rightAfter(HOUR)]), ...STALE },
  },
  {
    name: 'the second answer may come at once',
    world: 0,
    replacements: judgedBy(
      (judgeItem) => (before, seen, context) =>
        judgeItem(before?.unconfirmed ? asSeenBefore(before, seen) : before, seen, context),
    ),
    worlds: { ...orderOf([CONFIRMED], [SECOND, ...rightAfter(HOUR)]), ...STALE },
  },
  {
    name: 'one answer is enough after a final status',
    world: 0,
    replacements: unconfirmedIf(({ status }) => isFinal(status)),
    worlds: { ...orderOf([CONFIRMED], [SECOND, ...rightAfter(HOUR)]), ...STALE },
  },
  {
    name: 'one answer is enough for OK after a cancellation',
    world: 0,
    replacements: unconfirmedIf(
      (before, seen) => seen.status === STATUS.ok && !hasConfirmationDeadline(before.status),
    ),
    worlds: {
      ...orderOf(
        [
          itemWith(
            [
              [0, STATUS.ok],
              [HOUR, STATUS.refundStarted],
            ],
            { sendsWebhooks: false },
          ),
        ],
        rightAfter(HOUR),
      ),
      ...STALE,
    },
  },
  {
    name: 'one answer is enough for an open status after a cancellation',
    world: 0,
    replacements: unconfirmedIf(
      (before, seen) => !isFinal(seen.status) && !hasConfirmationDeadline(before.status),
    ),
    worlds: {
      ...orderOf(
        [
          itemWith(
            [
              [0, STATUS.pending],
              [HOUR, STATUS.cancellationError],
              [HOUR + 20 * SECOND, STATUS.refundStarted],
            ],
            { sendsWebhooks: false, window: 2 * HOUR, product: { max_confirmation_time: 'PT2H' } },
          ),
        ],
        [SECOND, ...rightAfter(HOUR + 20 * SECOND)],
      ),
      ...STALE,
    },
  },
  {
    name: 'answers that contradict each other for ever cause a check a minute',
    world: 0,
    replacements: [
      replace(
        'domain/schedule.ts',
        'nextReread',
        (): Schedule['nextReread'] =>
          (_, itemSince, __, { rereadGapInSeconds }) => ({
            at: plusSeconds(itemSince, rereadGapInSeconds),
            isDaily: false,
          }),
      ),
    ],
    worlds: orderOf([
      { ...CONFIRMED, isStuckOn: 'odd' },
      { ...CONFIRMED, isStuckOn: 'even', itemUuid: '33333333-3333-4333-a333-333333333333' },
    ]),
  },
  {
    name: 'a hint is satisfied by an unconfirmed status',
    world: 0,
    replacements: [
      replace(
        'domain/hints.ts',
        'resolveHints',
        (resolveHints) => (hints, evidence, settings) =>
          resolveHints(
            hints,
            {
              ...evidence,
              items: evidence.items.map((known) => ({
                ...known,
                status: known.unconfirmed?.status ?? known.status,
              })),
            },
            settings,
          ),
      ),
    ],
    worlds: orderOf([
      itemWith([
        [0, STATUS.ok],
        [HOUR, STATUS.refunded],
      ]),
    ]),
  },
  {
    name: 'an unconfirmed item can be overdue',
    world: 0,
    replacements: judgedBy((judgeItem) => (before, seen, context) => {
      const judgement = judgeItem(before, seen, context);
      const end = judgement.item.unconfirmed && overdueNow(judgement.item, context.sentAt);
      return end
        ? { ...withItem(judgement, end.item), transitions: [...judgement.transitions, end] }
        : judgement;
    }),
    worlds: orderOf([
      itemWith([
        [0, STATUS.pending],
        [10 * MINUTE, STATUS.refundStarted],
        [10 * MINUTE + 7 * DAY, STATUS.pending],
      ]),
    ]),
  },
  {
    name: 'an item that the answer does not show can be overdue',
    world: 0,
    replacements: unseenWith(overdueNow),
    worlds: { ...orderOf(twenty(STATUS.pending)), ...withFaults('provider item missing') },
  },
  {
    name: 'an item that the answer does not show is taken for KO',
    world: 1,
    only: [0],
    replacements: unseenWith((known, sentAt) =>
      isTracked(known)
        ? {
            type: EVENT_TYPES.ko,
            item: { ...known, status: STATUS.ko, since: sentAt, sequence: known.sequence + 1 },
            previousStatus: known.status,
          }
        : undefined,
    ),
  },
  {
    name: 'an incomplete answer settles an order',
    world: 0,
    only: [10],
    replacements: settledIf(
      ({ items }, isIncomplete) => isIncomplete && items.every(({ after }) => !after.unconfirmed),
    ),
  },
  {
    name: 'an order with an unconfirmed item becomes settled',
    world: 0,
    replacements: settledIf((_, isIncomplete) => !isIncomplete),
    worlds: orderOf([
      itemWith([
        [0, STATUS.ok],
        [HOUR, STATUS.refundStarted],
      ]),
      { ...CONFIRMED, itemUuid: '33333333-3333-4333-a333-333333333333' },
    ]),
  },
  {
    name: 'an incomplete answer undoes that an order is settled',
    world: 0,
    replacements: changeWith((change, { order: before }) =>
      before.settled && change.unreadable > 0
        ? { ...change, order: { ...change.order, settled: false } }
        : change,
    ),
    worlds: { ...orderOf(twenty(STATUS.ok), every(HOUR, 20 * HOUR)), ...withFaults('provider item missing') },
  },
  {
    name: 'an item that may be unpaid has no grace',
    world: 0,
    replacements: judgedBy(
      (judgeItem) => (before, seen, context) =>
        judgeItem(before, seen, { ...context, settings: { ...context.settings, unpaidGraceInSeconds: 0 } }),
    ),
    worlds: orderOf([
      itemWith([[0, STATUS.pending]], { product: { max_confirmation_time: 'PT0S' }, window: 150 * SECOND }),
    ]),
  },
  {
    name: 'the window of a refund begins with the order',
    world: 0,
    only: [1],
    replacements: judgedBy((judgeItem) => (before, seen, context) => {
      const judgement = judgeItem(before, seen, context);
      const { item: known } = judgement;
      const entered = known.status !== before?.status && known.status === STATUS.refundStarted;
      const openedAt = context.order.date ?? known.openedAt;
      return entered
        ? withItem(judgement, { ...known, openedAt, confirmBy: plusSeconds(openedAt, 7 * DAY_IN_SECONDS) })
        : judgement;
    }),
  },
  {
    name: 'a new open period keeps the verdict of the last',
    world: 0,
    replacements: judgedBy((judgeItem) => (before, seen, context) => {
      const judgement = judgeItem(before, seen, context);
      return before?.overdueAt && judgement.item.openPeriod > before.openPeriod
        ? withItem(judgement, { ...judgement.item, overdueAt: before.overdueAt })
        : judgement;
    }),
    worlds: orderOf([
      itemWith([
        [0, STATUS.pending],
        [5 * HOUR, STATUS.refundStarted],
      ]),
    ]),
  },
  {
    name: 'an item without a voucher is not checked for it',
    world: 0,
    only: [1],
    replacements: neverBy('nextVoucherCheck'),
  },
  {
    name: 'an incomplete answer is not checked again',
    world: 2,
    replacements: neverBy('nextIncompleteCheck'),
    worlds: { ...orderOf(twenty(STATUS.ok), every(HOUR, 20 * HOUR)), ...withFaults('provider item missing') },
  },
  { name: 'a quiet order has no follow-ups', world: 0, only: [0], replacements: neverBy('nextFollowUp') },
  {
    name: 'an overdue item is not checked until its tracking ends',
    world: 0,
    only: [3],
    replacements: [
      replace(
        'domain/schedule.ts',
        'nextOverdueCheck',
        (): Schedule['nextOverdueCheck'] => (overdueAt) => plusSeconds(overdueAt, 180 * DAY_IN_SECONDS),
      ),
    ],
  },
  {
    name: 'tracking never ends',
    world: 0,
    replacements: [
      replace(
        'domain/schedule.ts',
        'trackingEndsAt',
        (trackingEndsAt) => (known) => plusSeconds(trackingEndsAt(known), 1000 * DAY_IN_SECONDS),
      ),
    ],
    worlds: orderOf([
      itemWith(
        [
          [0, STATUS.pending],
          [190 * DAY, STATUS.refundStarted],
        ],
        { sendsWebhooks: false },
      ),
    ]),
  },
  {
    name: 'a stored hint is not due',
    world: 0,
    only: [0],
    replacements: [
      replace('adapters/records.ts', 'freshHint', (freshHint) => (orderUuid, requestedAt, settings) => {
        const marks = freshHint(orderUuid, requestedAt, settings);
        return omit(marks, 'due', 'dueAt') as typeof marks;
      }),
    ],
  },
  {
    name: 'the end of tracking does not raise rev',
    world: 0,
    replacements: endWith((write, { order: { rev } }) =>
      'put' in write && isOrder(write) ? { ...write, put: { ...write.put, rev } } : write,
    ),
    worlds: STOPPED,
  },
  {
    name: 'the end of tracking overwrites a check that came first',
    world: 6,
    replacements: endWith((write) => (isOrder(write) ? unconditional(write) : write)),
    worlds: {
      ...orderOf([NEVER_CONFIRMED], every(2 * SECOND, 10 * MINUTE), every(3 * SECOND, 10 * MINUTE)),
      ...withFaults('table conflict', 'provider slow'),
    },
  },
  {
    name: 'a hint that no check has read survives the end of tracking',
    world: 0,
    replacements: [
      replace(
        'domain/hints.ts',
        'withdrawHints',
        (withdrawHints) => (hints) =>
          withdrawHints(hints).map((hint, index) => (hints[index]?.isFresh ? hints[index] : hint)),
      ),
    ],
    worlds: STOPPED,
  },
  {
    name: 'the end of tracking keeps the next check',
    world: 0,
    replacements: [
      replace('domain/end-of-tracking.ts', 'decideUntrack', (decideUntrack) => (stored, request) => {
        const change = decideUntrack(stored, request);
        const { nextCheckAt, clock } = stored.order;
        return change && { ...change, order: { ...change.order, nextCheckAt, clock }, lane: 'RESCUE' };
      }),
    ],
    worlds: STOPPED,
  },
  {
    name: 'an order that is asked for again after the end stays ended',
    world: 0,
    replacements: judgedBy((judgeItem) => (before, seen, context) => {
      const judgement = judgeItem(before, seen, context);
      const { trackingEndedAt } = before ?? {};
      const isSame = judgement.item.status === before?.status;
      return trackingEndedAt && isSame
        ? withItem(judgement, { ...judgement.item, trackingEndedAt })
        : judgement;
    }),
    worlds: orderOf([NEVER_CONFIRMED], [SECOND, 2 * HOUR], [HOUR]),
  },
  {
    name: 'an item whose tracking ends has no event',
    world: 0,
    replacements: [
      replace('domain/end-of-tracking.ts', 'decideUntrack', (decideUntrack) => (stored, request) => {
        const change = decideUntrack(stored, request);
        return change && { ...change, items: change.items.map((item) => ({ ...item, events: [] })) };
      }),
    ],
    worlds: STOPPED,
  },
  {
    name: 'a reference finds nothing',
    world: 0,
    replacements: [
      replace('adapters/order-commit.ts', 'commitChange', (commitChange) => (table, commit, settings) => {
        const forgetting: Table = tableWith(table, {
          put: async (put) => put.put.pk.startsWith(PARTITION.reference) || (await table.put(put)),
        });
        return commitChange(forgetting, commit, settings);
      }),
    ],
    worlds: orderOf([CONFIRMED]),
  },
  {
    name: 'an open order is not listed as open',
    world: 0,
    replacements: [replace('domain/listed-order.ts', 'orderStates', () => () => [])],
    worlds: orderOf([NEVER_CONFIRMED]),
  },
  { name: 'an order is not due', world: 0, only: [0], replacements: putWithoutDueTime(RECORD.order) },
  { name: 'an event is not due', world: 0, only: [0], replacements: putWithoutDueTime(RECORD.event) },
  {
    name: 'a published event is not marked',
    world: 0,
    only: [0],
    replacements: [replace('adapters/outbox.ts', 'outbox', () => () => ({ markPublished: async () => {} }))],
  },
];

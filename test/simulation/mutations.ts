import type { Edit, Mutation } from './runner/mutation.ts';
import type { WorldOptions } from './world.ts';

/** A mistake that the simulation must notice. */
export interface KnownMutation extends Mutation {
  /** The number of the first world that notices it, */
  readonly world: number;
  /** and the orders of that world that are enough. */
  readonly only?: readonly number[];
  /** Where it can only show in worlds of a certain kind. */
  readonly worlds?: Partial<WorldOptions>;
  /** Promises whose breaking proves nothing here. */
  readonly ignoring?: readonly string[];
}

/** Promises about effort, which break without the lease. */
export const EFFORT = [
  'the provider is not hammered',
  'an outage does not multiply calls',
  'at most 24 scheduled checks a round',
  'no execution grows long',
  'without faults nothing needs a rescue',
  'nothing healthy is parked',
] as const;

/**
 * The lease keeps two looks at one order apart, so that they share a request; it guards nothing, and what does
 * guard shows only without it.
 */
const WITHOUT_LEASE: Edit = {
  file: 'adapters/order-store.ts',
  find: "condition: [[absent('leaseUntil')], [below('leaseUntil', now)]],",
  replace: 'condition: [[]],',
};

/** No mistake: every promise but the one about the number of requests must hold without it. */
export const LEASE_OFF: Mutation = { name: 'there is no lease', edits: [WITHOUT_LEASE] };

/**
 * Deliberate mistakes, most of them one line. They are the rules that the design calls load-bearing: each was
 * put there because something went wrong without it.
 */
export const MUTATIONS: readonly KnownMutation[] = [
  {
    name: 'a snapshot is written whatever rev says',
    edits: [
      WITHOUT_LEASE,
      {
        file: 'adapters/order-commit.ts',
        find: "const revIs = (rev: number): Condition => [[rev === 0 ? absent('rev') : equal('rev', rev)]];",
        replace: 'const revIs = (_: number): Condition => [[]];',
      },
    ],
    world: 1,
    only: [9],
    ignoring: EFFORT,
  },
  {
    name: 'fetchedAt decides instead of rev',
    edits: [
      WITHOUT_LEASE,
      {
        file: 'adapters/order-commit.ts',
        find: "'leaseUntil'])],\n    condition: revIs(rev),",
        replace:
          "'leaseUntil'])],\n    condition: [[absent('fetchedAt')], [below('fetchedAt', after.fetchedAt as string)]],",
      },
    ],
    world: 1,
    only: [13],
    ignoring: EFFORT,
  },
  {
    name: 'versions are compared as text',
    edits: [
      {
        file: 'adapters/records.ts',
        find: "version.replace(/^0+(?=\\d)/, '').padStart(VERSION_DIGITS, '0');",
        replace: 'version;',
      },
    ],
    world: 0,
    only: [15],
  },
  {
    name: 'events are written before what they tell of',
    edits: [
      {
        file: 'adapters/order-commit.ts',
        find: 'const parts = inParts(writes.filter((group) => group.length > 0));',
        replace: `for (const write of writes.flat()) {
      if ('put' in write && write.put.sk.startsWith(RECORD.event)) await table.put({ put: write.put });
    }
    const parts = inParts(
      writes
        .map((group) => group.filter((write) => !('put' in write && write.put.sk.startsWith(RECORD.event))))
        .filter((group) => group.length > 0),
    );`,
      },
    ],
    world: 0,
    only: [19],
  },
  {
    name: 'events are marked before they are published',
    edits: [
      {
        file: 'domain/publishing.ts',
        find: 'const accepted = await topic.publish(remaining);',
        replace: `await Promise.all(remaining.map((event) => outbox.markPublished(event.key, clock.now())));
    const accepted = await topic.publish(remaining);`,
      },
    ],
    world: 11,
    only: [0, 1, 2, 3, 4, 5, 6, 7, 18, 19],
    worlds: { always: ['topic refuses one', 'killed before a write'] },
  },
  {
    name: 'hints are cleared before the commit',
    edits: [
      {
        file: 'domain/look-at-order.ts',
        find: `const findings = examine(stored, snapshot, sentAt, look, eventSource, settings);`,
        replace: `const findings = examine(stored, snapshot, sentAt, look, eventSource, settings);
  await concludeHints(stored, findings, sentAt, dependencies, answer.kind === 'order');`,
      },
    ],
    world: 0,
    only: [19],
  },
  {
    name: 'nobody looks at the deadline',
    edits: [
      {
        file: 'domain/judge-item.ts',
        find: 'if (!isOpen(item.status) || item.doubt) return undefined;',
        replace: 'if (item) return undefined;',
      },
    ],
    world: 0,
    only: [18],
  },
  {
    name: 'the reconciler starts the watch under the name of its last attempt',
    edits: [
      {
        file: 'adapters/due-store.ts',
        find: '...(attempt !== undefined && { attempt: attempt + 1 }),',
        replace: '',
      },
    ],
    world: 1,
    only: [10, 11, 12],
  },
  {
    name: 'the first part writes ORDER',
    edits: [
      {
        file: 'adapters/order-commit.ts',
        find: 'const isLast = index === parts.length - 1;',
        replace: 'const isLast = index === 0;',
      },
    ],
    world: 10,
    only: [0, 1, 2],
    worlds: { orders: 4, items: 55, always: ['killed after a write'] },
  },
  {
    name: 'one witness is enough',
    edits: [
      {
        file: 'domain/judge-item.ts',
        find: 'if (needsWitness(before, seen)) {',
        replace: 'if (false as boolean) {',
      },
    ],
    world: 9,
    only: [15, 16, 17],
  },
  {
    name: 'the second witness may come at once',
    edits: [
      {
        file: 'domain/judge-item.ts',
        find: 'if (sentAt < plusSeconds(doubt.since, settings.witnessGapInSeconds)) return known;',
        replace: '',
      },
    ],
    world: 33,
  },
  {
    name: 'a doubt about a done item is due nowhere',
    edits: [
      {
        file: 'domain/item-plan.ts',
        find: "if (!watched) return { kind: 'due', at };",
        replace: "if (!watched) return { kind: 'none' };",
      },
    ],
    world: 0,
    only: [16],
  },
  {
    name: 'a webhook is a witness',
    edits: [
      {
        file: 'domain/examine.ts',
        find: 'const judgement = judgeItem(before, answer, known, isAskedFor, sentAt, settings);',
        replace: `const told = stored.hints.some(
        (hint) => hint.kind === 'webhook' && hint.itemUuid === itemUuid && hint.status === answer.status,
      );
      const witnessed = before && told && { ...before, doubt: { status: answer.status, since: before.firstSeenAt.replace(/^..../, '1999') } };
      const judgement = judgeItem(witnessed || before, answer, known, isAskedFor, sentAt, settings);`,
      },
    ],
    world: 9,
    only: [19],
  },
  {
    name: 'a webhook of a final status is satisfied by any change',
    edits: [
      {
        file: 'domain/hints.ts',
        find: "return isOpen(hint.status) && movedOn ? 'superseded' : undefined;",
        replace: "return after && after.status !== before?.status ? 'superseded' : undefined;",
      },
    ],
    world: 2,
    only: [12, 13, 14, 15, 16, 17, 18],
  },
  {
    name: 'an item that is watched is not due',
    edits: [
      {
        file: 'domain/examine.ts',
        find: `    nextCheckNominalAt: plan.nominalAt,
    due,
    dueAt: plusSeconds(plan.at, settings.rescueMarginInSeconds),`,
        replace: '    nextCheckNominalAt: plan.nominalAt,',
      },
    ],
    world: 0,
    only: [18],
  },
  {
    name: 'a wait is written without moving dueAt',
    edits: [
      {
        file: 'adapters/order-store.ts',
        find: '        dueAt,\n        ...(claims > 0 && { claims }),',
        replace: '        ...(claims > 0 && { claims }),',
      },
    ],
    world: 0,
    only: [14],
  },
  {
    name: 'a claim does not move dueAt',
    edits: [
      {
        file: 'adapters/due-store.ts',
        find: 'dueAt: plusSeconds(now, claimBackOff(claims, settings)),',
        replace: '',
      },
    ],
    world: 7,
    only: [17],
  },
  {
    name: 'an event is not due',
    edits: [
      {
        file: 'adapters/order-commit.ts',
        find: '      dueAt: plusSeconds(now, settings.rescueMarginInSeconds),\n    }),',
        replace: '    }),',
      },
    ],
    world: 11,
    only: [17],
  },
  {
    name: 'published events are never marked',
    edits: [
      {
        file: 'adapters/outbox.ts',
        find: "set: { publishedAt: at },\n      remove: ['due', 'dueAt', 'claims'],",
        replace: 'set: { seenAt: at },',
      },
    ],
    world: 0,
    only: [19],
  },
  {
    name: 'an item in doubt can be overdue',
    edits: [
      {
        file: 'domain/judge-item.ts',
        find: 'if (!isOpen(item.status) || item.doubt) return undefined;',
        replace: 'if (!isOpen(item.status)) return undefined;',
      },
    ],
    world: 1,
    only: [13, 14],
  },
  {
    name: 'a watch goes on for as long as an outage does',
    edits: [
      {
        file: 'check-item/check-item.ts',
        find: 'const MOST_TROUBLES = 12;',
        replace: 'const MOST_TROUBLES = 1e9;',
      },
    ],
    world: 0,
    only: [18],
    worlds: { always: ['provider outage'] },
  },
  {
    name: 'trouble of the provider counts towards parking',
    edits: [
      {
        file: 'adapters/order-store.ts',
        find: 'add: { claims: -1 },',
        replace: 'add: { claims: 0 },',
      },
      {
        file: 'check-item/check-item.ts',
        find: 'answered || troubles > 0 ? claims : Math.max(claims - 1, 0);',
        replace: 'answered || troubles >= 0 ? claims : Math.max(claims - 1, 0);',
      },
    ],
    world: 3,
    only: [18],
    worlds: { always: ['provider outage'] },
  },
  {
    name: 'looks of others use up the tries of a hint',
    edits: [
      {
        file: 'domain/hints.ts',
        find: 'if (!timeHasCome(hint, evidence.sentAt)) return [];',
        replace: '',
      },
    ],
    world: 2,
    only: [16, 17, 18],
  },
  {
    name: 'a contradicted hint never ends',
    edits: [
      {
        file: 'domain/hints.ts',
        find: "if (readable) return { hint, ends: 'contradicted' };",
        replace: '',
      },
    ],
    world: 2,
    only: [15, 16, 17],
  },
  {
    name: 'a stored hint is not due',
    edits: [
      {
        file: 'adapters/webhook-store.ts',
        find: '      dueAt: plusSeconds(now, settings.rescueMarginInSeconds),',
        replace: '',
      },
    ],
    world: 0,
    only: [19],
  },
  {
    name: 'an incomplete answer settles an order',
    edits: [
      {
        file: 'domain/examine.ts',
        find: 'const settled = isSettled(wasSettled, examined, incomplete);',
        replace: 'const settled = isSettled(wasSettled, examined, false);',
      },
    ],
    world: 4,
    only: [17, 18],
  },
  {
    name: 'a doubted item settles an order',
    edits: [
      {
        file: 'domain/examine.ts',
        find: 'items.every(({ after }) => isFinal(after.status) && !after.doubt);',
        replace: 'items.every(({ after }) => isFinal(after.status));',
      },
    ],
    world: 2,
    only: [2, 8, 12],
  },
  {
    name: 'an incomplete answer undoes that an order is settled',
    edits: [
      {
        file: 'domain/examine.ts',
        find: '? !items.some(({ after }) => isOpen(after.status))',
        replace: '? !incomplete && !items.some(({ after }) => isOpen(after.status) || after.doubt)',
      },
    ],
    world: 0,
    only: [16],
  },
  {
    name: 'an incomplete answer is not looked at again',
    edits: [
      {
        file: 'domain/examine.ts',
        find: 'const rescue = incompleteSince && nextIncompleteLook(incompleteSince, sentAt);',
        replace: 'const rescue = undefined;',
      },
    ],
    world: 28,
    only: [1, 2, 3, 6, 7, 8, 9],
  },
  {
    name: "a refund's clock runs from the booking",
    edits: [
      {
        file: 'domain/judge-item.ts',
        find: 'hasConfirmationDeadline(status) ? (order.paidAt',
        replace: 'status === status ? (order.paidAt',
      },
    ],
    world: 7,
    only: [4],
  },
  {
    name: 'an item that may be unpaid has no 15 minutes',
    edits: [
      {
        file: 'domain/item-plan.ts',
        find: 'item.round === 1 && !paidAt &&',
        replace: 'item.round === -1 && !paidAt &&',
      },
    ],
    world: 1,
    only: [19],
  },
  {
    name: 'what is done stays due',
    edits: [
      {
        file: 'domain/examine.ts',
        find: "if (plan.kind === 'none') return rest;",
        replace: "if (plan.kind === 'none') return after;",
      },
    ],
    world: 0,
    only: [19],
  },
  {
    name: 'settled orders are not cared for',
    edits: [
      {
        file: 'domain/care.ts',
        find: '.filter((look) => look > seenAt)',
        replace: '.filter((look) => look < seenAt && look > seenAt)',
      },
    ],
    world: 0,
    only: [19],
  },
  {
    name: 'vouchers that come later are not seen',
    edits: [
      {
        file: 'domain/judge-item.ts',
        find: '  before.status === STATUS.ok &&\n  seen.vouchers.length > 0 &&',
        replace: '  before.status === STATUS.ko &&\n  seen.vouchers.length > 0 &&',
      },
    ],
    world: 0,
    only: [17],
  },
  {
    name: 'our own clock decides whether a planned check has come',
    edits: [
      {
        file: 'domain/look-at-order.ts',
        find: 'latest(now, plannedAt ?? now)',
        replace: 'latest(now, (plannedAt && now) ?? now)',
      },
    ],
    world: 13,
    only: [16, 17, 18],
  },
  {
    name: 'a webhook that could not be stored is confirmed',
    edits: [
      {
        file: 'ingest-webhook/ingest-webhook.ts',
        find: 'const isNew = await webhooks.store(webhook.data, clock.now());',
        replace: 'const isNew = await webhooks.store(webhook.data, clock.now()).catch(() => false);',
      },
    ],
    world: 2,
    only: [0, 1, 2],
  },
  {
    name: 'an item that is missing is taken for KO',
    edits: [
      {
        file: 'domain/examine.ts',
        find: 'after = end?.item ?? unseen;',
        replace: "after = end?.item ?? { ...unseen, status: 'KO', sequence: unseen.sequence + 1 };",
      },
    ],
    world: 1,
    only: [17],
  },
  {
    name: 'a watch without an answer for its item looks again at once',
    edits: [
      {
        file: 'check-item/check-item.ts',
        find: 'return await waitOutTrouble(input, item, askAgainAt, sentAt, dependencies);',
        replace: 'return decide(input, CHECK_DECISION.wait, plusSeconds(sentAt, 5));',
      },
    ],
    world: 5,
  },
];

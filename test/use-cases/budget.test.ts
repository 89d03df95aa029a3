import { describe, expect, test } from 'vitest';
import type { Telemetry } from '../../lambdas/application/ports.ts';
import type { SeenItem } from '../../lambdas/domain/snapshot.ts';
import { at, DAY, HOUR, itemUuids, seen } from '../domain/fixtures.ts';
import { meteredTable } from '../platform/metered-table.ts';
import { TestTracker } from '../platform/test-tracker.ts';
import { RECONCILED } from './tracked-order.ts';

const SILENT: Telemetry = { count() {}, measure() {}, info() {}, warn() {}, error() {} };

/** The whole product, the units of the table that it has used, and the invocations but those of the reconciler. */
const meteredTracker = () => {
  const used = { readUnits: 0, writeUnits: 0, invocations: 0 };
  const tracker = new TestTracker({
    through: (table) => meteredTable(table, used),
    observer: {
      telemetry: () => SILENT,
      ended: (name) => {
        if (name !== 'reconcile') used.invocations++;
      },
    },
  });
  return { tracker, used };
};

interface ItemPlan {
  readonly maxConfirmationTime: string;
  /** When the item is confirmed, in seconds after the payment. */
  readonly confirmedAfter: number;
}

/** An order that is paid, tracked, confirmed item by item, and followed until a number of seconds after the payment. */
const follow = async (
  plans: readonly ItemPlan[],
  { webhooks, until }: { readonly webhooks: 'arrive' | 'are lost'; readonly until: number },
) => {
  const { tracker, used } = meteredTracker();
  const uuids = itemUuids(plans.length);
  const itemAt = (now: number, index: number): SeenItem => {
    const { maxConfirmationTime = '', confirmedAfter = 0 } = plans[index] ?? {};
    const itemUuid = uuids[index] ?? '';
    return seen(now < confirmedAfter ? 'PENDING' : 'OK', {
      itemUuid,
      vouchers: now < confirmedAfter ? [] : [`https://vouchers.example.com/v1/${itemUuid}/voucher-1.pdf`],
      product: { type: 'musement', title: 'Guided tour', date: '2026-04-10', maxConfirmationTime },
    });
  };
  let now = 0;
  tracker.provider = () => ({
    kind: 'order',
    snapshot: {
      status: 'PENDING',
      identifier: 'MUS0738876',
      date: at(0),
      items: plans.map((_, index) => itemAt(now, index)),
      unreadable: 0,
    },
  });
  const runUntil = async (time: number): Promise<void> => {
    await tracker.run(time - now, RECONCILED);
    now = time;
  };
  await runUntil(2);
  await tracker.track({ paidAt: at(0), reference: 'B-4711' });
  for (const [index, { confirmedAfter }] of plans.entries()) {
    await runUntil(confirmedAfter);
    if (webhooks === 'arrive') await tracker.webhook('OK', '2', uuids[index]);
  }
  await runUntil(until);
  const { executions, gets } = tracker;
  return {
    gets: gets.length,
    executions: executions.length,
    transitions: executions.reduce((sum, { transitions }) => sum + transitions, 0),
    writeUnits: used.writeUnits,
    invocations: used.invocations,
  };
};

const ONE = [{ maxConfirmationTime: 'P2D', confirmedAfter: 2 * HOUR }];
const THREE = [
  { maxConfirmationTime: 'PT2H', confirmedAfter: 1.5 * HOUR },
  { maxConfirmationTime: 'P1D', confirmedAfter: 20 * HOUR },
  { maxConfirmationTime: 'P2D', confirmedAfter: 40 * HOUR },
];

/**
 * Exact figures: one that grows is a decision to make, with the prices in docs/deployment.md in mind; one that falls is the new
 * budget. They depend on the UUID of the order, which spreads the checks, by a few percent.
 */
describe('what an order costs', () => {
  test.for([
    ['one item, whose webhook is lost', ONE, 'are lost', 3 * HOUR, [5, 1, 14, 45, 9]],
    ['one item, whose webhook arrives', ONE, 'arrive', 3 * HOUR, [5, 1, 14, 52, 12]],
    ['one item and ten days of follow-ups', ONE, 'are lost', 10 * DAY, [7, 1, 14, 59, 11]],
    [
      'three items of different deadlines, whose webhooks are lost',
      THREE,
      'are lost',
      41 * HOUR,
      [45, 1, 134, 216, 50],
    ],
    [
      'three items of different deadlines, whose webhooks arrive',
      THREE,
      'arrive',
      41 * HOUR,
      [46, 1, 137, 254, 61],
    ],
  ] as const)(
    'with %s',
    async ([, plans, webhooks, until, [gets, executions, transitions, writeUnits, invocations]]) => {
      expect(await follow(plans, { webhooks, until })).toEqual({
        gets,
        executions,
        transitions,
        writeUnits,
        invocations,
      });
    },
  );
});

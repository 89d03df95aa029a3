import { LANES } from '../../../lambdas/contracts/table.ts';
import { lanePartitions } from '../../../lambdas/domain/due.ts';
import type { World } from '../world.ts';

/** A host's clock may be so far ahead of ours that it finds more due than we would. */
const CLOCK_MARGIN_IN_MILLISECONDS = 20_000;

/** The scheduler: calls reconcile every few minutes; runs that would find nothing are skipped for speed. */
export const startReconciler = (world: World): void => {
  const { agenda, platform, deployment } = world;
  const every = deployment.reconcileEveryInSeconds * 1000;
  const tick = (): void => {
    agenda.at(agenda.now + every, tick);
    if (world.reconcilerOff.some(({ from, until }) => from <= agenda.now && agenda.now < until)) return;
    if (isSomethingDue(world)) void platform.invoke('reconcile', undefined as never);
  };
  agenda.at(agenda.now + every, tick);
};

const PARTITIONS = LANES.flatMap(lanePartitions);

const isSomethingDue = ({ table, agenda }: World): boolean => {
  const until = new Date(agenda.now + CLOCK_MARGIN_IN_MILLISECONDS).toISOString();
  return PARTITIONS.some((partition) => table.isAnythingDue(partition, until));
};

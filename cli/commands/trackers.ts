import { parameterName } from '../../lambdas/contracts/tracker-parameter.ts';
import { EXIT, type Outcome } from '../outcome.ts';
import { columns } from '../text.ts';
import { listTrackers, type Target } from '../tracker.ts';

/** Lists the trackers of the account and region. */
export const trackers = async (target: Omit<Target, 'tracker'>): Promise<Outcome> => {
  const found = await listTrackers(target);
  const unreadable = found.filter(({ version }) => version === undefined);
  return {
    data: found,
    lines:
      found.length === 0
        ? ['There is no tracker in this account and region.']
        : [
            ...columns(
              ['TRACKER', 'STACK', 'MUSEMENT', 'ORDERS'],
              found.map(({ trackerName, stackName, providerBaseUrl, ordersUrl }) => [
                trackerName,
                stackName,
                providerBaseUrl,
                ordersUrl,
              ]),
            ),
            ...unreadable.map(
              ({ trackerName }) =>
                `The parameter ${parameterName(trackerName)} was not written by this version of the tracker.`,
            ),
          ],
    exitCode: unreadable.length > 0 ? EXIT.attention : EXIT.success,
  };
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { parseUuid } from '../text.ts';
import { describeStory, readStory } from './status.ts';
import { trackOne } from './track.ts';

const POLL_IN_MILLISECONDS = 500;

/** Lets an order be looked at now, waits for that, and shows what it came to. */
export const check = async (
  deployment: Deployment,
  order: string,
  { timeout }: { readonly timeout: number },
): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  const { requestedAt, error } = await trackOne(await deployment.orders(), orderUuid, {});
  if (!requestedAt) throw new CommandError(`The order cannot be looked at: ${error}`);
  const until = Date.now() + timeout * 1000;
  for (;;) {
    const story = await readStory(deployment, orderUuid);
    const request = story?.timeline.find(({ kind, at }) => kind === 'track' && at === requestedAt);
    if (story?.order.fetchedAt && story.order.fetchedAt >= requestedAt)
      return describeStory(deployment, story);
    if (request?.['outcome'] === 'satisfied' && story) return describeStory(deployment, story);
    if (story?.order.askAgainAt && story.order.askAgainAt > requestedAt) {
      throw new CommandError(
        `Musement gave no usable answer; it is asked again at ${story.order.askAgainAt}. ` +
          `"order-tracker status ${orderUuid}" shows what went wrong.`,
        EXIT.noAnswer,
      );
    }
    if (Number(request?.['tries'] ?? 0) > 0) {
      throw new CommandError(
        `Musement does not know the order ${orderUuid}. It is asked again, less and less often, for a week.`,
        EXIT.notFound,
      );
    }
    if (Date.now() > until) {
      throw new CommandError(
        `Nobody has looked at the order within ${timeout} s; the reconciler will. Are calls stopped ` +
          '("order-tracker provider show")? Does everything run ("order-tracker doctor")?',
        EXIT.noAnswer,
      );
    }
    await sleep(POLL_IN_MILLISECONDS);
  }
};

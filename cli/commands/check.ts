import { setTimeout as sleep } from 'node:timers/promises';
import { orderKey } from '../../lambdas/adapters/records.ts';
import { present } from '../../lambdas/adapters/table.ts';
import type { Deployment } from '../deployment.ts';
import { CommandError, EXIT, type Outcome } from '../outcome.ts';
import { parseUuid } from '../text.ts';
import { describeAnswer, describeStory, readStory } from './status.ts';
import { trackOne } from './track.ts';

const POLL_IN_MILLISECONDS = 500;

/** Lets an order be looked at now, waits for that, and shows what it came to. */
export const check = async (
  deployment: Deployment,
  order: string,
  { timeout }: { readonly timeout: number },
): Promise<Outcome> => {
  const orderUuid = parseUuid(order, 'an order');
  // After trouble nobody asks for a while; a person who does knows better. What the provider itself asked for, and a
  // login that was refused a moment ago, are still respected.
  await deployment.table.update({
    key: orderKey(orderUuid),
    remove: ['askAgainAt'],
    condition: [[present('askAgainAt')]],
  });
  const { requestedAt, error } = await trackOne(await deployment.orders(), orderUuid, {});
  if (!requestedAt) throw new CommandError(`The order cannot be looked at: ${error}`);
  const until = Date.now() + timeout * 1000;
  for (;;) {
    const story = await readStory(deployment, orderUuid);
    const request = story?.timeline.find(({ kind, at }) => kind === 'track' && at === requestedAt);
    if (story?.order.fetchedAt && story.order.fetchedAt >= requestedAt)
      return describeStory(deployment, story);
    if (request?.['outcome'] === 'satisfied' && story) return describeStory(deployment, story);
    const isOver = Date.now() > until;
    // What the look came to is written after the pause that follows from it.
    const look = story?.timeline.findLast(({ kind, at }) => kind === 'check' && at >= requestedAt);
    if (story?.order.askAgainAt && story.order.askAgainAt > requestedAt && (look || isOver)) {
      throw new CommandError(
        `Musement gave no usable answer (${look ? describeAnswer(look['showed']) : 'cause unknown'}); ` +
          `it is asked again at ${story.order.askAgainAt}.`,
        EXIT.noAnswer,
      );
    }
    if (Number(request?.['tries'] ?? 0) > 0) {
      throw new CommandError(
        `Musement does not know the order ${orderUuid}. It is asked again, less and less often, for a week.`,
        EXIT.notFound,
      );
    }
    if (isOver) {
      throw new CommandError(
        `Nobody has looked at the order within ${timeout} s; the reconciler will. Are calls stopped ` +
          '("order-tracker provider show")? Does everything run ("order-tracker doctor")?',
        EXIT.noAnswer,
      );
    }
    await sleep(POLL_IN_MILLISECONDS);
  }
};

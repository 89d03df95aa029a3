import type { CloudEvent } from '../../../lambdas/contracts/events.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import type { World } from '../world.ts';

/** Everything stored was published, nothing else was, and every repetition is the same message. */
export const checkPublications = ({ table, topic, violations }: World): void => {
  const bodies = new Map<string, string>();
  for (const { event, body, stored } of topic.published) {
    const { orderUuid } = event.data;
    const first = bodies.get(event.id);
    if (first !== undefined && first !== body) {
      violations.add('an id stands for one message', orderUuid, event.id);
    }
    bodies.set(event.id, body);
    if (!stored) violations.add('what is published was written before', orderUuid, event.id);
  }
  const ids = new Map<string, string>();
  for (const row of table.rows()) {
    if (!row.sk.startsWith(RECORD.event)) continue;
    const body = row['body'] as string;
    const { id, type, data } = JSON.parse(body) as CloudEvent;
    ids.set(id, body);
    if (/\.(pending|refund_started|cancellation_error)$/.test(type)) continue;
    if (bodies.get(id) !== body)
      violations.add('every event is published as it was written', data.orderUuid, id);
    if (row['publishedAt'] === undefined) violations.add('what is published is marked', data.orderUuid, id);
  }
  for (const [id, body] of bodies) {
    if (ids.get(id) !== body)
      violations.add('nothing else is published', (JSON.parse(body) as CloudEvent).data.orderUuid, id);
  }
};

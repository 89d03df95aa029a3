import type { TrackerEvent } from '../../../events/index.ts';
import { toEvent } from '../../../lambdas/adapters/records.ts';
import { RECORD } from '../../../lambdas/contracts/table.ts';
import type { World } from '../world.ts';
import { isTemporary } from './values.ts';

/** Every stored event was published, nothing else was, and every repetition is the same message. */
export const checkPublications = ({ table, topic, violations }: World): void => {
  const bodies = new Map<string, string>();
  for (const { message, body } of topic.published) {
    const first = bodies.get(message.id);
    if (first !== undefined && first !== body) {
      violations.add('an id stands for one message', message.data.orderUuid, message.id);
    }
    bodies.set(message.id, body);
  }
  const ids = new Map<string, string>();
  for (const row of table.rows()) {
    if (!row.sk.startsWith(RECORD.event)) continue;
    const { body } = toEvent(row);
    const { id, type, data } = JSON.parse(body) as TrackerEvent;
    ids.set(id, body);
    if (isTemporary(type)) continue;
    if (bodies.get(id) !== body) {
      violations.add('every event is published as it was written', data.orderUuid, id);
    }
    if (row['publishedAt'] === undefined) {
      violations.add('every published event is marked', data.orderUuid, id);
    }
  }
  for (const [id, body] of bodies) {
    if (ids.get(id) !== body) {
      violations.add('nothing else is published', (JSON.parse(body) as TrackerEvent).data.orderUuid, id);
    }
  }
};

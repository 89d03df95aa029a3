import {
  EVENT_TYPES,
  type ItemEvent,
  isItemEvent,
  isOrderEvent,
  type OrderEvent,
  type TrackerEvent,
} from '../../events/index.ts';
import type { Scenario } from './scenario.ts';

/** The events of one item, sorted by sequence number: the topic does not keep their order. */
const eventsOf = (itemUuid: string, events: readonly TrackerEvent[]): ItemEvent[] =>
  events
    .filter(isItemEvent)
    .filter(({ data }) => data.itemUuid === itemUuid)
    .toSorted((one, other) => one.data.sequence - other.data.sequence);

const settledEvents = (events: readonly TrackerEvent[]): OrderEvent[] => events.filter(isOrderEvent);

/** Whether as many events have arrived as the scenario expects; {@link differences} says whether they are the right ones. */
export const isComplete = (scenario: Scenario, events: readonly TrackerEvent[]): boolean =>
  events.length >= scenario.items.flatMap((item) => item.events).length + scenario.settledEvents;

/** What differs between the expected and the received events, one sentence a difference. */
export const differences = (
  scenario: Scenario,
  itemUuids: readonly string[],
  events: readonly TrackerEvent[],
): string[] => [
  ...itemUuids.flatMap((uuid, index) => itemDifferences(scenario, index, eventsOf(uuid, events))),
  ...unknownItems(itemUuids, events),
  ...settledDifferences(scenario, itemUuids, events),
  ...repetitions(events),
];

const itemDifferences = (scenario: Scenario, index: number, events: readonly ItemEvent[]): string[] => {
  const expected = scenario.items[index]?.events ?? [];
  const agrees = (event: ItemEvent, position: number) =>
    event.type === expected[position]?.type && expected[position].foundBy.includes(event.data.foundBy);
  if (events.length === expected.length && events.every(agrees)) return [];
  const list = (names: readonly string[]) => names.join(', ') || 'nothing';
  const expectedNames = list(expected.map(({ type, foundBy }) => `${type} by ${foundBy.join(' or ')}`));
  const receivedNames = list(events.map(({ type, data }) => `${type} by ${data.foundBy}`));
  return [`item ${index + 1}: expected ${expectedNames}; received ${receivedNames}`];
};

const unknownItems = (itemUuids: readonly string[], events: readonly TrackerEvent[]): string[] =>
  events
    .filter(isItemEvent)
    .filter(({ data }) => !itemUuids.includes(data.itemUuid))
    .map(({ type, data }) => `received ${type} for ${data.itemUuid}, which is no item of the order`);

const settledDifferences = (
  scenario: Scenario,
  itemUuids: readonly string[],
  events: readonly TrackerEvent[],
): string[] => {
  const settled = settledEvents(events).toSorted((one, other) => one.data.sequence - other.data.sequence);
  const found: string[] = [];
  if (settled.length !== scenario.settledEvents) {
    found.push(
      `order: expected ${EVENT_TYPES.settled} ${scenario.settledEvents} times; received it ${settled.length} times`,
    );
  }
  const [first] = settled;
  for (const uuid of first ? itemUuids : []) {
    const firstOfItem = eventsOf(uuid, events)[0];
    if (first && (!firstOfItem || first.time < firstOfItem.time)) {
      found.push(`order: ${EVENT_TYPES.settled} came before the final status of ${uuid}`);
    }
  }
  return found;
};

const repetitions = (events: readonly TrackerEvent[]): string[] => {
  const ids = events.map(({ id }) => id);
  const repeated = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  return [...repeated].map((id) => `received ${id} more than once`);
};

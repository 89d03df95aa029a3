import {
  type CloudEvent,
  EVENT_TYPES,
  type ItemEventData,
  type OrderEventData,
} from '../../lambdas/contracts/events.ts';
import type { Scenario } from './scenario.ts';

type ItemEvent = CloudEvent<ItemEventData>;
type OrderEvent = CloudEvent<OrderEventData>;

const isItemEvent = (event: CloudEvent): event is ItemEvent => 'itemUuid' in event.data;

/** The events of one item in the order of their sequence numbers: the topic does not keep order. */
const eventsOf = (itemUuid: string, events: readonly CloudEvent[]): ItemEvent[] =>
  events
    .filter(isItemEvent)
    .filter(({ data }) => data.itemUuid === itemUuid)
    .toSorted((one, other) => one.data.sequence - other.data.sequence);

const settledEvents = (events: readonly CloudEvent[]): OrderEvent[] =>
  events.filter((event): event is OrderEvent => event.type === EVENT_TYPES.settled);

/** Whether as many events are there as the scenario expects; what they are is for {@link differences}. */
export const isComplete = (scenario: Scenario, events: readonly CloudEvent[]): boolean => {
  const { items, settled } = scenario.expected;
  return events.length >= items.flat().length + settled;
};

/** What differs between the events expected and those received; empty when nothing does. */
export const differences = (
  scenario: Scenario,
  itemUuids: readonly string[],
  events: readonly CloudEvent[],
): string[] => [
  ...itemUuids.flatMap((uuid, index) => itemDifferences(scenario, index, eventsOf(uuid, events))),
  ...strangers(itemUuids, events),
  ...settledDifferences(scenario, itemUuids, events),
  ...repetitions(events),
];

const itemDifferences = (scenario: Scenario, index: number, events: readonly ItemEvent[]): string[] => {
  const wanted = scenario.expected.items[index] ?? [];
  const agrees = (event: ItemEvent, position: number) =>
    event.type === wanted[position]?.type && wanted[position].by.includes(event.data.foundBy);
  if (events.length === wanted.length && events.every(agrees)) return [];
  const names = (list: readonly string[]) => list.join(', ') || 'nothing';
  const wantedNames = names(wanted.map(({ type, by }) => `${type} by ${by.join(' or ')}`));
  const receivedNames = names(events.map(({ type, data }) => `${type} by ${data.foundBy}`));
  return [`item ${index + 1}: expected ${wantedNames}; received ${receivedNames}`];
};

const strangers = (itemUuids: readonly string[], events: readonly CloudEvent[]): string[] =>
  events
    .filter(isItemEvent)
    .filter(({ data }) => !itemUuids.includes(data.itemUuid))
    .map(({ type, data }) => `received ${type} for ${data.itemUuid}, which is no item of the order`);

const settledDifferences = (
  scenario: Scenario,
  itemUuids: readonly string[],
  events: readonly CloudEvent[],
): string[] => {
  const settled = settledEvents(events).toSorted((one, other) => one.data.sequence - other.data.sequence);
  const found: string[] = [];
  if (settled.length !== scenario.expected.settled) {
    found.push(
      `order: expected ${EVENT_TYPES.settled} ${scenario.expected.settled} times; received ${settled.length}`,
    );
  }
  const [first] = settled;
  for (const uuid of first ? itemUuids : []) {
    const itemFinal = eventsOf(uuid, events)[0];
    if (first && (!itemFinal || first.time < itemFinal.time)) {
      found.push(`order: ${EVENT_TYPES.settled} came before the final status of ${uuid}`);
    }
  }
  return found;
};

const repetitions = (events: readonly CloudEvent[]): string[] => {
  const ids = events.map(({ id }) => id);
  const repeated = new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
  return [...repeated].map((id) => `received ${id} more than once`);
};

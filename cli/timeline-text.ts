import { EVENT_TYPES } from '../events/index.ts';
import type { EntryOf, TimelineEntry } from '../lambdas/contracts/timeline-schemas.ts';
import { moment, times } from './text.ts';

/** Types of events that are published only with the setting `temporaryEvents`. */
const TEMPORARY_TYPES: ReadonlySet<string> = new Set([
  EVENT_TYPES.pending,
  EVENT_TYPES.refundStarted,
  EVENT_TYPES.cancellationError,
]);

/** Width of the longest kind. */
const KIND_WIDTH = 'notification'.length;

/** One line about a timeline entry: when it happened, what it was, which item it is about and what came of it. */
export const describeEntry = (entry: TimelineEntry): string =>
  `${moment(entry.at)}  ${entry.kind.padEnd(KIND_WIDTH)}  ${describe(entry)}`;

const describe = (entry: TimelineEntry): string => {
  switch (entry.kind) {
    case 'event':
      return describeEvent(entry);
    case 'webhook': {
      const { status, itemUuid, version, deliveries } = entry;
      const received = times(deliveries);
      return `${status} of ${shortUuid(itemUuid)}, version ${version}, received ${received}: ${outcomeOf(entry)}`;
    }
    case 'track':
      return `by ${entry.requestedBy ?? 'an unknown caller'}: ${outcomeOf(entry)}`;
    case 'untrack':
      return `by ${entry.requestedBy ?? 'an unknown caller'}: tracking stopped`;
    case 'notification':
      return `requested for ${shortUuid(entry.itemUuid)}: ${entry.outcome}`;
    case 'check':
      return `by ${entry.reason}, took ${entry.tookInMilliseconds} ms: ${describeAnswer(entry.showed)}`;
  }
};

const describeEvent = (entry: EntryOf<'event'>): string => {
  // `<orderUuid>/<itemUuid>/<sequence>`, or `<orderUuid>/order/<sequence>`.
  const [, itemUuid = ''] = entry.id.split('/');
  const item = itemUuid === 'order' ? '' : ` of ${shortUuid(itemUuid)}`;
  const foundBy = entry.foundBy ? `, found by ${entry.foundBy}` : '';
  return `${entry.type}${item}${foundBy}${describePublication(entry)}`;
};

const describePublication = ({ type, publishedAt }: EntryOf<'event'>): string => {
  if (publishedAt) return ', published';
  return TEMPORARY_TYPES.has(type) ? ', temporary: not published' : ', not published yet';
};

const outcomeOf = ({ outcome, firstAnswerAt }: EntryOf<'webhook' | 'track'>): string =>
  outcome ?? (firstAnswerAt ? 'unresolved' : 'no answer yet');

/** The first part of a UUID, which is enough to distinguish the items of one order. */
const shortUuid = (uuid: string): string => uuid.slice(0, 8);

/**
 * The answer to a check, in words.
 * @param showed the status of each item by its UUID, or a word that says why there is none
 */
export const describeAnswer = (showed: EntryOf<'check'>['showed']): string =>
  typeof showed === 'string'
    ? showed
    : Object.entries(showed)
        .map(([itemUuid, status]) => `${shortUuid(itemUuid)} ${status}`)
        .join(', ') || 'response contains no valid item';

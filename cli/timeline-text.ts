import type { TimelineEntry } from '../lambdas/application/ports.ts';
import { EVENT_TYPES } from '../lambdas/contracts/events.ts';
import { moment, times } from './text.ts';

/** Types of events that are published only with the setting `temporaryEvents`. */
const TEMPORARY_TYPES: ReadonlySet<unknown> = new Set([
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
      const received = times(Number(entry['deliveries'] ?? 1));
      return `${entry['status']}${ofItem(entry)}, version ${entry['version']}, received ${received}: ${outcomeOf(entry)}`;
    }
    case 'track':
      return `by ${entry['requestedBy'] ?? 'an unknown caller'}: ${outcomeOf(entry)}`;
    case 'untrack':
      return `by ${entry['requestedBy'] ?? 'an unknown caller'}: tracking stopped`;
    case 'notification':
      return `requested for ${shortUuid(entry['itemUuid'])}: ${entry['outcome']}`;
    case 'check':
      return `by ${entry['reason']}, took ${entry['tookInMilliseconds']} ms: ${describeAnswer(entry['showed'])}`;
  }
};

const describeEvent = (entry: TimelineEntry): string => {
  // `<orderUuid>/<itemUuid>/<sequence>`, or `<orderUuid>/order/<sequence>`.
  const [, itemUuid] = String(entry['id']).split('/');
  const item = itemUuid === 'order' ? '' : ` of ${shortUuid(itemUuid)}`;
  const foundBy = entry['foundBy'] ? `, found by ${entry['foundBy']}` : '';
  return `${entry['type']}${item}${foundBy}${describePublication(entry)}`;
};

const describePublication = (entry: TimelineEntry): string => {
  if (entry['publishedAt']) return ', published';
  return TEMPORARY_TYPES.has(entry['type']) ? ', temporary: not published' : ', not published yet';
};

const outcomeOf = (entry: TimelineEntry): string => {
  if (entry['outcome']) return String(entry['outcome']);
  return entry['firstAnswerAt'] ? 'unresolved' : 'no answer yet';
};

const ofItem = (entry: TimelineEntry): string =>
  entry['itemUuid'] ? ` of ${shortUuid(entry['itemUuid'])}` : '';

/** The first part of a UUID, which is enough to distinguish the items of one order. */
const shortUuid = (uuid: unknown): string => String(uuid).slice(0, 8);

/**
 * The answer to a check, in words.
 * @param showed the status of each item by its UUID, or a word that says why there is none
 */
export const describeAnswer = (showed: unknown): string =>
  typeof showed === 'object' && showed !== null
    ? Object.entries(showed)
        .map(([itemUuid, status]) => `${shortUuid(itemUuid)} ${status}`)
        .join(', ') || 'response contains no valid item'
    : String(showed);

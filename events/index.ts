import type { ItemEvent, OrderEvent, TrackerEvent } from './types.ts';

export type {
  EventProduct,
  FoundBy,
  ItemEvent,
  ItemEventData,
  ItemEventType,
  OrderEvent,
  OrderEventData,
  SettledItem,
  TrackerEvent,
} from './types.ts';

/**
 * Types of the events. They are the product's public interface: once published they change only with a new major
 * version.
 */
export const EVENT_TYPES = {
  ok: 'order_item.ok',
  ko: 'order_item.ko',
  refunded: 'order_item.refunded',
  vouchersAvailable: 'order_item.vouchers_available',
  overdue: 'order_item.overdue',
  missing: 'order_item.missing',
  trackingEnded: 'order_item.tracking_ended',
  pending: 'order_item.pending',
  refundStarted: 'order_item.refund_started',
  cancellationError: 'order_item.cancellation_error',
  settled: 'order.settled',
} as const;

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];

/** Names of the SNS message attributes, for filter policies. */
export const MESSAGE_ATTRIBUTES = {
  type: 'type',
  status: 'status',
  /** `true` or `false`, see {@link isFinal}. */
  final: 'final',
  orderUuid: 'order_uuid',
  /** Items only. */
  productType: 'product_type',
} as const;

/** Version of the contract. A change that can break a subscriber makes a new one. */
export const CONTRACT_VERSION = 1;

/**
 * Where the schemas of this version are: the latest release of the package. Later releases of the package keep the
 * folders of earlier versions.
 */
export const SCHEMAS_URL = `https://unpkg.com/musement-order-tracker/docs/schemas/v${CONTRACT_VERSION}`;

/** Values of `dataschema`. */
export const DATA_SCHEMAS = {
  item: `${SCHEMAS_URL}/item-event-data.json`,
  order: `${SCHEMAS_URL}/order-event-data.json`,
} as const;

const FINAL_TYPES: ReadonlySet<string> = new Set<EventType>([
  EVENT_TYPES.ok,
  EVENT_TYPES.ko,
  EVENT_TYPES.refunded,
  EVENT_TYPES.vouchersAvailable,
  EVENT_TYPES.settled,
]);

/** Whether an event is about a final status: `ok`, `ko`, `refunded`, `vouchers_available` and `order.settled`. */
export const isFinal = ({ type }: Pick<TrackerEvent, 'type'>): boolean => FINAL_TYPES.has(type);

/** Whether an event is about one item of an order: every `order_item.…`. */
export const isItemEvent = (event: TrackerEvent): event is ItemEvent => event.type.startsWith(ITEM_PREFIX);

/** Whether an event is about an order as a whole: `order.settled`. */
export const isOrderEvent = (event: TrackerEvent): event is OrderEvent => !isItemEvent(event);

/** Thrown for a message that is no event of the order tracker. The text quotes nothing of `data`. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

const ITEM_PREFIX = 'order_item.';
const ORDER_PREFIX = 'order.';

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** What a required field can hold, in the words of the error. */
const IS_KIND = {
  'a text that is not empty': isText,
  'a positive integer': (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0,
  'an object': (value: unknown) => isObject(value),
  'a list': Array.isArray,
  'a list of texts': (value: unknown) =>
    Array.isArray(value) && value.every((entry) => typeof entry === 'string'),
};

/** What a required field holds. */
type Kind = keyof typeof IS_KIND;

type Fields = Readonly<Record<string, Kind>>;

const ENVELOPE: Fields = {
  id: 'a text that is not empty',
  source: 'a text that is not empty',
  type: 'a text that is not empty',
  subject: 'a text that is not empty',
  time: 'a text that is not empty',
  dataschema: 'a text that is not empty',
  datacontenttype: 'a text that is not empty',
  data: 'an object',
};

const ORDER_DATA: Fields = {
  orderUuid: 'a text that is not empty',
  sequence: 'a positive integer',
  status: 'a text that is not empty',
  items: 'a list',
};

const ITEM_DATA: Fields = {
  orderUuid: 'a text that is not empty',
  itemUuid: 'a text that is not empty',
  sequence: 'a positive integer',
  status: 'a text that is not empty',
  since: 'a text that is not empty',
  foundBy: 'a text that is not empty',
  product: 'an object',
  vouchers: 'a list of texts',
};

/**
 * Reads a message of the topic.
 *
 * It takes what a subscriber has at hand: the body of an SQS message with or without raw message delivery, the body of an
 * HTTPS delivery, `Sns` of a record that a Lambda function gets from the topic, or the event itself. Additional fields
 * are kept. So is a `type` that this version of the package does not know, if it begins with `order_item.` or `order.`:
 * ignore it.
 *
 * @param message JSON, or an object that was parsed from it
 * @throws {EventError} when the message is no event, or one of another major version of the contract
 */
export const parseEvent = (message: unknown): TrackerEvent => {
  const event = unwrap(parseObject(message, 'The message'));
  if (event['specversion'] !== '1.0') {
    throw new EventError('The message is no CloudEvent: specversion must be "1.0".');
  }
  requireFields(event, ENVELOPE, '');
  const { type, dataschema, data } = event as { type: string; dataschema: string; data: JsonObject };
  requireVersion(dataschema);
  requireFields(data, fieldsOf(type), 'data.');
  return event as unknown as TrackerEvent;
};

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parseObject = (value: unknown, name: string): JsonObject => {
  const parsed = typeof value === 'string' ? parseJson(value, name) : value;
  if (isObject(parsed)) return parsed;
  throw new EventError(`${name} must be a JSON object.`);
};

const parseJson = (text: string, name: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold voucher links.
    throw new EventError(`${name} is not JSON.`);
  }
};

/** The event in an SNS message, which is what a subscription without raw message delivery gets. */
const unwrap = (message: JsonObject): JsonObject => {
  if ('specversion' in message || !('Type' in message)) return message;
  if (message['Type'] === 'Notification') return parseObject(message['Message'], "The SNS message's Message");
  throw new EventError(
    `The SNS message is a ${String(message['Type']).slice(0, MAX_QUOTED)}, not a Notification: an HTTPS endpoint must ` +
      'confirm its subscription, and skip the other types.',
  );
};

/** Longest quotation of a received text in an error. */
const MAX_QUOTED = 100;

const fieldsOf = (type: string): Fields => {
  if (type.startsWith(ITEM_PREFIX)) return ITEM_DATA;
  if (type.startsWith(ORDER_PREFIX)) return ORDER_DATA;
  throw new EventError(`The type "${type.slice(0, MAX_QUOTED)}" is not a type of the order tracker.`);
};

const requireVersion = (dataschema: string): void => {
  const version = /\/v(\d+)\/[^/]*$/.exec(dataschema)?.[1];
  if (version === `${CONTRACT_VERSION}`) return;
  throw new EventError(
    `The event has version ${version ?? 'unknown'} of the contract (dataschema), and this package reads version ` +
      `${CONTRACT_VERSION}: install the release of musement-order-tracker that belongs to it.`,
  );
};

const requireFields = (object: JsonObject, fields: Fields, path: string): void => {
  for (const [name, kind] of Object.entries(fields)) {
    if (!IS_KIND[kind](object[name])) throw new EventError(`${path}${name}: must be ${kind}.`);
  }
};

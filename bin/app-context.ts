import { Duration } from 'aws-cdk-lib';
import type { Node } from 'constructs';
import { InvalidPropertyError, type OrderTrackerSettings } from '../lib/index.ts';
import { nearestName } from './nearest-name.ts';
import type { OrderTrackerStackProps } from './order-tracker-stack.ts';

type KindsOf<Value> = Value extends boolean
  ? 'boolean'
  : Value extends number
    ? 'number' | 'days'
    : Value extends string
      ? 'text'
      : Value extends Duration
        ? 'seconds' | 'minutes'
        : Value extends readonly Duration[]
          ? 'listOfSeconds'
          : 'texts';

type KindsOfAll<Properties> = { readonly [Name in keyof Properties]-?: KindsOf<Required<Properties>[Name]> };

/** Properties that hold constructs, and those whose absence would leave the stack without one of its outputs. */
type WithoutContextKey =
  | 'env'
  | 'tags'
  | 'settings'
  | 'providerSecret'
  | 'webhookSecret'
  | 'urgentTopic'
  | 'noticesTopic'
  | 'alarms'
  | 'dashboard';

/** Every other property of the stack can be given in the context. A property that is missing here does not compile. */
const PROPERTIES: KindsOfAll<Omit<OrderTrackerStackProps, WithoutContextKey>> = {
  environment: 'text',
  providerApplication: 'text',
  providerBaseUrl: 'text',
  production: 'boolean',
  logRetention: 'days',
  refreshConcurrency: 'number',
  maxChecksPerDay: 'number',
  reconcileEvery: 'minutes',
  webhookRequestsPerSecond: 'number',
  ordersRequestsPerSecond: 'number',
  callerAccounts: 'texts',
  subscriberAccounts: 'texts',
  customerManagedKey: 'boolean',
  runbookUrl: 'text',
  savedQueries: 'boolean',
  tracing: 'boolean',
};

/** Every setting can be given in the context too. */
const SETTINGS: KindsOfAll<OrderTrackerSettings> = {
  minCheckGap: 'seconds',
  instantGrace: 'seconds',
  unpaidGrace: 'seconds',
  defaultConfirmationTime: 'seconds',
  resolutionWindow: 'seconds',
  rereadGap: 'seconds',
  voucherChecks: 'listOfSeconds',
  hintChecks: 'listOfSeconds',
  hintGiveUp: 'seconds',
  missingAfter: 'seconds',
  retryBase: 'seconds',
  rescueMargin: 'seconds',
  rescueBackoff: 'seconds',
  refreshDelay: 'seconds',
  providerTimeout: 'seconds',
  acceptLanguage: 'text',
  webhookOverlap: 'seconds',
  webhookSourceAddresses: 'texts',
  followUps: 'boolean',
  temporaryEvents: 'boolean',
};

type Kind = (typeof PROPERTIES)[keyof typeof PROPERTIES] | (typeof SETTINGS)[keyof typeof SETTINGS];

const toNumber = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
};

const toList = (value: unknown): unknown[] | undefined => {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return undefined;
  if (!value.trimStart().startsWith('[')) return value.split(',').map((part) => part.trim());
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
};

const allDefined = <T>(list: readonly (T | undefined)[] | undefined): T[] | undefined =>
  list?.every((entry) => entry !== undefined) ? (list as T[]) : undefined;

const toText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const toDuration =
  (unit: (amount: number) => Duration) =>
  (value: unknown): Duration | undefined => {
    const amount = toNumber(value);
    return amount !== undefined && amount >= 0 ? unit(amount) : undefined;
  };

const toSeconds = toDuration(Duration.seconds);

/** How a value of each kind is read from the context; `undefined` stands for a value of the wrong kind. */
const READERS: {
  readonly [K in Kind]: { readonly parse: (value: unknown) => unknown; readonly remedy: string };
} = {
  text: { parse: toText, remedy: 'give a string.' },
  number: { parse: toNumber, remedy: 'give a number.' },
  days: { parse: toNumber, remedy: 'give a number of days.' },
  // `-c key=value` on the command line always gives a string; cdk.json may give the value itself.
  boolean: {
    parse: (value) => ({ true: true, false: false })[String(value)],
    remedy: 'give true or false.',
  },
  texts: {
    parse: (value) => allDefined(toList(value)?.map(toText)),
    remedy: 'give strings separated by commas, or a JSON array of strings.',
  },
  seconds: { parse: toSeconds, remedy: 'give a number of seconds.' },
  minutes: { parse: toDuration(Duration.minutes), remedy: 'give a number of minutes.' },
  listOfSeconds: {
    parse: (value) => allDefined(toList(value)?.map(toSeconds)),
    remedy: 'give numbers of seconds separated by commas, or a JSON array of numbers.',
  },
};

/** The context holds numbers only, so the name of a time ends with its unit. */
const UNIT: Readonly<Partial<Record<Kind, string>>> = {
  seconds: 'InSeconds',
  listOfSeconds: 'InSeconds',
  minutes: 'InMinutes',
  days: 'InDays',
};

const contextKeyOf = ([name, kind]: readonly [name: string, kind: Kind]): string =>
  `${name}${UNIT[kind] ?? ''}`;

const ALL = [...Object.entries(PROPERTIES), ...Object.entries(SETTINGS)];

/** Every context key of this app. */
export const CONTEXT_KEYS: readonly string[] = ALL.map(contextKeyOf);

/** Other tools, and CDK itself, have `@`, `:`, `/` or `.` in their keys. A key without any can be meant for this app. */
const PLAIN = /^[\w-]+$/;

/** A company may have context keys of its own. Only one that is similar to a key of this app is rejected as misspelled. */
const rejectMisspelledKeys = (context: Record<string, unknown>): void => {
  for (const [key, value] of Object.entries(context)) {
    if (!PLAIN.test(key) || CONTEXT_KEYS.includes(key)) continue;
    const nearest = nearestName(key, CONTEXT_KEYS);
    if (nearest) {
      throw new InvalidPropertyError(
        key,
        value,
        `this app has no such context key. Did you mean ${nearest}? If it is a key of your own, give it a prefix, such as "acme:${key}".`,
      );
    }
  }
};

const readAll = (node: Node, kinds: Readonly<Record<string, Kind>>): object =>
  Object.fromEntries(
    Object.entries(kinds).flatMap((entry) => {
      const [name, kind] = entry;
      const key = contextKeyOf(entry);
      const value: unknown = node.tryGetContext(key);
      if (value === undefined) return [];
      const { parse, remedy } = READERS[kind];
      const parsed = parse(value);
      if (parsed === undefined) throw new InvalidPropertyError(key, value, remedy);
      return [[name, parsed]];
    }),
  );

/**
 * Reads the stack's properties from the CDK context.
 * @throws {InvalidPropertyError} for a misspelled key, or a value of the wrong kind
 */
export const readContext = (node: Node): Partial<OrderTrackerStackProps> => {
  rejectMisspelledKeys(node.getAllContext());
  const settings = readAll(node, SETTINGS);
  return { ...readAll(node, PROPERTIES), ...(Object.keys(settings).length > 0 && { settings }) };
};

/** Makes an error about a property name its context key and the value given there. */
export const asContextError = (error: InvalidPropertyError, node: Node): InvalidPropertyError => {
  const name = error.property.replace(/^settings\./, '');
  const entry = ALL.find(([known]) => known === name);
  if (!entry) return error;
  const key = contextKeyOf(entry);
  return new InvalidPropertyError(key, node.tryGetContext(key), error.remedy);
};

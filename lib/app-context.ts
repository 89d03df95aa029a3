import { Duration } from 'aws-cdk-lib';
import type { Node } from 'constructs';
import { InvalidPropertyError } from './invalid-property-error.ts';
import { nearestName } from './nearest-name.ts';
import type { OrderTrackerProps } from './order-tracker-props.ts';
import { AS_CONTEXT_KEYS, resolveTuning } from './tuning-props.ts';

type KindOf<Value> = Value extends boolean
  ? 'boolean'
  : Value extends number
    ? 'number'
    : Value extends string
      ? 'text'
      : Value extends Duration
        ? 'duration'
        : Value extends readonly Duration[]
          ? 'durations'
          : 'texts';

type PropertyName = keyof OrderTrackerProps;

/** Every property of the tracker can be given in the context. A property that is missing here does not compile. */
const PROPERTIES: { readonly [Name in PropertyName]-?: KindOf<Required<OrderTrackerProps>[Name]> } = {
  environment: 'text',
  providerApplication: 'text',
  providerBaseUrl: 'text',
  production: 'boolean',
  logRetentionInDays: 'number',
  refreshConcurrency: 'number',
  maxChecksPerDay: 'number',
  reconcileEveryInMinutes: 'number',
  webhookRequestsPerSecond: 'number',
  ordersRequestsPerSecond: 'number',
  callerAccounts: 'texts',
  subscriberAccounts: 'texts',
  customerManagedKey: 'boolean',
  runbookUrl: 'text',
  savedQueries: 'boolean',
  tracing: 'boolean',
  minCheckGap: 'duration',
  instantGrace: 'duration',
  unpaidGrace: 'duration',
  defaultConfirmationTime: 'duration',
  resolutionWindow: 'duration',
  rereadGap: 'duration',
  voucherChecks: 'durations',
  hintChecks: 'durations',
  hintGiveUp: 'duration',
  missingAfter: 'duration',
  retryBase: 'duration',
  rescueMargin: 'duration',
  rescueBackoff: 'duration',
  refreshDelay: 'duration',
  providerTimeout: 'duration',
  acceptLanguage: 'text',
  webhookOverlap: 'duration',
  webhookSourceAddresses: 'texts',
  followUps: 'boolean',
  temporaryEvents: 'boolean',
};

type Kind = (typeof PROPERTIES)[PropertyName];

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

const toDuration = (value: unknown): Duration | undefined => {
  const seconds = toNumber(value);
  return seconds !== undefined && seconds >= 0 ? Duration.seconds(seconds) : undefined;
};

/** How a value of each kind is read from the context; `undefined` stands for a value of the wrong kind. */
const READERS: {
  readonly [K in Kind]: { readonly parse: (value: unknown) => unknown; readonly remedy: string };
} = {
  text: { parse: toText, remedy: 'give a string.' },
  number: { parse: toNumber, remedy: 'give a number.' },
  // `-c key=value` on the command line always gives a string; cdk.json may give the value itself.
  boolean: {
    parse: (value) => ({ true: true, false: false })[String(value)],
    remedy: 'give true or false.',
  },
  texts: {
    parse: (value) => allDefined(toList(value)?.map(toText)),
    remedy: 'give strings separated by commas, or a JSON array of strings.',
  },
  duration: { parse: toDuration, remedy: 'give a number of seconds.' },
  durations: {
    parse: (value) => allDefined(toList(value)?.map(toDuration)),
    remedy: 'give numbers of seconds separated by commas, or a JSON array of numbers.',
  },
};

/** A property as a context key: the name of a duration ends with its unit, because the context holds numbers only. */
const contextKeyOf = (name: string, kind: Kind): string =>
  kind === 'duration' || kind === 'durations' ? `${name}InSeconds` : name;

/** Every context key of this app. */
export const CONTEXT_KEYS: readonly string[] = Object.entries(PROPERTIES).map(([name, kind]) =>
  contextKeyOf(name, kind),
);

/** Other tools, and CDK itself, mark their keys with `@`, `:`, `/` or `.`: such a key is not meant for this app. */
const UNMARKED = /^[\w-]+$/;

/** A company has context keys of its own. Only one that is like a key of this app is taken for a mistake. */
const rejectMisspelledKeys = (context: Record<string, unknown>): void => {
  for (const [key, value] of Object.entries(context)) {
    if (!UNMARKED.test(key) || CONTEXT_KEYS.includes(key)) continue;
    const nearest = nearestName(key, CONTEXT_KEYS);
    if (nearest) {
      throw new InvalidPropertyError(
        key,
        value,
        `this app has no such context key. Did you mean ${nearest}? If it is a key of your own, mark it, such as "acme:${key}".`,
      );
    }
  }
};

/**
 * Reads the tracker's properties from the CDK context.
 * @throws {InvalidPropertyError} for a misspelled key, a value of the wrong kind, or a setting out of range
 */
export const readContext = (node: Node): Partial<OrderTrackerProps> => {
  rejectMisspelledKeys(node.getAllContext());
  const given = Object.entries(PROPERTIES).flatMap(([name, kind]) => {
    const key = contextKeyOf(name, kind);
    const value: unknown = node.tryGetContext(key);
    if (value === undefined) return [];
    const { parse, remedy } = READERS[kind];
    const parsed = parse(value);
    if (parsed === undefined) throw new InvalidPropertyError(key, value, remedy);
    return [[name, parsed]];
  });
  const props: Partial<OrderTrackerProps> = Object.fromEntries(given);
  // The tracker checks its properties too, but only here an error can name the context key.
  resolveTuning(props, AS_CONTEXT_KEYS);
  return props;
};

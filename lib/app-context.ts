import type { Node } from 'constructs';
import { InvalidPropertyError, type OrderTrackerProps } from './order-tracker-props.ts';

type Kind<Value> = Value extends boolean
  ? 'boolean'
  : Value extends number
    ? 'number'
    : Value extends string
      ? 'text'
      : Value extends readonly number[]
        ? 'numbers'
        : 'texts';

/** Every property of the tracker is a context key of the same name; a forgotten one does not compile. */
const CONTEXT_KEYS: {
  readonly [Key in keyof Required<OrderTrackerProps>]: Kind<Required<OrderTrackerProps>[Key]>;
} = {
  environment: 'text',
  providerApplication: 'text',
  providerBaseUrl: 'text',
  production: 'boolean',
  logRetentionInDays: 'number',
  refreshConcurrency: 'number',
  mostChecksADay: 'number',
  reconcileEveryInMinutes: 'number',
  webhookRequestsPerSecond: 'number',
  ordersRequestsPerSecond: 'number',
  callerAccounts: 'texts',
  subscriberAccounts: 'texts',
  customerManagedKey: 'boolean',
  runbookUrl: 'text',
  savedQueries: 'boolean',
  tracing: 'boolean',
  smallestGapInSeconds: 'number',
  instantGraceInSeconds: 'number',
  unpaidGraceInSeconds: 'number',
  defaultConfirmationInSeconds: 'number',
  resolutionWindowInSeconds: 'number',
  witnessGapInSeconds: 'number',
  voucherChecksInSeconds: 'numbers',
  hintQuickRetriesInSeconds: 'numbers',
  hintSlowRetriesInSeconds: 'numbers',
  hintGiveUpInSeconds: 'number',
  troubleGapInSeconds: 'number',
  rescueMarginInSeconds: 'number',
  claimBackOffInSeconds: 'number',
  gatherInSeconds: 'number',
  providerTimeoutInSeconds: 'number',
  webhookOverlapInSeconds: 'number',
  webhookSourceAddresses: 'texts',
  careEnabled: 'boolean',
  temporaryEvents: 'boolean',
};

type AnyKind = (typeof CONTEXT_KEYS)[keyof typeof CONTEXT_KEYS];

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

/** `-c key=value` on the command line always gives a string; cdk.json may give the value itself. */
const PARSERS: { readonly [K in AnyKind]: readonly [parse: (value: unknown) => unknown, remedy: string] } = {
  text: [toText, 'give a text.'],
  number: [toNumber, 'give a number.'],
  boolean: [(value) => ({ true: true, false: false })[String(value)], 'give true or false.'],
  numbers: [
    (value) => allDefined(toList(value)?.map(toNumber)),
    'give numbers separated by commas, or a JSON array of numbers.',
  ],
  texts: [
    (value) => allDefined(toList(value)?.map(toText)),
    'give texts separated by commas, or a JSON array of strings.',
  ],
};

/** Tools mark their own keys with `@`, `:`, `/` or `-`: a plain word can only be meant for this app. */
const PLAIN_WORD = /^[a-z][a-zA-Z0-9]*$/;

/** How a key is written when nobody minds case and hyphens: so written, `Environment` is meant for this app too. */
const spelled = (key: string): string => key.replaceAll(/[-_]/g, '').toLowerCase();

const isMeantForUs = (key: string): boolean =>
  PLAIN_WORD.test(key) || Object.keys(CONTEXT_KEYS).some((known) => spelled(known) === spelled(key));

const refuseUnknown = (context: Record<string, unknown>): void => {
  for (const [key, value] of Object.entries(context)) {
    if (isMeantForUs(key) && !Object.hasOwn(CONTEXT_KEYS, key)) {
      throw new InvalidPropertyError(
        key,
        value,
        `this app knows no such context key. Correct its spelling or remove it; known are ${Object.keys(CONTEXT_KEYS).join(', ')}.`,
      );
    }
  }
};

/**
 * Reads the tracker's properties from the CDK context. Whether a value makes sense is for the tracker to judge.
 * @throws {InvalidPropertyError} for an unknown key, or a value of the wrong kind.
 */
export const readContext = (node: Node): Partial<OrderTrackerProps> => {
  refuseUnknown(node.getAllContext());
  const given = Object.entries(CONTEXT_KEYS).flatMap(([key, kind]) => {
    const value: unknown = node.tryGetContext(key);
    if (value === undefined) return [];
    const [parse, remedy] = PARSERS[kind];
    const parsed = parse(value);
    if (parsed === undefined) throw new InvalidPropertyError(key, value, remedy);
    return [[key, parsed]];
  });
  return Object.fromEntries(given);
};

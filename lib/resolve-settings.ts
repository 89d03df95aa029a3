import { Duration, Token } from 'aws-cdk-lib';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { type Settings, settingsSchema } from '../lambdas/contracts/settings.ts';
import { InvalidPropertyError, textOf } from './invalid-property-error.ts';
import type { OrderTrackerSettings } from './order-tracker-settings.ts';

/** Suffix of a name whose value is a duration as a number. */
const UNIT = /InSeconds$/;

/** A setting of the functions as a property of the construct: its name without the unit, its value as a `Duration`. */
const propertyOf = (key: keyof Settings): keyof OrderTrackerSettings =>
  key.replace(UNIT, '') as keyof OrderTrackerSettings;

const isSeconds = (value: unknown): value is number | readonly number[] =>
  typeof value === 'number' || (Array.isArray(value) && value.every((entry) => typeof entry === 'number'));

const durationOf = (seconds: number | readonly number[]): Duration | readonly Duration[] =>
  typeof seconds === 'number' ? Duration.seconds(seconds) : seconds.map((entry) => Duration.seconds(entry));

/** The default of a setting, as a property. */
const defaultOf = (key: keyof Settings): unknown => {
  const value = z.parse(settingsSchema, {})[key];
  return UNIT.test(key) && isSeconds(value) ? durationOf(value) : value;
};

/**
 * A token in a duration becomes a number that no setting accepts, because the settings are passed as JSON. So does what is
 * no duration: in JavaScript no compiler rejects it.
 */
const secondsOf = (duration: Duration | undefined): number | undefined => {
  if (duration === undefined) return undefined;
  const isKnown = duration instanceof Duration && !duration.isUnresolved();
  return isKnown ? duration.toSeconds({ integral: false }) : Number.NaN;
};

const secondsOfAll = (durations: readonly Duration[] | undefined): readonly unknown[] | undefined =>
  durations?.map(secondsOf);

const isToken = (value: unknown): boolean =>
  value instanceof Duration ? value.isUnresolved() : Token.isUnresolved(value);

const containsToken = (value: unknown): boolean =>
  isToken(value) || (Array.isArray(value) && value.some(isToken));

/** The compiler requires every setting here, so that no property is forgotten. */
type GivenSettings = Readonly<Record<keyof Settings, unknown>>;

/**
 * Turns properties into the settings that the functions receive, with every default filled in.
 * @throws {InvalidPropertyError} for the first value that is out of range
 */
export const resolveSettings = (settings: OrderTrackerSettings): Settings => {
  const given: GivenSettings = {
    minCheckGapInSeconds: secondsOf(settings.minCheckGap),
    instantGraceInSeconds: secondsOf(settings.instantGrace),
    unpaidGraceInSeconds: secondsOf(settings.unpaidGrace),
    defaultConfirmationTimeInSeconds: secondsOf(settings.defaultConfirmationTime),
    resolutionWindowInSeconds: secondsOf(settings.resolutionWindow),
    rereadGapInSeconds: secondsOf(settings.rereadGap),
    voucherChecksInSeconds: secondsOfAll(settings.voucherChecks),
    hintChecksInSeconds: secondsOfAll(settings.hintChecks),
    hintGiveUpInSeconds: secondsOf(settings.hintGiveUp),
    missingAfterInSeconds: secondsOf(settings.missingAfter),
    retryBaseInSeconds: secondsOf(settings.retryBase),
    rescueMarginInSeconds: secondsOf(settings.rescueMargin),
    rescueBackoffInSeconds: secondsOf(settings.rescueBackoff),
    refreshDelayInSeconds: secondsOf(settings.refreshDelay),
    providerTimeoutInSeconds: secondsOf(settings.providerTimeout),
    acceptLanguage: settings.acceptLanguage,
    webhookOverlapInSeconds: secondsOf(settings.webhookOverlap),
    webhookSourceAddresses: settings.webhookSourceAddresses,
    followUps: settings.followUps,
    temporaryEvents: settings.temporaryEvents,
  };
  const result = z.safeParse(settingsSchema, given, { error: en().localeError });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = String(issue?.path[0]) as keyof Settings;
  const property = propertyOf(key);
  const value = settings[property];
  const remedy = containsToken(value) ? 'give a value that is known at synthesis' : issue && remedyOf(issue);
  throw new InvalidPropertyError(
    `settings.${property}`,
    value,
    `${remedy ?? 'it is invalid'}. The default is ${textOf(defaultOf(key))}.`,
  );
};

/** Every number among the settings is a duration in seconds. */
const remedyOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'too_small') {
    return issue.origin === 'array' ? 'give at least one entry' : `give at least ${issue.minimum} s`;
  }
  if (issue.code === 'too_big') {
    return issue.origin === 'array'
      ? `give at most ${issue.maximum} entries`
      : `give at most ${issue.maximum} s`;
  }
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'give a Duration of aws-cdk-lib';
  if (issue.code === 'invalid_type' && issue.expected === 'int') return 'give whole seconds';
  return issue.message;
};

import { Duration, Token } from 'aws-cdk-lib';

/** Thrown when a property of the tracker has a value that cannot be used. */
export class InvalidPropertyError extends Error {
  override readonly name = 'InvalidPropertyError';
  /** Such as `trackerName` or `settings.minCheckGap`. */
  readonly property: string;
  /** What to give instead: a sentence without a capital letter. */
  readonly remedy: string;

  constructor(property: string, value: unknown, remedy: string) {
    super(`"${property}" cannot be ${textOf(value)}: ${remedy}`);
    this.property = property;
    this.remedy = remedy;
  }
}

/** A longer value is cut in messages, which must fit a screen. */
const MAX_TEXT_LENGTH = 200;

/** A value as a message shows it. JSON would show the inner fields of a duration. */
export const textOf = (value: unknown): string => {
  const text = fullTextOf(value);
  return text.length <= MAX_TEXT_LENGTH
    ? text
    : `${text.slice(0, MAX_TEXT_LENGTH)}… (${text.length} characters)`;
};

const fullTextOf = (value: unknown): string => {
  if (Token.isUnresolved(value)) return 'a token';
  if (value instanceof Duration) return value.isUnresolved() ? 'a token' : value.toHumanString();
  if (Array.isArray(value) && value.some((entry) => entry instanceof Duration)) {
    return `[${value.map(fullTextOf).join(', ')}]`;
  }
  return JSON.stringify(value) ?? 'undefined';
};

import { readFileSync } from 'node:fs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { documentedProperties } from '../../contract/settings.ts';
import { SANDBOX_BASE_URL } from '../../lib/index.ts';
import { resolveProps } from '../../lib/resolve-props.ts';

/** The optional properties of a file's interfaces, with their `@default`. */
const documented = (file: string): [name: string, byDefault: string | undefined][] =>
  documentedProperties(readFileSync(new URL(`../../lib/${file}`, import.meta.url), 'utf8'))
    .filter(({ isOptional }) => isOptional)
    .map(({ name, byDefault }) => [name, byDefault]);

it.each([
  ['order-tracker-props.ts', 20],
  ['order-tracker-settings.ts', 20],
  ['event-subscription.ts', 8],
  ['imported-order-tracker.ts', 1],
])('%s: each optional property says its default', (file, least) => {
  const properties = documented(file);
  expect(properties.length).toBeGreaterThanOrEqual(least);
  expect(properties.filter(([, byDefault]) => byDefault === undefined)).toEqual([]);
});

const CONSTANTS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  SANDBOX_BASE_URL,
  'RetentionDays.ONE_MONTH': RetentionDays.ONE_MONTH,
  'RemovalPolicy.RETAIN': RemovalPolicy.RETAIN,
};

/** The value of a default; `undefined` for one in words. */
const codeValue = (byDefault: string): unknown => {
  const [code = ''] = byDefault.split(' - ');
  const [, unit, amount] = /^Duration\.(\w+)\((\d+)\)$/.exec(code) ?? [];
  if (unit) return Duration[unit as 'seconds'](Number(amount));
  if (/^[\d_]+$/.test(code)) return Number(code.replaceAll('_', ''));
  return /^'.*'$/.test(code) ? code.slice(1, -1) : CONSTANTS[code];
};

const UNITS: Readonly<Record<string, number>> = { seconds: 1, minutes: 60, hours: 3600 };

/** The seconds in words such as "after 30 seconds, 1 and 5 minutes". */
const timesIn = (words: string): number[] =>
  [...words.matchAll(/([\d., and]+) (seconds|minutes|hours)/g)].flatMap(([, amounts = '', unit = '']) =>
    (amounts.match(/[\d.]+/g) ?? []).map((amount) => Number(amount) * (UNITS[unit] ?? Number.NaN)),
  );

describe('the default in the comment of', () => {
  const { settings, retain, ...props } = resolveProps({ providerApplication: 'test' });
  const actual: Readonly<Record<string, unknown>> = {
    ...props,
    ...settings,
    removalPolicy: retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  };
  const cases = [...documented('order-tracker-props.ts'), ...documented('order-tracker-settings.ts')].flatMap(
    ([name, byDefault = '']) => (/^-/.test(byDefault) ? [] : [[name, byDefault] as const]),
  );

  it.each(cases)('%s is what it says: %s', (name, byDefault) => {
    const value = codeValue(byDefault);
    const seconds = actual[`${name}InSeconds`];

    expect(value).toBeDefined();
    if (seconds === undefined) expect(actual[name]).toEqual(value);
    else expect(Duration.seconds(Number(seconds)).toSeconds()).toBe((value as Duration).toSeconds());
  });

  it.each(['voucherChecks', 'hintChecks'] as const)('%s lists the times', (name) => {
    const words = documented('order-tracker-settings.ts').find(([known]) => known === name)?.[1] ?? '';

    expect(timesIn(words)).toEqual(actual[`${name}InSeconds`]);
  });

  it('each property is compared unless its default is in words', () => {
    expect(cases.length).toBeGreaterThan(28);
  });
});

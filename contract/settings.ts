import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXT_KEYS } from '../bin/app-context.ts';
import { replaceSections, table } from './markdown.ts';

/** A property of an interface, with its doc comment. */
export interface DocumentedProperty {
  readonly name: string;
  readonly isOptional: boolean;
  /** The comment in one line, without `@default`. */
  readonly meaning: string;
  /** What follows `@default`: code, `- ` and words, or both. */
  readonly byDefault?: string | undefined;
}

/** Matches a property with the doc comment above it, if any. */
const PROPERTY = /(?: {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)? {2}readonly (\w+)(\??):/g;

/** The text between the marks of a comment, with links as code. */
export const asOneLine = (comment: string): string =>
  comment
    .replaceAll(/\s*\n\s*\* ?/g, ' ')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .trim();

/** The properties of the interfaces in a file of TypeScript, in their order. */
export const documentedProperties = (source: string): DocumentedProperty[] =>
  [...source.matchAll(PROPERTY)].map(([, comment = '', name = '', mark]) => {
    const [meaning = '', byDefault] = asOneLine(comment).split(/ ?@default /);
    return { name, isOptional: mark === '?', meaning, byDefault };
  });

/** A default as it stands in a table: durations in words, other code as code, words as they are. */
export const defaultOf = ({ isOptional, byDefault = '' }: DocumentedProperty): string => {
  if (!isOptional) return '– (required)';
  const [code = '', words = ''] = byDefault.split(/(?:^| )- /);
  const [, unit = '', amount = ''] = /^Duration\.(\w+)\((\d+)\)$/.exec(code) ?? [];
  const value = unit
    ? `${amount} ${amount === '1' ? unit.slice(0, -1) : unit}`
    : code && `\`${code.replaceAll("'", '')}\``;
  return value && words ? `${value} (${words})` : value || words;
};

/** The context key of the app for a property, which ends with the unit of a duration. */
const contextKeyOf = (name: string): string | undefined =>
  CONTEXT_KEYS.find((key) => key.replace(/In(Seconds|Minutes|Days)$/, '') === name);

const rowOf = (property: DocumentedProperty): string[] => {
  const key = contextKeyOf(property.name);
  return [`\`${property.name}\``, key ? `\`${key}\`` : '–', defaultOf(property), property.meaning];
};

const propertiesOf = (path: string): DocumentedProperty[] =>
  documentedProperties(readFileSync(join(import.meta.dirname, '..', path), 'utf8'));

const HEAD = ['Property', 'Context key', 'Default', 'Meaning'];

/** The generated text for the page of the settings, between `<!-- settings: <name> -->` and `<!-- /settings -->`. */
const sections = (): Readonly<Record<string, string>> => ({
  app: table(
    HEAD.slice(1),
    propertiesOf('bin/order-tracker-stack.ts').map((property) => rowOf(property).slice(1)),
  ),
  properties: table(HEAD, propertiesOf('lib/order-tracker-props.ts').map(rowOf)),
  settings: table(HEAD, propertiesOf('lib/order-tracker-settings.ts').map(rowOf)),
});

/**
 * The page of the settings with its tables, which are the comments of the properties.
 * @throws {Error} for a section that does not exist
 */
export const fillInSettings = (page: string): string => replaceSections(page, 'settings', sections());

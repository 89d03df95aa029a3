import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceSections, table } from './markdown.ts';
import { asOneLine, type DocumentedProperty, defaultOf, documentedProperties } from './settings.ts';

/** A comment and the method below it, in an interface. */
const METHOD = / {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+)\(/g;

/** The methods of the interfaces in a file of TypeScript, in their order, each with its comment in one line. */
export const documentedMethods = (source: string): readonly (readonly [name: string, meaning: string])[] =>
  [...source.matchAll(METHOD)].map(([, comment = '', name = '']) => [
    name,
    asOneLine(comment).replaceAll(/ ?@throws \{`?(\w+)`?\}/g, ' Throws `$1`'),
  ]);

/** The source of one interface or class: `name` is such as `interface OrderTrackerAttributes`. */
const declarationOf = (path: string, name: string): string => {
  const source = readFileSync(join(import.meta.dirname, '..', path), 'utf8');
  const start = source.search(new RegExp(`^export ${name}\\b`, 'm'));
  if (start === -1) throw new Error(`${path} exports no ${name}`);
  return source.slice(start, source.indexOf('\n}\n', start));
};

/** What the pages about the construct get between `<!-- construct: <name> -->` and `<!-- /construct -->`. */
const sections = (): Readonly<Record<string, string>> => {
  const everyTracker = declarationOf('lib/order-tracker-base.ts', 'interface IOrderTracker');
  const ofEveryTracker = new Set(documentedProperties(everyTracker).map(({ name }) => name));
  return {
    members: table(
      ['Member', 'Of an imported tracker', 'Meaning'],
      documentedProperties(declarationOf('lib/order-tracker.ts', 'class OrderTracker')).map(
        ({ name, meaning }) => [`\`${name}\``, ofEveryTracker.has(name) ? 'yes' : 'no', meaning],
      ),
    ),
    methods: table(
      ['Method', 'Meaning'],
      documentedMethods(everyTracker).map(([name, meaning]) => [`\`${name}()\``, meaning]),
    ),
    attributes: propertyTable('lib/imported-order-tracker.ts', 'OrderTrackerAttributes'),
    subscription: propertyTable('lib/event-subscription.ts', 'EventSubscriptionProps'),
  };
};

const propertyTable = (path: string, name: string): string =>
  table(
    ['Property', 'Default', 'Meaning'],
    documentedProperties(declarationOf(path, `interface ${name}`)).map(rowOf),
  );

const rowOf = (property: DocumentedProperty): string[] => [
  `\`${property.name}\``,
  defaultOf(property),
  property.meaning,
];

/**
 * A page about the construct with its tables, which are the comments of the code.
 * @throws {Error} for a section that does not exist
 */
export const fillInConstruct = (page: string): string => replaceSections(page, 'construct', sections());

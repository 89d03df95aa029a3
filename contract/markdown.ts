import { EVENT_TYPES, isFinal } from '../events/index.ts';
import { DESCRIBED_VALUES } from '../lambdas/contracts/contract-registry.ts';
import { EVENT_DESCRIPTIONS } from '../lambdas/contracts/event-schemas.ts';
import { FOUND_BY_DESCRIPTIONS } from '../lambdas/contracts/found-by.ts';
import { OUTCOME_DESCRIPTIONS } from '../lambdas/contracts/timeline-schemas.ts';
import { componentNamed, contractComponents, type JsonSchema } from './components.ts';
import { DOCUMENTED_TYPES, EVENT_EXAMPLES } from './examples.ts';

/** The generated text for a Markdown page, between `<!-- contract: <name> -->` and `<!-- /contract -->`. */
const sections = (): Readonly<Record<string, string>> => ({
  example: ['```json', JSON.stringify(EVENT_EXAMPLES[EVENT_TYPES.ok], null, 2), '```'].join('\n'),
  types: table(
    ['Type', 'When', '`final`'],
    DOCUMENTED_TYPES.map((type) => [`\`${type}\``, EVENT_DESCRIPTIONS[type], `\`${isFinal({ type })}\``]),
  ),
  foundBy: valueTable('`foundBy`', 'The status was found', FOUND_BY_DESCRIPTIONS),
  outcome: valueTable('`outcome`', 'Meaning', OUTCOME_DESCRIPTIONS),
  ...Object.fromEntries(
    Object.entries(contractComponents())
      .filter(([, { properties }]) => properties)
      .map(([name]) => [name, fieldTable(name)]),
  ),
});

const valueTable = (name: string, meaning: string, values: Readonly<Record<string, string>>): string =>
  table(
    [name, meaning],
    Object.entries(values).map(([value, description]) => [`\`${value}\``, description]),
  );

/** The fields of a schema. */
const fieldTable = (name: string): string => {
  const components = contractComponents();
  const { properties = {}, required = [] } = componentNamed(name, components);
  const rows = Object.entries(properties).map(([field, schema]) => ({
    field: `\`${field}\``,
    always: required.includes(field) ? 'yes' : '',
    meaning: meaningOf(schema, components),
  }));
  return required.length > 0
    ? table(
        ['Field', 'Always there', 'Meaning'],
        rows.map(({ field, always, meaning }) => [field, always, meaning]),
      )
    : table(
        ['Field', 'Meaning'],
        rows.map(({ field, meaning }) => [field, meaning]),
      );
};

const meaningOf = (schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): string => {
  const target = schema.$ref?.slice('#/components/schemas/'.length);
  const resolved = target ? componentNamed(target, components) : schema;
  const { description = '', const: constant } = resolved;
  const values = resolved.enum ?? resolved['x-extensible-enum'];
  if (constant !== undefined) return `\`${constant}\`. ${description}`.trim();
  // The values of some enumerations are described in a table of their own.
  const [summary] = description.split(DESCRIBED_VALUES);
  return values ? `${summary} One of ${values.map((value) => `\`${value}\``).join(', ')}.` : description;
};

/** A table in Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [rowOf(head), `|${'---|'.repeat(head.length)}`, ...rows.map(rowOf)].join('\n');

const rowOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/**
 * A page with its sections, which stand between `<!-- <label>: <name> -->` and `<!-- /<label> -->`, filled in.
 * @throws {Error} for a section that does not exist
 */
export const replaceSections = (
  page: string,
  label: string,
  known: Readonly<Record<string, string>>,
): string =>
  page.replaceAll(
    new RegExp(`<!-- ${label}: (\\w+) -->\\n[\\s\\S]*?<!-- /${label} -->`, 'g'),
    (_, name: string) => {
      const content = known[name];
      if (content === undefined) {
        throw new Error(`There is no section "${name}"; there are: ${Object.keys(known).join(', ')}`);
      }
      return `<!-- ${label}: ${name} -->\n\n${content}\n\n<!-- /${label} -->`;
    },
  );

/**
 * A page with the tables of the contract.
 * @throws {Error} for a section that does not exist
 */
export const fillIn = (page: string): string => replaceSections(page, 'contract', sections());

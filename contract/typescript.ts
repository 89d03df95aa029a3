import { componentNamed, contractComponents, type JsonSchema, referencedComponents } from './components.ts';

/** The types of the events as a TypeScript module without imports, in the form in which Biome formats it. */
export const eventTypes = (): string => {
  const components = contractComponents();
  const names = Object.keys(referencedComponents({ $ref: '#/components/schemas/TrackerEvent' }, components));
  const declarations = names
    .toSorted()
    .map((name) => declaration(name, componentNamed(name, components)))
    .join('\n\n');
  return `// Generated from lambdas/contracts/event-schemas.ts by \`npm run contract\`. Do not edit.\n\n${declarations}\n`;
};

const declaration = (name: string, schema: JsonSchema): string =>
  schema.properties
    ? `${comment(schema, '')}export interface ${name} ${objectType(schema)}`
    : `${comment(schema, '')}export type ${name} = ${typeOf(schema)};`;

const objectType = ({ properties = {}, required = [] }: JsonSchema): string => {
  const fields = Object.entries(properties).map(
    ([name, schema]) =>
      `${comment(schema, '  ')}  readonly ${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema)};`,
  );
  return `{\n${fields.join('\n')}\n}`;
};

const comment = ({ description }: JsonSchema, indent: string): string =>
  description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '* /')} */\n`;

/** @throws {Error} for a schema that no event has had so far */
const typeOf = (schema: JsonSchema): string => {
  if (schema.$ref !== undefined) return schema.$ref.slice('#/components/schemas/'.length);
  if (schema.const !== undefined) return literal(schema.const);
  const values = schema.enum ?? schema['x-extensible-enum'];
  if (values) return values.map(literal).join(' | ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.type === 'array' && schema.items) return `readonly ${typeOf(schema.items)}[]`;
  if (schema.type === 'integer') return 'number';
  if (schema.type === 'string') return 'string';
  throw new Error(`Add this kind of schema to contract/typescript.ts: ${JSON.stringify(schema)}`);
};

const literal = (value: unknown): string => `'${value}'`;

import * as z from 'zod/mini';
import { contractRegistry } from '../lambdas/contracts/contract-registry.ts';
import { omit } from '../lambdas/domain/omit.ts';
// These modules fill the registry.
import '../lambdas/contracts/event-schemas.ts';
import '../lambdas/contracts/order-schemas.ts';
import '../lambdas/contracts/request-schemas.ts';
import '../lambdas/contracts/timeline-schemas.ts';

/** A JSON Schema, as far as the documents use it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  /** The values that are known; others may be added. An `enum` would make validators and generated classes reject these. */
  readonly 'x-extensible-enum'?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly [keyword: string]: unknown;
}

/** Every schema of the contract by its name. References to others are `$ref: '#/components/schemas/<name>'`. */
export const contractComponents = (): Readonly<Record<string, JsonSchema>> => {
  const { schemas } = z.toJSONSchema(contractRegistry, {
    // The output of a parser would have no fields but the known ones; a message may get more.
    io: 'input',
    metadata: contractRegistry,
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema, zodSchema }) => {
      if (zodSchema._zod.def.type === 'enum') openEnumeration(jsonSchema);
      // The pattern repeats the format, in up to 300 characters.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      // OpenAPI uses this keyword for something else.
      delete jsonSchema.readOnly;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // Only says that property names are strings.
      delete jsonSchema.propertyNames;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, omit(schema, '$schema', '$id') as JsonSchema]),
  );
};

const openEnumeration = (schema: z.core.JSONSchema.BaseSchema): void => {
  schema['x-extensible-enum'] = schema.enum;
  delete schema.enum;
};

/** The components that a schema refers to, those that these refer to included. */
export const referencedComponents = (
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> => {
  const found: Record<string, JsonSchema> = {};
  const follow = (part: JsonSchema): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(REFERENCE)) {
      if (name in found) continue;
      found[name] = componentNamed(name, components);
      follow(found[name]);
    }
  };
  follow(schema);
  return found;
};

const REFERENCE = /"#\/components\/schemas\/(\w+)"/g;

/** @throws {Error} when there is none */
export const componentNamed = (
  name: string,
  components: Readonly<Record<string, JsonSchema>>,
): JsonSchema => {
  const component = components[name];
  if (!component) throw new Error(`The contract has no schema ${name}.`);
  return component;
};

import * as z from 'zod/mini';

/** Description of a schema, and its name if it has one in the documents. */
interface SchemaMetadata {
  /** Name in the documents. A schema without a name is written inline. */
  readonly id?: string;
  /** One or two sentences in Markdown. */
  readonly description: string;
}

/**
 * Every schema of the public contract: events, orders API, webhook. JSON Schemas, AsyncAPI and OpenAPI documents,
 * the tables in `docs` and the types in `events` are generated from it.
 */
export const contractRegistry = z.registry<SchemaMetadata>();

/** A field with its description. */
export const field = <Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema => {
  const copy = z.clone(schema) as Schema;
  contractRegistry.add(copy, { description });
  return copy;
};

/** A schema with a name of its own in the documents. */
export const named = <Schema extends z.ZodMiniType>(
  id: string,
  description: string,
  schema: Schema,
): Schema => {
  contractRegistry.add(schema, { id, description });
  return schema;
};

/** A list that is only read. */
export const listOf = <Schema extends z.ZodMiniType>(schema: Schema) => z.readonly(z.array(schema));

/** A moment in UTC with milliseconds, such as `2026-11-24T10:00:00.000Z`. */
export const instantSchema = z.iso.datetime();

/** A UUID in lower case. */
export const lowerCaseUuidSchema = z.guid();

/** The keys of an object, typed. */
export const keysOf = <Key extends string>(object: Readonly<Record<Key, unknown>>) =>
  Object.keys(object) as Key[];

/** Separates the description of an enumeration from the descriptions of its values. */
export const DESCRIBED_VALUES = ' Values: ';

/** The description of an enumeration and its values, in Markdown. */
export const describeValues = (description: string, values: Readonly<Record<string, string>>): string => {
  const described = Object.entries(values).map(([value, meaning]) => `\`${value}\`, ${meaning}`);
  return `${description}${DESCRIBED_VALUES}${described.join('; ')}.`;
};

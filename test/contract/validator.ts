import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Throws when a value does not follow a schema. */
export type Validate = (value: unknown) => void;

/** Validates by a validator that has nothing in common with the one that the schemas are written for. */
export class SchemaValidator {
  readonly #ajv = new Ajv2020({ allErrors: true });

  constructor() {
    addFormats.default(this.#ajv);
  }

  /** @param name what the value is, for the error */
  compile(schema: AnySchema, name: string): Validate {
    const validate: ValidateFunction = this.#ajv.compile(schema);
    return (value) => {
      if (validate(value)) return;
      throw new Error(`${name} does not follow its schema: ${this.#ajv.errorsText(validate.errors)}`);
    };
  }
}

/**
 * A schema that allows no fields but those that it describes. The documents leave room for more; what the product itself
 * writes today is described completely.
 */
export const closed = <Schema>(schema: Schema): Schema => {
  if (Array.isArray(schema)) return schema.map(closed) as Schema;
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  return ('properties' in schema && !('additionalProperties' in schema)
    ? { ...parts, additionalProperties: false }
    : parts) as unknown as Schema;
};

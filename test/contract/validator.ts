import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** Throws when a value does not follow a schema. */
export type Validate = (value: unknown) => void;

/** Values that are known, of an enumeration that others may be added to. */
const OPEN_ENUMERATION = 'x-extensible-enum';

/** Validates with Ajv, which shares no code with zod, the library that the schemas are written for. */
export class SchemaValidator {
  readonly #ajv = new Ajv2020({ allErrors: true });

  constructor() {
    addFormats.default(this.#ajv);
    // Where an OpenAPI or AsyncAPI document keeps what its schemas refer to.
    this.#ajv.addVocabulary([OPEN_ENUMERATION, 'components']);
  }

  /**
   * @param schema a schema that contains all it refers to
   * @param name what the value is, for the error
   */
  compile(schema: AnySchema, name: string): Validate {
    const validate: ValidateFunction = this.#ajv.compile(schema);
    return (value) => {
      if (validate(value)) return;
      throw new Error(`${name} does not follow its schema: ${this.#ajv.errorsText(validate.errors)}`);
    };
  }
}

/**
 * A schema that allows no fields and no values but those that it describes. The documents leave room for more; what the
 * product itself writes today is described completely.
 */
export const closed = <Schema>(schema: Schema): Schema => {
  if (Array.isArray(schema)) return schema.map(closed) as Schema;
  if (typeof schema !== 'object' || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  const { [OPEN_ENUMERATION]: values, ...rest } = parts;
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return {
    ...rest,
    ...(values && { enum: values }),
    ...(isOpen && { additionalProperties: false }),
  } as Schema;
};

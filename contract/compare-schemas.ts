import { componentNamed, type JsonSchema } from './components.ts';

/** Who writes the values that a schema describes: the order tracker, such as its events, or others, such as requests. */
export type Writer = 'tracker' | 'others';

/** One of two versions of a schema, with the components of its document. */
export interface SchemaVersion {
  readonly schema: JsonSchema;
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/** Two versions of the schema of one value. */
interface Comparison {
  readonly before: SchemaVersion;
  readonly after: SchemaVersion;
  readonly writer: Writer;
  /** Where the value is, for the reports. */
  readonly place: string;
}

/**
 * Changes of a new version of a schema that can break users of the old one, one sentence each.
 *
 * In values that the tracker writes, fields that are always there must stay, and values must keep their types. New fields,
 * new values of an enumeration and new kinds of objects are allowed, because every reader must ignore them. Values that
 * others write must stay valid: no new required field, no new constraint.
 */
export const breakingChanges = (comparison: Comparison): string[] => {
  const before = resolved(comparison.before);
  const after = resolved(comparison.after);
  const next = { ...comparison, before, after };
  if (alternativesOf(before.schema) || alternativesOf(after.schema)) return compareAlternatives(next);
  return [
    ...compareTypes(next),
    ...compareValues(next),
    ...compareConstraints(next),
    ...compareFields(next),
    ...compareParts(next),
  ];
};

const resolved = ({ schema, components }: SchemaVersion): SchemaVersion => {
  if (schema.$ref === undefined) return { schema, components };
  return { schema: componentNamed(schema.$ref.split('/').at(-1) ?? '', components), components };
};

const compareTypes = ({ before, after, writer, place }: Comparison): string[] => {
  const [was, is] = [before.schema.type, after.schema.type];
  const [wider, narrower] = writer === 'tracker' ? [was, is] : [is, was];
  const isAllowed = was === is || wider === undefined || (wider === 'number' && narrower === 'integer');
  return isAllowed ? [] : [`${place}: the type was ${was ?? 'any'} and is ${is ?? 'any'}`];
};

/** The only values that are possible; `undefined` when others are too. */
const valuesOf = ({ const: constant, enum: values }: JsonSchema): readonly unknown[] | undefined =>
  constant === undefined ? values : [constant];

/** The values that are described. */
const describedValues = (schema: JsonSchema): readonly unknown[] =>
  valuesOf(schema) ?? schema['x-extensible-enum'] ?? [];

const compareValues = ({ before, after, writer, place }: Comparison): string[] => {
  const [was, is] = [valuesOf(before.schema), valuesOf(after.schema)];
  if (was && !is && writer === 'tracker')
    return [`${place}: any value is possible, not only ${was.join(', ')}`];
  if (is && !was && writer === 'others')
    return [`${place}: only these values are accepted: ${is.join(', ')}`];
  const described = describedValues(after.schema);
  const isOpen = writer === 'others' && !is;
  const gone = isOpen ? [] : describedValues(before.schema).filter((value) => !described.includes(value));
  return gone.map((value) => `${place}: the value ${JSON.stringify(value)} is gone`);
};

/** Constraints that compare as numbers: whether a higher number allows less. */
const LIMITS = {
  minimum: true,
  exclusiveMinimum: true,
  minLength: true,
  minItems: true,
  maximum: false,
  exclusiveMaximum: false,
  maxLength: false,
  maxItems: false,
} as const;

const compareConstraints = ({ before, after, writer, place }: Comparison): string[] => {
  const [looser, tighter] =
    writer === 'tracker' ? [before.schema, after.schema] : [after.schema, before.schema];
  const limits = Object.entries(LIMITS).filter(([name, higherIsTighter]) => {
    const [outer, inner] = [looser[name], tighter[name]];
    if (outer === undefined) return false;
    if (inner === undefined) return true;
    return higherIsTighter ? Number(inner) < Number(outer) : Number(inner) > Number(outer);
  });
  const texts = ['format', 'pattern'].filter(
    (name) => looser[name] !== undefined && looser[name] !== tighter[name],
  );
  return [...limits.map(([name]) => name), ...texts].map(
    (name) => `${place}: ${name} was ${show(before.schema[name])} and is ${show(after.schema[name])}`,
  );
};

const show = (value: unknown): string => (value === undefined ? 'not given' : String(value));

const compareFields = (comparison: Comparison): string[] => {
  const { before, after, writer, place } = comparison;
  const { properties: was = {}, required: wasRequired = [] } = before.schema;
  const { properties: is = {}, required: isRequired = [] } = after.schema;
  const found = Object.entries(was).flatMap(([name, schema]) => {
    const field = is[name];
    if (!field) return [`${place}.${name}: the field is gone`];
    const noLongerThere =
      writer === 'tracker' && wasRequired.includes(name) && !isRequired.includes(name)
        ? [`${place}.${name}: the field was always there, and can be missing`]
        : [];
    return [...noLongerThere, ...compareAt(comparison, schema, field, `.${name}`)];
  });
  const newlyRequired = writer === 'others' ? isRequired.filter((name) => !wasRequired.includes(name)) : [];
  return [...found, ...newlyRequired.map((name) => `${place}.${name}: the field is required now`)];
};

/** Entries of lists, values of objects without fixed names, and whether objects may have more fields. */
const compareParts = (comparison: Comparison): string[] => {
  const { before, after, writer, place } = comparison;
  const { items: wasItems, additionalProperties: wasMore = true, allOf: wasAll = [] } = before.schema;
  const { items: isItems, additionalProperties: isMore = true, allOf: isAll = [] } = after.schema;
  const items = wasItems && isItems ? compareAt(comparison, wasItems, isItems, '[]') : [];
  const all = (wasAll as readonly JsonSchema[]).flatMap((part, index) =>
    compareAt(comparison, part, (isAll as readonly JsonSchema[])[index] ?? {}, ''),
  );
  const closes = writer === 'others' && wasMore !== false && isMore === false;
  const more =
    typeof wasMore === 'object' && typeof isMore === 'object'
      ? compareAt(comparison, wasMore, isMore, '.*')
      : closes
        ? [`${place}: additional fields are rejected now`]
        : [];
  return [...items, ...all, ...more];
};

const compareAt = (
  { before, after, ...rest }: Comparison,
  was: JsonSchema,
  is: JsonSchema,
  step: string,
): string[] =>
  breakingChanges({
    ...rest,
    before: { ...before, schema: was },
    after: { ...after, schema: is },
    place: `${rest.place}${step}`,
  });

const alternativesOf = ({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] | undefined => anyOf ?? oneOf;

/** Each old alternative is compared with the new one that it differs from least. */
const compareAlternatives = (comparison: Comparison): string[] => {
  const { before, after, writer, place } = comparison;
  const was = alternativesOf(before.schema) ?? [before.schema];
  const is = alternativesOf(after.schema) ?? [after.schema];
  const matches = was.map((schema) => {
    const candidates = is.map((candidate) => ({
      candidate,
      found: compareAt(comparison, schema, candidate, ''),
    }));
    return candidates.toSorted((one, other) => one.found.length - other.found.length)[0];
  });
  const added = is.filter((candidate) => !matches.some((match) => match?.candidate === candidate));
  const isObject = (schema: JsonSchema) => resolved({ ...after, schema }).schema.type === 'object';
  const newKinds =
    writer === 'tracker' && added.length > 0 && !is.every(isObject)
      ? [`${place}: another type of value is possible`]
      : [];
  return [...matches.flatMap((match) => match?.found ?? []), ...newKinds];
};

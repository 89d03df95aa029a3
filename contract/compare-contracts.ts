import { breakingChanges, type SchemaVersion, type Writer } from './compare-schemas.ts';
import type { JsonSchema } from './components.ts';

type Components = Readonly<Record<string, JsonSchema>>;

interface Media {
  readonly content?: { readonly 'application/json': { readonly schema: JsonSchema } };
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: JsonSchema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Media & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Media>>;
}

/** The parts of an OpenAPI document that are compared. */
interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Components };
}

/** The parts of an AsyncAPI document that are compared. */
interface AsyncApiDocument {
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly headers: JsonSchema; readonly payload: JsonSchema }>
    >;
    readonly schemas: Components;
  };
}

/** The documents of one release. */
export interface Contract {
  readonly openApi: OpenApiDocument;
  readonly asyncApi: AsyncApiDocument;
}

/** Changes of a new contract that can break users of the old one, one sentence each. */
export const breakingContractChanges = (before: Contract, after: Contract): string[] => [
  ...compareMessages(before.asyncApi, after.asyncApi),
  ...compareOperations(before.openApi, after.openApi),
];

const compareMessages = (before: AsyncApiDocument, after: AsyncApiDocument): string[] =>
  Object.entries(before.components.messages).flatMap(([type, was]) => {
    const is = after.components.messages[type];
    if (!is) return [`event ${type}: is gone`];
    const compare = (part: 'headers' | 'payload') =>
      breakingChanges({
        before: { schema: was[part], components: before.components.schemas },
        after: { schema: is[part], components: after.components.schemas },
        writer: 'tracker',
        place: `event ${type} ${part}`,
      });
    return [...compare('payload'), ...compare('headers')];
  });

/** The operations of a document by method and path. */
const operationsOf = ({ paths }: OpenApiDocument): Readonly<Record<string, Operation>> =>
  Object.fromEntries(
    Object.entries(paths).flatMap(([path, { parameters = [], ...operations }]) =>
      Object.entries(operations).map(([method, operation]) => {
        const { parameters: own = [], ...rest } = operation as Operation;
        return [
          `${method.toUpperCase()} ${path}`,
          { ...rest, parameters: [...(parameters as Parameter[]), ...own] },
        ];
      }),
    ),
  );

const compareOperations = (before: OpenApiDocument, after: OpenApiDocument): string[] => {
  const operations = operationsOf(after);
  return Object.entries(operationsOf(before)).flatMap(([name, was]) => {
    const is = operations[name];
    if (!is) return [`${name}: is gone`];
    const compare = (
      one: JsonSchema | undefined,
      other: JsonSchema | undefined,
      writer: Writer,
      place: string,
    ) => compareOptional(versionOf(one, before), versionOf(other, after), writer, `${name} ${place}`);
    const responses = Object.entries(was.responses).flatMap(([status, response]) => {
      const answer = is.responses[status];
      if (!answer) return [`${name}: ${status} is gone`];
      return compare(schemaOf(response), schemaOf(answer), 'tracker', status);
    });
    return [
      ...compareParameters(name, was, is, compare),
      ...(is.requestBody?.required && !was.requestBody?.required
        ? [`${name}: the body is required now`]
        : []),
      ...compare(schemaOf(was.requestBody), schemaOf(is.requestBody), 'others', 'body'),
      ...responses,
    ];
  });
};

const schemaOf = (media: Media | undefined): JsonSchema | undefined =>
  media?.content?.['application/json'].schema;

const versionOf = (
  schema: JsonSchema | undefined,
  { components }: OpenApiDocument,
): SchemaVersion | undefined => schema && { schema, components: components.schemas };

const compareOptional = (
  before: SchemaVersion | undefined,
  after: SchemaVersion | undefined,
  writer: Writer,
  place: string,
): string[] => {
  if (before && after) return breakingChanges({ before, after, writer, place });
  return before ? [`${place}: the body is gone`] : [];
};

const compareParameters = (
  name: string,
  was: Operation,
  is: Operation,
  compare: (one: JsonSchema, other: JsonSchema, writer: Writer, place: string) => string[],
): string[] => {
  const find = ({ parameters = [] }: Operation, wanted: Parameter) =>
    parameters.find((parameter) => parameter.name === wanted.name && parameter.in === wanted.in);
  const kept = (was.parameters ?? []).flatMap((parameter) => {
    const now = find(is, parameter);
    if (!now) return [`${name} ${parameter.name}: the parameter is gone`];
    return compare(parameter.schema, now.schema, 'others', parameter.name);
  });
  const required = (is.parameters ?? [])
    .filter((parameter) => parameter.required && !find(was, parameter)?.required)
    .map((parameter) => `${name} ${parameter.name}: the parameter is required now`);
  return [...kept, ...required];
};

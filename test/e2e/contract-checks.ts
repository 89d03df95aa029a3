import { inject } from 'vitest';
import type { ReceivedEvent } from '../../local/event-queue.ts';
import { readDocument } from '../contract/documents.ts';
import { closed, SchemaValidator, type Validate } from '../contract/validator.ts';

const validator = new SchemaValidator();

const validateEvent = validator.compile(closed(readDocument('docs/schemas/v1/event.json')), 'An event');

interface Components {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const asyncApi = readDocument<Components>('docs/asyncapi.json');

const validateAttributes = validator.compile(
  closed(asyncApi.components.schemas['MessageAttributes'] ?? false),
  'The message attributes of an event',
);

/** @throws {Error} when a message of the topic does not follow the documents, or has a field that they do not describe */
export const checkMessage = ({ event, attributes }: ReceivedEvent): void => {
  validateEvent(event);
  validateAttributes(attributes);
};

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: { readonly 'application/json': { readonly schema: object } } }>
  >;
}

interface OpenApi extends Components {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const openApi = readDocument<OpenApi>('docs/openapi.json');

/** The documented path that a path belongs to, such as `/orders/{orderUuid}`. */
const documentedPath = (path: string): string | undefined =>
  Object.keys(openApi.paths).find((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );

const compiled = new Map<object, Validate>();

const validateBody = (schema: object, name: string, body: unknown): void => {
  const validate =
    compiled.get(schema) ?? validator.compile(closed({ ...schema, components: openApi.components }), name);
  compiled.set(schema, validate);
  validate(body);
};

/** An answer of the stack's HTTP server. */
interface Answer {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly body: string;
}

/**
 * Checks an answer of the API; others are ignored.
 * @throws {Error} when it does not follow the document, or has a field that the document does not describe
 */
export const checkAnswer = ({ method, url, status, body }: Answer): void => {
  const api = inject('localStack').outputs.OrdersUrl.slice(0, -'/orders'.length);
  if (!url.startsWith(`${api}/`)) return;
  const template = documentedPath(new URL(url).pathname.slice(new URL(api).pathname.length));
  const operation = template && openApi.paths[template]?.[method.toLowerCase()];
  // API Gateway answers what is no route.
  if (!operation) return;
  const name = `The answer ${status} to ${method} ${template}`;
  const answer = operation.responses[status] ?? operation.responses[`${String(status)[0]}XX`];
  if (!answer) throw new Error(`${name} is not documented.`);
  const schema = answer.content?.['application/json'].schema;
  if (schema) validateBody(schema, name, JSON.parse(body));
  else if (status < 500 && body !== '') throw new Error(`${name} has a body, and none is documented.`);
};

/** A `fetch` that checks each answer of the API. */
export const checkingFetch =
  (fetch: typeof globalThis.fetch): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    const url = input instanceof Request ? input.url : String(input);
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
    checkAnswer({ method, url, status: response.status, body: await response.clone().text() });
    return response;
  };

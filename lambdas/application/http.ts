import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// What is wrong with a request is answered in English.
z.config(en());

/** Thrown for a request that is answered with an error. The message is sent to the caller. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(JSON.stringify({ message }));
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

/** An answer with a JSON body. */
export const json = <Body>(statusCode: number, body: Body): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** A webhook has some 500 bytes, a track request fewer. API Gateway itself would accept 10 MB. */
export const MAX_BODY_BYTES = 64 * 1024;

/** The body of a request, however long it is. */
export const rawBodyOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

/**
 * The body of a request.
 * @throws {HttpError} 413 when it is too long
 */
export const bodyOf = (event: APIGatewayProxyEventV2): Buffer => {
  const bytes = rawBodyOf(event);
  if (bytes.length <= MAX_BODY_BYTES) return bytes;
  throw new HttpError(413, `The body is longer than ${MAX_BODY_BYTES} bytes.`);
};

/** Whether the content type is JSON, in any case and with any parameters. */
export const hasJsonContentType = ({ headers }: APIGatewayProxyEventV2): boolean =>
  /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');

/** Field names come from the caller and may be as long as the body. */
const MAX_DESCRIPTION_CHARACTERS = 1500;

/**
 * Names each invalid field and what is wrong with it, without the field's value.
 * @param whole name of the object that has the fields, such as `query`
 */
export const describeIssues = (
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
  whole = 'body',
): string =>
  issues
    .map(({ path, message }) => `${path.join('.') || whole}: ${message}`)
    .join('; ')
    .slice(0, MAX_DESCRIPTION_CHARACTERS)
    .toWellFormed();

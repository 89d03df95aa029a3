import httpErrorHandler from '@middy/http-error-handler';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Telemetry } from '../domain/ports.ts';

/** Thrown for a request that is answered with an error; the message goes to the caller. */
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

/** Turns errors into answers, in this one place; what is not an {@link HttpError} becomes a bare 500. */
export const httpMiddleware = ({ error: log }: Pick<Telemetry, 'error'>) => [
  // First, so that it runs last: middy runs onError hooks in reverse order.
  httpErrorHandler({
    fallbackMessage: JSON.stringify({ message: 'Something went wrong on our side; please try again.' }),
    logger: (error: unknown) => {
      if (!(error instanceof HttpError)) log('A request failed.', error);
    },
  }),
  httpHeaderNormalizer(),
];

/** An answer with a JSON body. */
export const json = (statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

/** A webhook has some 500 bytes, a track request fewer. API Gateway itself would take 10 MB. */
const LONGEST_BODY_IN_BYTES = 64 * 1024;

/**
 * A request's body.
 * @throws {HttpError} 413 when it is too long
 */
export const bodyOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer => {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length <= LONGEST_BODY_IN_BYTES) return bytes;
  throw new HttpError(413, `The body is longer than ${LONGEST_BODY_IN_BYTES} bytes.`);
};

/** Whether the body says that it is JSON, in whatever case and with whatever parameters. */
export const saysJson = ({ headers }: APIGatewayProxyEventV2): boolean =>
  /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '');

/** What a webhook or a track request needs is one deep; a few more leave room for additional fields. */
const DEEPEST = 32;

const isDeeper = (value: unknown, depth: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (depth === 0 || Object.values(value).some((entry) => isDeeper(entry, depth - 1)));

/** What is wrong with a body that {@link parseJson} does not take. */
export const NO_JSON = `must be JSON, nested at most ${DEEPEST} deep`;

/**
 * Parses JSON; `undefined` for what is none, or nested so deep that whoever follows it exhausts the stack. The
 * parser's message is dropped: it quotes the text.
 */
export const parseJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, DEEPEST) ? undefined : { value };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** Enough to say what is wrong; a caller's own names of fields, which may be as long as the body, are cut. */
const LONGEST_DESCRIPTION = 1500;

/** What is wrong with which field, without the field's value. */
export const describeIssues = (
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string =>
  issues
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
    .join('; ')
    .slice(0, LONGEST_DESCRIPTION)
    .toWellFormed();

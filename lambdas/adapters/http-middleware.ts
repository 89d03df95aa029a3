import httpErrorHandler from '@middy/http-error-handler';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import { HttpError } from '../application/http.ts';
import type { Telemetry } from '../application/ports.ts';

/** Turns errors into HTTP answers, in this one place. An error that is not an {@link HttpError} becomes a bare 500. */
export const httpMiddleware = ({ error: logError }: Pick<Telemetry, 'error'>) => [
  // First, so that it runs last: middy runs onError hooks in reverse order.
  httpErrorHandler({
    fallbackMessage: JSON.stringify({ message: 'Internal error; please try again.' }),
    logger: (error: unknown) => {
      if (!(error instanceof HttpError)) logError('Request failed', error);
    },
  }),
  httpHeaderNormalizer(),
];

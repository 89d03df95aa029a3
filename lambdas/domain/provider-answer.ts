import type { Snapshot } from './snapshot.ts';

/** The result of asking the provider for an order. A failure of any kind is a value, never an exception. */
export type ProviderAnswer =
  | { readonly kind: 'order'; readonly snapshot: Snapshot }
  /** The provider does not know the order (404). */
  | { readonly kind: 'unknown' }
  /** No usable answer. */
  | {
      readonly kind: 'failure';
      /** A word or two, such as `http_503`, `timeout` or `login_refused`. */
      readonly cause: string;
      /** The provider's `Retry-After`. */
      readonly retryAfterInSeconds?: number | undefined;
    };

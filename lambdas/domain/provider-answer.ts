import type { Snapshot } from './snapshot.ts';

/** The result of asking the provider for an order. A failure of the provider is a value, never an exception. */
export type ProviderAnswer =
  | { readonly kind: 'order'; readonly snapshot: Snapshot }
  /** The provider does not know the order (404). */
  | { readonly kind: 'unknown' }
  /** No usable answer to a request that was sent. */
  | {
      readonly kind: 'failure';
      /** A word or two, such as `http_503`, `timeout` or `login_rejected`. */
      readonly cause: string;
      /** For how long no request is welcome, such as the provider's `Retry-After`. */
      readonly retryAfterInSeconds?: number | undefined;
    }
  /** No request was sent: the provider wants none for a while, has rejected the login, or there are no credentials. */
  | {
      readonly kind: 'paused';
      /** `retry_after` or `login_rejected`. */
      readonly cause: string;
      /** The rest of the pause. */
      readonly retryAfterInSeconds: number;
    };

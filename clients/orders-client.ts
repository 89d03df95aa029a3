import { createSignedFetcher, type SignedFetcherOptions } from 'aws-sigv4-fetch';

/** Body of a track request. */
export interface TrackRequest {
  /** When the traveller paid: ISO 8601 with an offset. */
  readonly paidAt?: string;
  /** The partner's own reference. */
  readonly reference?: string;
}

/** AWS credentials, or a function that returns them. */
type Credentials = NonNullable<SignedFetcherOptions['credentials']>;

/** Calls the stack's orders API. Its routes use AWS IAM, so every request is signed with Signature Version 4. */
export class OrdersClient {
  readonly #ordersUrl: string;
  readonly #signedFetch: typeof fetch;

  /** @param ordersUrl the stack's output `OrdersUrl` */
  constructor(ordersUrl: string, credentials: Credentials, region: string) {
    this.#ordersUrl = ordersUrl;
    this.#signedFetch = createSignedFetcher({ service: 'execute-api', credentials, region });
  }

  /** Starts tracking an order. An order that is tracked already is checked again. */
  track(orderUuid: string, request?: TrackRequest): Promise<Response> {
    return this.#signedFetch(this.#urlOf(orderUuid), {
      method: 'PUT',
      ...(request && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) }),
    });
  }

  /** Reads the order's status, items and timeline. */
  read(orderUuid: string): Promise<Response> {
    return this.#signedFetch(this.#urlOf(orderUuid));
  }

  /** Stops tracking an order. */
  untrack(orderUuid: string): Promise<Response> {
    return this.#signedFetch(this.#urlOf(orderUuid), { method: 'DELETE' });
  }

  /** Lists orders, with the parameters of `GET /orders`. */
  list(query: Readonly<Record<string, string>>): Promise<Response> {
    return this.#signedFetch(`${this.#ordersUrl}?${new URLSearchParams(query)}`);
  }

  #urlOf(orderUuid: string): string {
    return `${this.#ordersUrl}/${orderUuid}`;
  }
}

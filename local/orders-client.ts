import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { CREDENTIALS, REGION } from './local-aws.ts';

/** Body of a track request. */
export interface TrackRequest {
  /** When the traveller paid: ISO 8601 with an offset. */
  readonly paidAt?: string;
  /** The partner's own reference. */
  readonly reference?: string;
}

/** What requests are signed with. */
type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

type Data = string | ArrayBuffer | ArrayBufferView;

const bytes = (data: Data): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** The hash that the signer asks for, made by Node itself. */
class Sha256 {
  readonly #key: Data | undefined;
  #hash: Hash | Hmac;

  constructor(key?: Data) {
    this.#key = key;
    this.#hash = this.#start();
  }

  update(data: Data): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start() {
    return this.#key === undefined ? createHash('sha256') : createHmac('sha256', bytes(this.#key));
  }
}

/** Calls the stack's orders API as a partner's system does: signed, because its routes ask for AWS IAM. */
export class OrdersClient {
  readonly #ordersUrl: string;
  readonly #signer: SignatureV4;

  /** @param ordersUrl the stack's output `OrdersUrl`, as in `.local/stack.json` */
  constructor(ordersUrl: string, credentials: Credentials = CREDENTIALS, region: string = REGION) {
    this.#ordersUrl = ordersUrl;
    this.#signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: Sha256 });
  }

  /** Asks for an order to be tracked, or looked at again. */
  track(orderUuid: string, request?: TrackRequest): Promise<Response> {
    return this.#call('PUT', orderUuid, request && JSON.stringify(request));
  }

  /** The order's status, items and timeline. */
  read(orderUuid: string): Promise<Response> {
    return this.#call('GET', orderUuid);
  }

  async #call(method: string, orderUuid: string, body?: string): Promise<Response> {
    const url = new URL(`${this.#ordersUrl}/${orderUuid}`);
    const signed = await this.#signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      headers: { host: url.host, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body,
    });
    return fetch(url, { method, headers: signed.headers, ...(body !== undefined && { body }) });
  }
}

import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseEvent, type TrackerEvent } from 'musement-order-tracker/events';
import { ForeignMessageError, type GetCertificate, readSnsMessage } from './sns-message.ts';

/** What an endpoint needs. */
export interface EndpointOptions {
  readonly topicArn: string;
  /** Stores an event. If it throws, SNS sends the message again. */
  readonly store: (event: TrackerEvent) => Promise<void>;
  /** @default {@link fetchCertificate} */
  readonly getCertificate?: GetCertificate;
  /** Confirms a subscription. @default a GET of the URL */
  readonly confirm?: (subscribeUrl: string) => Promise<unknown>;
}

/** A message of SNS has at most 256 KB, before it is written as JSON. */
const MAX_BODY_BYTES = 1024 * 1024;

/** Answers the requests of SNS: 2xx ends the delivery, 5xx asks for another one, 4xx rejects the message for good. */
export const createEndpoint =
  (options: EndpointOptions): RequestListener =>
  (request, response) => {
    const answer = (status: number) => response.writeHead(status).end();
    // A body without a length is rejected too. SNS always sends the length.
    if (!(Number(request.headers['content-length']) <= MAX_BODY_BYTES)) return void answer(413);
    text(request)
      .then((body) => receive(body, options))
      .then(() => answer(204))
      .catch((error: unknown) => {
        // Never log the message: it holds voucher URLs.
        console.error('Could not receive a message of SNS', error);
        answer(error instanceof ForeignMessageError ? 403 : 500);
      });
  };

const receive = async (body: string, options: EndpointOptions): Promise<void> => {
  const { topicArn, store, getCertificate = fetchCertificate, confirm = get } = options;
  const message = await readSnsMessage(body, topicArn, getCertificate);
  if (message['Type'] === 'SubscriptionConfirmation') await confirm(message['SubscribeURL'] ?? '');
  if (message['Type'] === 'Notification') await store(parseEvent(message));
};

const certificates = new Map<string, string>();

/** Gets a certificate of SNS, once. */
const fetchCertificate: GetCertificate = async (url) => {
  const known = certificates.get(url) ?? (await get(url));
  certificates.set(url, known);
  return known;
};

const get = async (url: string): Promise<string> => {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`HTTP ${response.status} of ${new URL(url).host}`);
  return response.text();
};

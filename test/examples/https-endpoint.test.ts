import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EVENT_EXAMPLES } from '../../contract/examples.ts';
import type { TrackerEvent } from '../../events/index.ts';
import { createEndpoint } from '../../examples/https-endpoint/endpoint.ts';
import { ForeignMessageError, readSnsMessage } from '../../examples/https-endpoint/sns-message.ts';
import { serve } from '../local/serve.ts';
import signedByOpenssl from './signed-by-openssl.json' with { type: 'json' };

const TOPIC = 'arn:aws:sns:eu-west-1:012345678901:events';
const CERTIFICATE = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem';
const event = EVENT_EXAMPLES['order_item.ok'];

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

type Message = Readonly<Record<string, string>>;

/** The order of the signed fields: as SNS documents it, written down again on purpose. */
const SIGNED = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/** Signs a message as SNS does. */
const sign = (message: Message, version = '2'): Message => {
  const text = SIGNED.filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${message[name]}\n`)
    .join('');
  const Signature = createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256')
    .update(text)
    .sign(privateKey, 'base64');
  return { SigningCertURL: CERTIFICATE, ...message, SignatureVersion: version, Signature };
};

const NOTIFICATION: Message = {
  Type: 'Notification',
  MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
  TopicArn: TOPIC,
  Message: JSON.stringify(event),
  Timestamp: '2026-03-01T10:00:00.000Z',
};

const CONFIRMATION: Message = {
  ...NOTIFICATION,
  Type: 'SubscriptionConfirmation',
  Message: 'You have chosen to subscribe.',
  Token: '2336412f37',
  SubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37',
};

const getCertificate = async () => publicKey;
const read = (message: object) => readSnsMessage(JSON.stringify(message), TOPIC, getCertificate);

describe('the signature of a message of SNS', () => {
  it.for(['1', '2'])('is accepted in version %s', async (version) => {
    for (const message of [
      NOTIFICATION,
      { ...NOTIFICATION, Subject: 'A subject' },
      CONFIRMATION,
      { ...CONFIRMATION, Type: 'UnsubscribeConfirmation' },
    ]) {
      const signed = sign(message, version);
      expect(await read(signed)).toEqual(signed);
    }
  });

  it('is verified with a certificate', async () => {
    const { certificate, message } = signedByOpenssl;
    expect(await readSnsMessage(JSON.stringify(message), TOPIC, async () => certificate)).toEqual(message);
  });

  it.for([
    ['another text', { Message: '{}' }],
    ['another id', { MessageId: '1' }],
    ['another time', { Timestamp: '2026-03-02T10:00:00.000Z' }],
    ['a subject that was added', { Subject: 'A subject' }],
    ['another version of the signature', { SignatureVersion: '1' }],
    ['another signature', { Signature: sign(CONFIRMATION)['Signature'] }],
    ['no signature', { Signature: undefined }],
    ['a signature that is no text', { Signature: 1 }],
  ] as const)('is rejected with %s', async ([, change]) => {
    await expect(read({ ...sign(NOTIFICATION), ...change })).rejects.toThrow(
      new ForeignMessageError('Signature is wrong'),
    );
  });

  it.for([
    'https://sns.eu-west-1.amazonaws.com.example.com/SimpleNotificationService-01.pem',
    'https://example.com/https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01.pem',
    'https://sns.eu-west-1.amazonaws.com@example.com/SimpleNotificationService-01.pem',
    'https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-01.pem',
    'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01.pem',
    'https://snsXeu-west-1.amazonaws.com/SimpleNotificationService-01.pem',
    'https://bucket.s3.amazonaws.com/SimpleNotificationService-01.pem',
    'https://sns.eu-west-1.amazonaws.com/?Action=GetTopicAttributes&x=/SimpleNotificationService-01.pem',
    `${CERTIFICATE}?x`,
    `${CERTIFICATE}\nhttps://example.com/`,
    '',
  ])('is rejected with the certificate %j, which is not fetched', async (SigningCertURL) => {
    const fetchCertificate = vi.fn(getCertificate);
    const body = JSON.stringify(sign({ ...NOTIFICATION, SigningCertURL }));
    await expect(readSnsMessage(body, TOPIC, fetchCertificate)).rejects.toThrow(
      new ForeignMessageError('Certificate is not of SNS'),
    );
    expect(fetchCertificate).not.toHaveBeenCalled();
  });

  it('is accepted with the certificate of a region in China', async () => {
    const SigningCertURL = 'https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-01.pem';
    expect(await read(sign({ ...NOTIFICATION, SigningCertURL }))).toMatchObject({ SigningCertURL });
  });

  it.for([
    ['of another topic', sign({ ...NOTIFICATION, TopicArn: `${TOPIC}2` }), 'Message of another topic'],
    ['of an unknown type', sign({ ...NOTIFICATION, Type: 'constructor' }), 'Unknown type'],
    ['with an unknown version of the signature', sign(NOTIFICATION, '3'), 'Unknown type or version'],
    ['that is null', null, 'Body is not JSON'],
    ['that is a list', [sign(NOTIFICATION)], 'Unknown type'],
  ] as const)('is not looked at in a message %s', async ([, message, text]) => {
    await expect(read(message as object)).rejects.toThrow(text);
    await expect(read(message as object)).rejects.toBeInstanceOf(ForeignMessageError);
  });
});

describe('the HTTPS endpoint of the examples', () => {
  const store = vi.fn<(event: TrackerEvent) => Promise<void>>();
  const confirm = vi.fn<(url: string) => Promise<void>>();
  let url: string;

  beforeEach(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    store.mockReset();
    confirm.mockReset();
    url = await serve(createEndpoint({ topicArn: TOPIC, store, confirm, getCertificate }));
  });

  afterEach(() => void vi.restoreAllMocks());

  const post = async (message: object | string): Promise<number> => {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    const headers = { 'content-type': 'text/plain; charset=UTF-8' };
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };

  it('confirms its subscription, then stores events', async () => {
    expect(await post(sign(CONFIRMATION))).toBe(204);
    expect(confirm).toHaveBeenCalledExactlyOnceWith(CONFIRMATION['SubscribeURL']);
    expect(store).not.toHaveBeenCalled();
    expect(await post(sign(NOTIFICATION))).toBe(204);
    expect(store).toHaveBeenCalledExactlyOnceWith(event);
    expect(confirm).toHaveBeenCalledOnce();
  });

  it('answers 403 to what SNS has not sent', async () => {
    for (const message of [
      { ...sign(NOTIFICATION), Message: '{}' },
      { ...sign(CONFIRMATION), SubscribeURL: 'https://example.com' },
      'not JSON',
    ]) {
      expect(await post(message)).toBe(403);
    }
    expect(store).not.toHaveBeenCalled();
    expect(confirm).not.toHaveBeenCalled();
  });

  it('asks for another delivery if it cannot store an event, or confirm its subscription', async () => {
    store.mockRejectedValueOnce(new Error('The table cannot be reached'));
    confirm.mockRejectedValueOnce(new Error('HTTP 503'));
    expect([await post(sign(NOTIFICATION)), await post(sign(CONFIRMATION))]).toEqual([500, 500]);
    expect([await post(sign(NOTIFICATION)), await post(sign(CONFIRMATION))]).toEqual([204, 204]);
  });

  it('asks for another delivery while the certificate cannot be fetched', async () => {
    url = await serve(
      createEndpoint({
        topicArn: TOPIC,
        store,
        getCertificate: () => Promise.reject(new Error('HTTP 503')),
      }),
    );
    expect(await post(sign(NOTIFICATION))).toBe(500);
  });

  it('gets a certificate once, and the address that confirms its subscription', async () => {
    const local = fetch;
    const requested: string[] = [];
    vi.stubGlobal('fetch', async (...[input, init]: Parameters<typeof fetch>) => {
      const address = String(input);
      if (address.startsWith(url)) return local(input, init);
      requested.push(address);
      expect(init?.redirect).toBe('error');
      return new Response(publicKey, { status: requested.length === 1 ? 503 : 200 });
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    url = await serve(createEndpoint({ topicArn: TOPIC, store }));
    expect(await post(sign(CONFIRMATION))).toBe(500);
    expect(await post(sign(CONFIRMATION))).toBe(204);
    expect(await post(sign(NOTIFICATION))).toBe(204);
    expect(requested).toEqual([CERTIFICATE, CERTIFICATE, CONFIRMATION['SubscribeURL']]);
  });

  it('answers the end of the subscription, and does not subscribe again', async () => {
    expect(await post(sign({ ...CONFIRMATION, Type: 'UnsubscribeConfirmation' }))).toBe(204);
    expect(confirm).not.toHaveBeenCalled();
  });

  it('does not read a body that is too long, or whose length is not known', async () => {
    expect(await post('x'.repeat(1024 * 1024 + 1))).toBe(413);
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{}'));
        controller.close();
      },
    });
    const response = await fetch(url, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(response.status).toBe(413);
  });
});

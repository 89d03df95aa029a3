import { createVerify } from 'node:crypto';

/** A message of SNS whose signature is right. The fields depend on `Type`. */
export type SnsMessage = Readonly<Record<string, string>>;

/** Returns a certificate, in PEM. */
export type GetCertificate = (url: string) => Promise<string>;

/** Thrown for a message that SNS has not sent, or not for this topic. */
export class ForeignMessageError extends Error {
  override readonly name = 'ForeignMessageError';
}

const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/**
 * The fields that are signed, in this order.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
 */
const SIGNED_FIELDS = new Map([
  ['Notification', ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']],
  ['SubscriptionConfirmation', CONFIRMATION],
  ['UnsubscribeConfirmation', CONFIRMATION],
]);

/** Algorithms by `SignatureVersion`. */
const ALGORITHMS = new Map([
  ['1', 'RSA-SHA1'],
  ['2', 'RSA-SHA256'],
]);

/** Compares the path too: other paths of this host can answer with text that an attacker has chosen. */
const CERTIFICATE_URL =
  /^https:\/\/sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/SimpleNotificationService-[0-9a-f]+\.pem$/;

/**
 * Reads a message, and verifies that SNS has sent it for the topic.
 * @param body the body of the request, as it was received
 * @param topicArn the only topic whose messages are wanted: anybody can have SNS sign messages of their own topic
 * @throws {ForeignMessageError}
 */
export const readSnsMessage = async (
  body: string,
  topicArn: string,
  getCertificate: GetCertificate,
): Promise<SnsMessage> => {
  const message = parse(body);
  const { Type = '', TopicArn, SignatureVersion = '', Signature = '', SigningCertURL = '' } = message;
  const fields = SIGNED_FIELDS.get(Type);
  const algorithm = ALGORITHMS.get(SignatureVersion);
  if (!fields || !algorithm) throw new ForeignMessageError('Unknown type or version of the signature');
  if (TopicArn !== topicArn) throw new ForeignMessageError('Message of another topic');
  if (!CERTIFICATE_URL.test(SigningCertURL)) throw new ForeignMessageError('Certificate is not of SNS');
  const signed = fields.filter((name) => name in message).map((name) => `${name}\n${message[name]}\n`);
  const verify = createVerify(algorithm).update(signed.join(''));
  if (verify.verify(await getCertificate(SigningCertURL), Signature, 'base64')) return message;
  throw new ForeignMessageError('Signature is wrong');
};

const parse = (body: string): SnsMessage => {
  try {
    const fields = Object.entries(JSON.parse(body)).filter(([, value]) => typeof value === 'string');
    return Object.fromEntries(fields) as SnsMessage;
  } catch {
    throw new ForeignMessageError('Body is not JSON');
  }
};

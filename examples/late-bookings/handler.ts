import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { SNSEvent } from 'aws-lambda';
import { type ItemEvent, isItemEvent, parseEvent } from 'musement-order-tracker/events';

const sns = new SNSClient({});

/** Text of an e-mail. It contains no voucher URL, because many people can read a mailbox. */
const textAbout = ({ type, data }: ItemEvent): string =>
  [
    `${type}: the item is ${data.status}, and was to be confirmed by ${data.confirmBy ?? 'an unknown time'}.`,
    `Your reference: ${data.reference ?? 'none'}`,
    `Order: ${data.orderUuid}`,
    `Item: ${data.itemUuid}`,
  ].join('\n');

/** Lambda repeats a failed call. After three failures the dead-letter queue of the subscription keeps the event. */
export const handler = async ({ Records }: SNSEvent): Promise<void> => {
  for (const event of Records.map(({ Sns }) => parseEvent(Sns)).filter(isItemEvent)) {
    await sns.send(
      new PublishCommand({
        TopicArn: process.env['MAILS_TOPIC_ARN'],
        Subject: 'A Musement booking is not confirmed in time',
        Message: textAbout(event),
      }),
    );
  }
};

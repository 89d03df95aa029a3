import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { inject } from 'vitest';
import { clientConfiguration } from '../../local/local-aws.ts';

/** A deployed queue. */
export interface DeployedQueue {
  readonly name: string;
  readonly url: string;
  /** How many messages can be received: what the metric ApproximateNumberOfMessagesVisible shows on AWS. */
  visibleMessages(): Promise<number>;
  attribute(name: QueueAttributeName): Promise<string>;
  /** Changes an attribute while `work` runs, and restores it. */
  withAttribute(name: QueueAttributeName, value: string, work: () => Promise<void>): Promise<void>;
  purge(): Promise<void>;
}

/** The client for the queues of the stack. */
export const sqsClient = (): SQSClient => new SQSClient(clientConfiguration(inject('localStack').endpoint));

/** Finds a deployed queue by its name. */
export const queueNamed = async (name: string): Promise<DeployedQueue> => {
  const sqs = sqsClient();
  const { QueueUrl: url = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  const attribute = async (attributeName: QueueAttributeName): Promise<string> => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [attributeName] }),
    );
    return Attributes?.[attributeName] ?? '';
  };
  const set = (attributeName: QueueAttributeName, value: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { [attributeName]: value } }));
  return {
    name,
    url,
    attribute,
    visibleMessages: async () => Number(await attribute('ApproximateNumberOfMessages')),
    async withAttribute(attributeName, value, work) {
      const before = await attribute(attributeName);
      await set(attributeName, value);
      try {
        await work();
      } finally {
        await set(attributeName, before);
      }
    },
    async purge() {
      await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
    },
  };
};

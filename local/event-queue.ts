import { SNSClient, SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { parseEvent, type TrackerEvent } from '../events/index.ts';
import { clientConfiguration } from './local-aws.ts';

/** One event as a subscriber receives it. */
export interface ReceivedEvent {
  readonly event: TrackerEvent;
  /** Message attributes by name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
}

/** A queue that is subscribed to the topic, as a partner's system has one. */
export class EventQueue {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #unsubscribe: () => Promise<unknown>;

  private constructor(client: SQSClient, url: string, unsubscribe: () => Promise<unknown>) {
    this.#client = client;
    this.#url = url;
    this.#unsubscribe = unsubscribe;
  }

  /** Creates a queue and subscribes it with raw message delivery: the body of a message is the event itself. */
  static async subscribe(
    endpoint: string,
    topicArn: string,
    name = `subscriber-${crypto.randomUUID()}`,
  ): Promise<EventQueue> {
    const client = new SQSClient(clientConfiguration(endpoint));
    const { QueueUrl: url } = await client.send(new CreateQueueCommand({ QueueName: name }));
    if (!url) throw new Error(`SQS created the queue ${name} without returning its URL.`);
    const { Attributes: attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    const Policy = policyFor(topicArn, attributes?.['QueueArn']);
    await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { Policy } }));
    const sns = new SNSClient(clientConfiguration(endpoint));
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: attributes?.['QueueArn'],
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    return new EventQueue(client, url, () => sns.send(new UnsubscribeCommand({ SubscriptionArn })));
  }

  /** The queue's URL. */
  get url(): string {
    return this.#url;
  }

  /** Yields events as they arrive and deletes them from the queue, until the signal aborts. */
  async *receive(signal: AbortSignal): AsyncGenerator<ReceivedEvent> {
    while (!signal.aborted) {
      const messages = await this.#next(signal);
      for (const message of messages) yield toReceivedEvent(message);
    }
  }

  /** Removes the subscription and keeps the queue. */
  async unsubscribe(): Promise<void> {
    await this.#unsubscribe();
  }

  /** Deletes the queue and keeps its subscription. */
  async remove(): Promise<void> {
    await this.#client.send(new DeleteQueueCommand({ QueueUrl: this.#url }));
  }

  async #next(signal: AbortSignal): Promise<readonly Message[]> {
    const receive = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
    });
    try {
      const { Messages: messages = [] } = await this.#client.send(receive, { abortSignal: signal });
      if (messages.length > 0) await this.#remove(messages);
      return messages;
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  }

  async #remove(messages: readonly Message[]): Promise<void> {
    const Entries = messages.map((message, index) => ({
      Id: String(index),
      ReceiptHandle: message.ReceiptHandle,
    }));
    await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }));
  }
}

/** A queue policy that allows the topic to send messages. */
const policyFor = (topicArn: string, queueArn: string | undefined): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  });

const toReceivedEvent = (message: Message): ReceivedEvent => ({
  event: parseEvent(message.Body),
  attributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue }]) => [
      name,
      StringValue ?? '',
    ]),
  ),
  receivedAt: Date.now(),
});

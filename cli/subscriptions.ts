import { paginateListSubscriptionsByTopic } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import type { Deployment } from './deployment.ts';
import { isMissing } from './outcome.ts';

/** Subscriptions of a topic. */
export interface Subscriptions {
  readonly confirmed: number;
  /** Subscriptions whose receivers have not confirmed them. */
  readonly unconfirmed: number;
  /** ARNs of subscribed queues that do not exist. */
  readonly missingQueues: readonly string[];
}

/** Reads the subscriptions of a topic. */
export const readSubscriptions = async (deployment: Deployment, topicArn: string): Promise<Subscriptions> => {
  const missingQueues: string[] = [];
  let confirmed = 0;
  let unconfirmed = 0;
  const pages = paginateListSubscriptionsByTopic({ client: deployment.aws.sns }, { TopicArn: topicArn });
  for await (const { Subscriptions = [] } of pages) {
    for (const { SubscriptionArn = '', Endpoint = '' } of Subscriptions) {
      if (SubscriptionArn.startsWith('arn:')) confirmed += 1;
      else unconfirmed += 1;
      if (await isMissingQueue(deployment, Endpoint, topicArn)) missingQueues.push(Endpoint);
    }
  }
  return { confirmed, unconfirmed, missingQueues };
};

/** Whether a queue does not exist. Endpoints that are not queues of the topic's account and region count as existing. */
const isMissingQueue = async ({ aws }: Deployment, endpoint: string, topicArn: string): Promise<boolean> => {
  const [, , service, region, account, name] = endpoint.split(':');
  const [, , , topicRegion, topicAccount] = topicArn.split(':');
  if (service !== 'sqs' || region !== topicRegion || account !== topicAccount) return false;
  try {
    await aws.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return false;
  } catch (error) {
    return isMissing(error);
  }
};

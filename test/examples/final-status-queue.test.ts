import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { test } from 'vitest';
import { FinalStatusQueue } from '../../examples/final-status-queue.ts';
import { temporaryApp } from '../lib/synthesize.ts';

test('E4 the example gives its subscription a dead-letter queue of its own', () => {
  const stack = new Stack(temporaryApp(), 'Subscriber');
  const { undelivered } = new FinalStatusQueue(stack, 'Example', {
    topicArn: 'arn:aws:sns:eu-west-1:123456789012:tracker',
  });
  Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
    TopicArn: 'arn:aws:sns:eu-west-1:123456789012:tracker',
    RawMessageDelivery: true,
    FilterPolicy: { final: ['true'] },
    RedrivePolicy: { deadLetterTargetArn: stack.resolve(undelivered.queueArn) },
  });
  Template.fromStack(stack).hasResourceProperties(
    'AWS::SQS::QueuePolicy',
    Match.objectLike({
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: 'sqs:SendMessage', Effect: 'Allow' })]),
      },
    }),
  );
});

import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { test } from 'vitest';
import { StatusConsumer } from '../../examples/status-consumer/status-consumer.ts';
import { testApp } from '../lib/synthesize.ts';

test('the consumer of the examples reports the messages that failed, not the whole batch', () => {
  const stack = new Stack(testApp({ 'aws:cdk:bundling-stacks': [] }), 'Consumer');
  new StatusConsumer(stack, 'Example', { topicArn: 'arn:aws:sns:eu-west-1:123456789012:tracker' });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  template.hasResourceProperties('AWS::SNS::Subscription', { FilterPolicy: { final: ['true'] } });
});

import { Duration, Stack } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { IOrderTracker } from 'musement-order-tracker';

/** Properties of {@link TrackerEventBus}. */
export interface TrackerEventBusProps {
  readonly tracker: IOrderTracker;
}

/** An EventBridge bus with all events of a tracker: topic → queue → pipe → bus. */
export class TrackerEventBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, { tracker }: TrackerEventBusProps) {
    super(scope, id);
    const failed = new Queue(this, 'Failed', { retentionPeriod: Duration.days(14), enforceSSL: true });
    const queue = new Queue(this, 'Events', {
      // The pipe deletes a message once the bus has its event. Until then it is tried again every 30 seconds.
      deadLetterQueue: { queue: failed, maxReceiveCount: 20 },
      retentionPeriod: Duration.days(14),
      enforceSSL: true,
    });
    tracker.subscribe('Bus', { queue, deadLetterQueue: failed });
    this.bus = new EventBus(this, 'Bus');
    const role = new Role(this, 'PipeRole', {
      assumedBy: new ServicePrincipal('pipes.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const pipe = new CfnPipe(this, 'Pipe', {
      roleArn: role.roleArn,
      source: queue.queueArn,
      // One by one, so that an event that the bus rejects does not repeat others.
      sourceParameters: { sqsQueueParameters: { batchSize: 1 } },
      target: this.bus.eventBusArn,
      targetParameters: {
        inputTemplate: '<$.body>',
        eventBridgeEventBusParameters: {
          source: 'musement-order-tracker',
          detailType: '$.body.type',
          time: '$.body.time',
        },
      },
    });
    // EventBridge rejects a pipe whose role cannot read the queue yet.
    queue.grantConsumeMessages(role).applyBefore(pipe);
    this.bus.grantPutEventsTo(role).applyBefore(pipe);
    // EventBridge stops a pipe that keeps failing. Messages then wait.
    const waiting = queue
      .metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM })
      .createAlarm(this, 'Waiting', { threshold: 3600, evaluationPeriods: 1 });
    if (tracker.noticesTopic) waiting.addAlarmAction(new SnsAction(tracker.noticesTopic));
  }
}

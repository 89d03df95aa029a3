import { type CfnElement, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const logicalIdOf = (construct: IConstruct): string =>
  Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnElement);

/** Names under which cdk-nag reports a wildcard in a policy: each is acknowledged by itself, with its reason. */
export const WILDCARD = {
  everything: 'AwsSolutions-IAM5[Resource::*]',
  /** CDK allows versions and aliases of a function together with it. */
  versionsOf: (fn: IConstruct): string => `AwsSolutions-IAM5[Resource::<${logicalIdOf(fn)}.Arn>:*]`,
  /** Any stage, of which there is one, and any order. */
  ordersOf: (api: IConstruct, method: string): string =>
    `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${logicalIdOf(api)}>/*/${method}/orders/*]`,
} as const;

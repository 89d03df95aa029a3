import { type CfnElement, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const logicalIdOf = (construct: IConstruct): string =>
  Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnElement);

/** Ids under which cdk-nag reports a wildcard in a policy. Each is acknowledged separately, with its reason. */
export const WILDCARD = {
  everything: 'AwsSolutions-IAM5[Resource::*]',
  /** Versions and aliases of a function, which CDK grants together with the function. */
  versionsOf: (fn: IConstruct): string => `AwsSolutions-IAM5[Resource::<${logicalIdOf(fn)}.Arn>:*]`,
  /** A route, in every stage. There is one stage. */
  routeOf: (api: IConstruct, route: string): string =>
    `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${logicalIdOf(api)}>/*/${route}]`,
} as const;

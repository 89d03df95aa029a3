import type { Template } from 'aws-cdk-lib/assertions';
import { functionNamed, type Resource, resourcesOf } from './synthesize.ts';

/** A statement of a policy. Those of roles have no principal. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

/** A list, whether CDK wrote one or a single value. */
export const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? value : [value as T];

/** The statements of a policy of any kind. */
export const statementsOf = ({ Properties }: Resource, document = 'PolicyDocument'): readonly Statement[] =>
  (Properties[document] as { Statement: readonly Statement[] }).Statement;

/** A reference as text: `Table.Arn`, `Topic`, or `Table.Arn/index/due-index`. */
export const textOf = (reference: unknown): string => {
  if (typeof reference === 'string') return reference;
  const [[key, value] = ['', '']] = Object.entries(reference as Record<string, unknown>);
  if (key === 'Ref') return String(value);
  if (key === 'Fn::GetAtt') return (value as string[]).join('.');
  if (key === 'Fn::Join') return (value as [string, unknown[]])[1].map(textOf).join('');
  return JSON.stringify(reference);
};

const actionsByResource = (statements: readonly Statement[]): Record<string, readonly string[]> =>
  Object.fromEntries(
    statements.flatMap(({ Action, Resource }) =>
      list(Resource).map((resource) => [textOf(resource), [...list(Action)].sort()]),
    ),
  );

/** What the role of a function may do, by resource. Its own logs and X-Ray, which every function has, are left out. */
export const allowedTo = (template: Template, functionName: string): Record<string, readonly string[]> => {
  const [, { Properties }] = functionNamed(template, functionName);
  const [role] = textOf(Properties['Role']).split('.');
  const statements = resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([, policy]) => list(policy.Properties['Roles']).some((attached) => textOf(attached) === role))
    .flatMap(([, policy]) => statementsOf(policy))
    .map(({ Action, ...rest }) => ({
      ...rest,
      Action: list(Action).filter((action) => !/^(logs|xray):/.test(action)),
    }))
    .filter(({ Action }) => Action.length > 0);
  return actionsByResource(statements);
};

/** What the roles whose logical id contains a part may do, by resource. */
export const allowedToRole = (template: Template, part: string): Record<string, readonly string[]> =>
  actionsByResource(
    resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([id]) => id.includes(part))
      .flatMap(([, policy]) => statementsOf(policy)),
  );

import { readFile } from 'node:fs/promises';
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientConfiguration } from '../../../local/local-aws.ts';
import { NOWHERE } from '../nowhere.ts';

/** A call that IAM decided on during the run, as local/ministack_iam.py records it. */
interface Call {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
}

/** A function with the permissions of its role and the calls that it has made. */
interface Deployed {
  readonly name: string;
  readonly grants: readonly { readonly action: string; readonly resource: string }[];
  readonly calls: readonly Call[];
}

/**
 * Permissions that Lambda uses on behalf of a function, which the emulator does not record: to write logs and traces, to
 * read queue and stream, to deliver failed records. `test/lib/permissions.test.ts` asserts that AWS requires them.
 */
const CALLED_BY_LAMBDA: readonly RegExp[] = [
  /^logs:(CreateLogStream|PutLogEvents) /,
  /^xray:(PutTraceSegments|PutTelemetryRecords) /,
  /^dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams) /,
  /^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes) .*RefreshQueue/,
  /^sqs:SendMessage .*Failures/,
];

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const { endpoint, callsFile } = inject('localStack');
const iam = new IAMClient(clientConfiguration(endpoint));
const lambda = new LambdaClient(clientConfiguration(endpoint));
let calls: readonly Call[];
let functions: readonly Deployed[];

const grantsOf = async (RoleName: string): Promise<Deployed['grants']> => {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const statements = await Promise.all(
    PolicyNames.map(async (PolicyName) => {
      const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      return (JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: Statement[] }).Statement;
    }),
  );
  return statements
    .flat()
    .flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) => list(Resource).map((resource) => ({ action, resource }))),
    );
};

beforeAll(async () => {
  calls = (await readFile(callsFile, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Call);
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  functions = await Promise.all(
    Functions.map(async ({ FunctionName: name = '', Role = '' }) => ({
      name,
      grants: await grantsOf(Role.split('/').at(-1) ?? ''),
      calls: calls.filter(({ principal }) => principal.endsWith(`/${name}`)),
    })),
  );
});

afterAll(() => {
  iam.destroy();
  lambda.destroy();
});

/** These tests judge the calls of all files that ran before, so they fail when they run alone. */
describe('over the whole run', () => {
  test('every function has called AWS, with a role of its own', () => {
    expect(functions).toHaveLength(7);
    for (const { name, calls } of functions) {
      expect(calls.length, name).toBeGreaterThan(0);
      expect(new Set(calls.map(({ principal }) => principal)).size, name).toBe(1);
    }
  });

  test('no permission is missing: no call of a function was denied', () => {
    const denied = functions.flatMap(({ calls }) => calls.filter(({ allowed }) => !allowed));
    expect(denied.filter(({ resource }) => !resource.endsWith(NOWHERE))).toEqual([]);
  });

  test('no permission is unnecessary: every one was used', () => {
    const unused = functions.flatMap(({ name, grants, calls }) =>
      grants
        .filter(
          ({ action, resource }) => !CALLED_BY_LAMBDA.some((calls) => calls.test(`${action} ${resource}`)),
        )
        .filter(
          (grant) =>
            !calls.some(({ action, resource }) => action === grant.action && resource === grant.resource),
        )
        .map(({ action, resource }) => `${name}: ${action} on ${resource}`),
    );
    expect(unused).toEqual([]);
  });
});

import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { TestProject } from 'vitest/node';
import { onlyOne, synthesize } from '../lib/synthesize.ts';
import { startMoto } from './moto.ts';

/** What CloudFormation and DynamoDB name alike in the definition of a table. */
type TableDefinition = Pick<
  CreateTableCommandInput,
  'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes' | 'BillingMode'
>;

declare module 'vitest' {
  interface ProvidedContext {
    secondEngine: { readonly endpoint: string; readonly table: TableDefinition };
  }
}

/** Starts the engine once for all its tests. They create tables as the stack defines its own. */
export default async ({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> => {
  if ('secondEngine' in vitest.getProvidedContext()) return undefined;
  const [, { Properties }] = onlyOne(synthesize(), 'AWS::DynamoDB::Table');
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes, BillingMode } =
    Properties as TableDefinition;
  const { endpoint, stop } = await startMoto();
  vitest.provide('secondEngine', {
    endpoint,
    table: { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes, BillingMode },
  });
  return stop;
};

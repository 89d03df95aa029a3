import type { TestProject } from 'vitest/node';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';

/** What every end-to-end test gets by `inject('localStack')`. */
export type ProvidedStack = Required<Omit<LocalStack, 'stop'>>;

declare module 'vitest' {
  interface ProvidedContext {
    localStack: ProvidedStack;
  }
}

/**
 * Deploys the stack once for all end-to-end tests, and removes it after them. Vitest runs this for each group of tests,
 * one after the other: all groups share the stack that the first one has started.
 */
export default async ({ vitest }: TestProject): Promise<(() => Promise<void>) | undefined> => {
  if ('localStack' in vitest.getProvidedContext()) return undefined;
  const { stop, simulatorControlUrl, ...stack } = await startLocalStack();
  if (simulatorControlUrl === undefined) throw new Error('The end-to-end tests need the provider simulator.');
  vitest.provide('localStack', { ...stack, simulatorControlUrl });
  return stop;
};

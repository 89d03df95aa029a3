import type { TestProject } from 'vitest/node';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';

/** What every end-to-end test gets by `inject('localStack')`. */
export type ProvidedStack = Required<Omit<LocalStack, 'stop'>>;

declare module 'vitest' {
  interface ProvidedContext {
    localStack: ProvidedStack;
  }
}

/** Deploys the stack once for all end-to-end tests, and takes it down after them. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const { stop, simulatorControlUrl, ...stack } = await startLocalStack();
  if (simulatorControlUrl === undefined) throw new Error('The end-to-end tests need the provider simulator.');
  project.provide('localStack', { ...stack, simulatorControlUrl });
  return stop;
};

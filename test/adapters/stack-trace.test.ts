import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inSources } from '../../lambdas/adapters/stack-trace.ts';
import { HANDLERS_FOLDER } from '../../packaging/handlers.ts';

const run = promisify(execFile);

const BUNDLE = pathToFileURL(join(HANDLERS_FOLDER, 'publish-events', 'index.mjs')).href;
const ENVIRONMENT = { AWS_REGION: 'eu-west-1', TABLE_NAME: 'table', TOPIC_ARN: 'an ARN' };

/**
 * The stack trace of an error that a bundle throws, in a process of its own: the test runner replaces places itself.
 * @param use what is done with the promise of `bundle`
 */
const stackOf = async (use: string, env: Readonly<Record<string, string>>): Promise<string> => {
  const script = `const bundle = import('${BUNDLE}'); await (${use}).catch(({ stack }) => console.log(stack));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { env });
  return stdout;
};

test('a stack trace of a bundle names the places in the sources', async () => {
  const stack = await stackOf('bundle', { ...ENVIRONMENT, TABLE_NAME: '' });
  expect(stack).toContain('publish-events/index.mjs:');
  const [message, thrownAt, calledAt] = inSources(stack).split('\n');
  expect(message).toContain('The environment variable TABLE_NAME is not set');
  expect(thrownAt).toMatch(/\blambdas\/contracts\/environment\.ts:\d+:\d+/);
  expect(calledAt).toMatch(/\blambdas\/publish-events\/handler\.ts:\d+:\d+/);
});

test('an error that leaves a function names the places in the sources', async () => {
  const stack = await stackOf('bundle.then(({ handler }) => handler({}, {}))', ENVIRONMENT);
  expect(stack).toMatch(/\blambdas\/publish-events\/handler\.ts:\d+:\d+/);
});

test.for([
  'file:///var/runtime/index.mjs:1173:29',
  'node:internal/timers:594:17',
  // Messages may quote what others wrote.
  'file://[/index.mjs:1:2',
  'file:///%2f/index.mjs:1:2',
])('a place without a source map stays as it is: %s', (place) => {
  const stack = `Error: no\n    at f (${place})`;
  expect(inSources(stack)).toBe(stack);
});

test.for(['', 'null', '{"version":3,"sour'])(
  'a place stays as it is if its source map cannot be read: %s',
  async (content) => {
    const folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
    await writeFile(join(folder, 'index.mjs.map'), content);
    const stack = `Error: no\n    at f (${pathToFileURL(join(folder, 'index.mjs'))}:1:2)`;
    expect(inSources(stack)).toBe(stack);
  },
);

test('a long message full of what looks like places is searched at once', { timeout: 5000 }, () => {
  const stack = `Error: ${'file:///'.repeat(50_000)}`;
  expect(inSources(stack)).toBe(stack);
});

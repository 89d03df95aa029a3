import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PATHS } from '../../local/paths.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-tracker-app-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the app as CDK does, with a context. */
const runApp = (context: Readonly<Record<string, string>>) =>
  new Promise<{ readonly exitCode: unknown; readonly stderr: string }>((resolve) => {
    const env = {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      // test/lib/template-validation.test.ts applies the rules, which take seconds to load.
      CDK_VALIDATION: 'false',
    };
    execFile(join(PATHS.programs, 'node'), [join(PATHS.root, 'bin/app.ts')], { env }, (error, _, stderr) =>
      resolve({ exitCode: error?.code ?? 0, stderr }),
    );
  });

it('the app writes the stack that the context describes', async () => {
  expect((await runApp({ environment: 'staging', providerApplication: 'test' })).exitCode).toBe(0);
  expect(existsSync(join(folder, 'OrderTracker-staging.template.json'))).toBe(true);
});

it('the app rejects a wrong value by its message, without a stack trace', async () => {
  expect(await runApp({ minCheckGapInSeconds: '0', providerApplication: 'test' })).toEqual({
    exitCode: 1,
    stderr: '"minCheckGapInSeconds" cannot be "0": give at least 1 s. The default is 1 minute.\n',
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the tests leave in the temporary folder goes when they are done: their processes are ended before they could. */
export const setup = (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'order-tracker-tests-'));
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
};

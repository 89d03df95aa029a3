import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../contract/files.ts';

/** A committed JSON document. */
export const readDocument = <Content = Readonly<Record<string, unknown>>>(path: string): Content =>
  JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeDeclarations } from './declarations.ts';
import { buildHandlers, ROOT } from './handlers.ts';
import { COMMAND_LINE, CONSTRUCT } from './programs.ts';

// Builds what the published package contains. With --check, a change of the public API fails instead of being written
// into its report.
await rm(join(ROOT, 'dist'), { recursive: true, force: true });
await Promise.all([
  buildHandlers(),
  build(CONSTRUCT),
  build(COMMAND_LINE),
  writeDeclarations(!process.argv.includes('--check')),
]);

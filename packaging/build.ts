import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDeclarations } from './declarations.ts';
import { ROOT } from './handlers.ts';
import { writeNotices } from './notices.ts';
import { bundleAll } from './programs.ts';
import { shippedPackages } from './shipped-packages.ts';

// Builds what the published package contains. With --check, a change of the public API fails instead of being written
// into its report.
await rm(join(ROOT, 'dist'), { recursive: true, force: true });
const bundles = await bundleAll(true);
await writeNotices(await shippedPackages(bundles));
await writeDeclarations(!process.argv.includes('--check'));

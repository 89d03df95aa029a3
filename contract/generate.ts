import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contractFiles, RELEASED_DOCUMENTS, ROOT } from './files.ts';

// `npm run contract` writes every file that is generated from the contract. With `--release` it also keeps the two
// documents as those of the last release, with which the tests compare later changes.
for (const [path, content] of Object.entries(contractFiles())) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), content);
}
if (process.argv.includes('--release')) {
  for (const [document, released] of Object.entries(RELEASED_DOCUMENTS)) {
    mkdirSync(dirname(join(ROOT, released)), { recursive: true });
    copyFileSync(join(ROOT, document), join(ROOT, released));
  }
}

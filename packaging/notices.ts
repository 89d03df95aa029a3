import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './handlers.ts';
import type { ShippedPackage } from './shipped-packages.ts';

const LICENCE_FILE = /^(licen[cs]e|notice|copying)/i;

/** The licence texts of a package. A few packages have none, so their manifest tells licence and author. */
const licenceOf = async ({ folder }: ShippedPackage): Promise<string> => {
  const path = join(ROOT, folder);
  const files = (await readdir(path)).filter((file) => LICENCE_FILE.test(file));
  if (files.length > 0) {
    const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
    return texts.map((text) => text.trim()).join('\n\n');
  }
  const { license, author } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'));
  return `Licence: ${license}\nAuthor: ${author?.name ?? author ?? 'not named'}`;
};

/**
 * Writes `dist/THIRD_PARTY_LICENSES.txt`: each licence of the bundled packages once, below the packages that have it. The
 * licences require that their text goes with the code.
 */
export const writeNotices = async (packages: readonly ShippedPackage[]): Promise<void> => {
  const namesByLicence = new Map<string, string[]>();
  for (const shipped of packages) {
    const licence = await licenceOf(shipped);
    const names = namesByLicence.get(licence) ?? [];
    namesByLicence.set(licence, [...names, `${shipped.name} ${shipped.version}`]);
  }
  const notices = [...namesByLicence].map(([licence, names]) => `${names.join('\n')}\n\n${licence}`);
  const heading = 'This package contains code of the following packages, under their own licences.';
  const separator = `\n\n${'-'.repeat(80)}\n\n`;
  await writeFile(join(ROOT, 'dist/THIRD_PARTY_LICENSES.txt'), `${[heading, ...notices].join(separator)}\n`);
};

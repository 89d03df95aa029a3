import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Every Markdown page of the project: committed, or not ignored by Git. */
const PAGES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The text without code, in which nothing is a link or a heading. */
const prose = (text: string): string =>
  text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, 'x');

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string): string[] =>
  [
    ...read(page)
      .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
      .matchAll(/^#+ (.+)$/gm),
  ].map(([, heading = '']) => anchorOf(heading));

/** Why a relative link is broken; `undefined` if it is not. */
const problemOf = (page: string, link: string): string | undefined => {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : normalize(join(dirname(page), file));
  if (!existsSync(join(ROOT, target))) return `${target} does not exist`;
  if (anchor === undefined || anchorsOf(target).includes(anchor)) return undefined;
  return `${target} has no heading #${anchor}`;
};

const linksIn = (text: string): string[] =>
  [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));

describe('links between documents', () => {
  it.each(PAGES)('%s: every relative link leads to a file and a heading', (page) => {
    expect(linksIn(read(page)).flatMap((link) => problemOf(page, link) ?? [])).toEqual([]);
  });

  it('are found, broken ones included', () => {
    expect(linksIn(read('README.md')).length).toBeGreaterThan(10);
    expect(linksIn('[a](b.md#c), [d](https://e), `[f](g)`')).toEqual(['b.md#c']);
    expect(problemOf('docs/api.md', 'nowhere.md')).toBe('docs/nowhere.md does not exist');
    expect(problemOf('docs/api.md', '../README.md#nowhere')).toBe('README.md has no heading #nowhere');
    expect(problemOf('docs/api.md', 'runbook.md#itemsoverdue')).toBeUndefined();
  });
});

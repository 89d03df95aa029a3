import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../cli/program.ts';
import { ALARM_NAMES } from '../alarms/alarm-names.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const DOCUMENTS = ['README.md', ...readdirSync(new URL('docs', root)).map((name) => `docs/${name}`)].filter(
  (path) => path.endsWith('.md'),
);

/**
 * What follows `order-tracker` in a document's code: lines of blocks, and spans, which may be broken over two lines. A
 * span with nothing but a command's name is a name.
 */
const commandsIn = (text: string): string[] => {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
  const spans = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll(/\s+/g, ' '),
  );
  return [
    ...blocks,
    ...spans.filter((span) => !/^order-tracker \w+$/.test(span) || NEEDS_NOTHING.test(span)),
  ].flatMap((line) => /^\s*(?:npm run )?order-tracker (?:-- )?([a-z][^#]*)/.exec(line)?.[1] ?? []);
};

const NEEDS_NOTHING = /^order-tracker (doctor|due)$/;

const words = (line: string): string[] => line.match(/<[^>]*>|\S+/g) ?? [];

/** What a pasted line would be told to be wrong with, if anything. */
const problemOf = (line: string): string | undefined => {
  let command: Command = program(() => {});
  const options = [...command.options];
  const left = words(line);
  for (;;) {
    const next = command.commands.find((candidate) => candidate.name() === left[0]);
    if (!next) break;
    left.shift();
    command = next;
    options.push(...command.options);
  }
  if (command.commands.length > 0) return `no command ${left[0]}`;
  let given = 0;
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (!word.startsWith('-')) given += 1;
    else {
      const option = options.find(({ long, short }) => long === word || short === word);
      if (!option) return `no option ${word}`;
      if (option.required && left.shift() === undefined) return `${word} lacks its value`;
    }
  }
  const needed = command.registeredArguments.filter(({ required }) => required).length;
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length;
  return given < needed || given > most ? `${given} arguments` : undefined;
};

describe('commands in the documents', () => {
  const all = DOCUMENTS.flatMap((path) => commandsIn(read(path)).map((line) => [path, line.trim()] as const));

  it('are found', () => {
    expect(all.filter(([path]) => path === 'docs/runbook.md').length).toBeGreaterThan(40);
  });

  it.each(all)('%s: order-tracker %s', (_, line) => {
    expect(problemOf(line)).toBeUndefined();
  });

  it('are judged by what the command line takes', () => {
    expect(problemOf('stauts <order>')).toContain('no command');
    expect(problemOf('due --rety')).toContain('no option');
    expect(problemOf('notify <order>')).toBe('1 arguments');
    expect(problemOf('replay --to')).toContain('lacks its value');
  });
});

describe('links in the documents', () => {
  const headings = (path: string): Set<string> =>
    new Set(
      [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 _-]/g, '')
          .replaceAll(' ', '-'),
      ),
    );

  it.each(DOCUMENTS)('%s: lead to headings that are there', (path) => {
    for (const [, target = ''] of read(path).matchAll(/\]\(([^)\s]*#[^)\s]+)\)/g)) {
      if (target.startsWith('http')) continue;
      const [file = '', heading = ''] = target.split('#');
      const where = file === '' ? path : new URL(file, `file:///${path}`).pathname.slice(1);
      expect([...headings(where)], target).toContain(heading);
    }
  });

  it('the headings of the runbook that doctor names are there', () => {
    const named = [...read('cli/commands/doctor.ts').matchAll(/\(runbook: ([^)$]+)\)/g)].map(
      ([, title]) => title,
    );
    const deadLetters = [...read('cli/commands/doctor.ts').matchAll(/^ {2}\['\w+', '(\w+)'\],$/gm)].map(
      ([, name]) => name,
    );
    expect(named.length).toBeGreaterThan(3);
    expect(deadLetters).toHaveLength(4);
    for (const name of deadLetters) expect(ALARM_NAMES).toContain(name);
    for (const title of named) expect(read('docs/runbook.md')).toContain(`\n## ${title}\n`);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../cli/program.ts';
import { ALARM_NAMES } from '../alarms/alarm-names.ts';
import { PARAMETER } from './tracker-parameter.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(new URL('docs', root)).map((name) => `docs/${name}`),
].filter((path) => path.endsWith('.md'));

/**
 * The text after `order-tracker` in the code of a document: in lines of `sh` blocks, and in code spans, which can be
 * broken over two lines. A span that is only the name of a command refers to it, unless the command has no arguments.
 */
const commandsIn = (text: string): string[] => {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
  const spans = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll(/\s+/g, ' '),
  );
  return [
    ...blocks,
    ...spans.filter((span) => !/^order-tracker \w+$/.test(span) || HAS_NO_ARGUMENTS.test(span)),
  ].flatMap((line) => /^\s*(?:npm run |npx )?order-tracker (?:-- )?([a-z][^#]*)/.exec(line)?.[1] ?? []);
};

const HAS_NO_ARGUMENTS = /^order-tracker (doctor|due|trackers)$/;

/** The words of a command, without a redirection of its output. */
const words = (line: string): string[] => line.replace(/ > \S+$/, '').match(/<[^>]*>|\S+/g) ?? [];

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];

/** Why the command line would reject a line that somebody pastes; `undefined` when it would accept it. */
const problemOf = (line: string): string | undefined => {
  const root = program(() => {}, process);
  for (const command of allOf(root)) {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    if (command.commands.length === 0) command.action(() => {});
  }
  try {
    root.parse(words(line), { from: 'user' });
    return undefined;
  } catch (error) {
    return String(error);
  }
};

it.each(DOCUMENTS)('%s: every npm script exists', (path) => {
  const { scripts } = JSON.parse(read('package.json'));
  const named = [...read(path).matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
  expect(named.filter((name = '') => !(name in scripts))).toEqual([]);
});

describe('commands in the documents', () => {
  const all = DOCUMENTS.flatMap((path) => commandsIn(read(path)).map((line) => [path, line.trim()] as const));

  it('exist in the runbook', () => {
    expect(all.filter(([path]) => path === 'docs/runbook.md').length).toBeGreaterThan(40);
  });

  it.each(all)('%s: order-tracker %s', (_, line) => {
    expect(problemOf(line)).toBeUndefined();
  });

  it('are compared with what the command line accepts', () => {
    expect(problemOf('stauts <order>')).toContain('unknown command');
    expect(problemOf('due --rety')).toContain('unknown option');
    expect(problemOf('notify <order>')).toContain("missing required argument 'item'");
    expect(problemOf('status <order> <item>')).toContain('too many arguments');
    expect(problemOf('replay --to')).toContain('argument missing');
  });
});

it('the runbook has every heading that doctor names', () => {
  const named = [...read('cli/commands/doctor.ts').matchAll(/\(runbook: ([^)$]+)\)/g)].map(
    ([, title]) => title,
  );
  const deadLetters = Object.keys(PARAMETER.deadLetterQueues);
  expect(named.length).toBeGreaterThan(3);
  for (const name of deadLetters) expect(ALARM_NAMES).toContain(name);
  for (const title of named) expect(read('docs/runbook.md')).toContain(`\n## ${title}\n`);
});

/** The full names of all commands without subcommands, such as `quarantine list`. */
const namesOf = (command: Command): string[] =>
  command.commands.flatMap((one) =>
    one.commands.length === 0 ? [one.name()] : namesOf(one).map((name) => `${one.name()} ${name}`),
  );

describe('--help', () => {
  it.each(namesOf(program(() => {}, process)))('shows examples of %s', (name) => {
    const root = program(() => {}, process);
    let text = '';
    for (const command of allOf(root)) command.configureOutput({ writeOut: (part) => (text += part) });
    // `exitOverride` makes an error of the end after the help.
    expect(() => root.parse([...name.split(' '), '--help'], { from: 'user' })).toThrow('outputHelp');
    expect(text).toContain(`Examples:\n  order-tracker ${name}`);
  });
});

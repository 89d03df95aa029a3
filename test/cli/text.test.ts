import { expect, it, test } from 'vitest';
import { columns, counted, parseUuid, readInput, relative, shortened, times } from '../../cli/text.ts';

const now = Date.parse('2026-11-24T10:00:00Z');

it('columns are as wide as their content, and left out when they are empty', () => {
  expect(
    columns(
      ['ID', 'EMPTY', 'NOTE'],
      [
        ['a', '', undefined],
        ['long', undefined, 'x'],
      ],
    ),
  ).toEqual(['ID    NOTE', 'a', 'long  x']);
});

test.for([
  ['2026-11-24T10:00:00.000Z', 'now'],
  ['2026-11-24T09:59:30.000Z', '30 s ago'],
  ['2026-11-24T10:12:00.000Z', 'in 12 min'],
  ['2026-11-24T07:00:00.000Z', '3 h ago'],
  ['2026-11-27T10:00:00.000Z', 'in 3 d'],
  [undefined, undefined],
] as const)('%s is %s', ([at, expected]) => {
  expect(relative(at, now)).toBe(expected);
});

test('a long text is shortened', () => {
  expect(shortened('abcdef', 4)).toBe('abc…');
  expect(shortened('abcd', 4)).toBe('abcd');
});

test('a count is put into words', () => {
  expect(counted(1, 'message')).toBe('1 message');
  expect(counted(0, 'message')).toBe('0 messages');
  expect(times(1)).toBe('once');
  expect(times(3)).toBe('3 times');
});

test('a pasted UUID is read in any case, with white space around it', () => {
  expect(parseUuid(' 8E9E5C6E-EA7D-4934-8753-F00954F30D00\n', 'an order')).toBe(
    '8e9e5c6e-ea7d-4934-8753-f00954f30d00',
  );
  expect(() => parseUuid('MUS0738876', 'an order', 'Line 3 of orders.txt: ')).toThrow(
    'Line 3 of orders.txt: "MUS0738876" is not the UUID of an order.',
  );
});

test('a file that cannot be read is an error with its cause', async () => {
  await expect(readInput('no-such-file')).rejects.toThrow(
    'Cannot read the file no-such-file: it does not exist.',
  );
  await expect(readInput(import.meta.dirname)).rejects.toThrow('it is a folder');
});

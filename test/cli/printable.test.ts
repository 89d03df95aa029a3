import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../cli/printable.ts';

test.for([
  ['\u001b]0;title\u0007\u001b[2Jgone', '\\u{001b}]0;title\\u{0007}\\u{001b}[2Jgone'],
  ['shown\rhidden', 'shown\\u{000d}hidden'],
  ['left \u202eto right', 'left \\u{202e}to right'],
  ['unpaired \ud83d', 'unpaired \\u{d83d}'],
  ['Größe\t予約 🏛️\nnext line', 'Größe\t予約 🏛️\nnext line'],
])('prints %j as %j', ([text, shown]) => {
  expect(printable(text as string)).toBe(shown);
});

test('removes every control character from every text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters must be absent
      expect(printable(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }),
    { numRuns: 2000 },
  );
});

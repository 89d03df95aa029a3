import { describe, expect, test } from 'vitest';
import { dollars, minutes, number, percent, table, wrapped } from '../../bench/markdown.ts';
import { noteOf, plotsOf, summary } from '../../bench/note.ts';
import type { Row } from '../../bench/section.ts';
import { SECTIONS } from '../../bench/sections/sections.ts';

const row: Row = { target: '1', measure: 'Cost', ours: '$1', comparedWith: '$2', goal: '≤ $3', met: false };

describe('the note', () => {
  test('lists the rows of all sections, and says which targets are not met', () => {
    expect(summary([row, { ...row, met: true }, { ...row, met: undefined }]).split('\n')).toEqual([
      '| # | Measure | Ours | Compared with | Ratio | Target | Met |',
      '|--:|---|--:|--:|---|---|---|',
      '| 1 | Cost | $1 | $2 | – | ≤ $3 | **no** |',
      '| 1 | Cost | $1 | $2 | – | ≤ $3 | yes |',
      '| 1 | Cost | $1 | $2 | – | ≤ $3 | written down |',
    ]);
  });

  test('links to its plots', () => {
    const plot = { name: 'costs', title: 'Costs', svg: '<svg/>' };
    const finished = [
      { title: 'Cost', result: { rows: [row], text: '![Costs](plot:costs)', plots: [plot] } },
    ];

    expect(noteOf(finished, 'This machine.')).toContain('## Cost\n\n![Costs](performance/costs.svg)\n');
    expect(plotsOf(finished)).toEqual([plot]);
  });
});

test('every section has a name of its own', () => {
  expect(new Set(SECTIONS.map(({ name }) => name)).size).toBe(SECTIONS.length);
});

test('numbers, dollars, shares and minutes are written for people', () => {
  expect([number(1234.5, 1), dollars(1234.4), percent(0.055, 1), minutes(90)]).toEqual([
    '1,234.5',
    '$1,234',
    '5.5 %',
    '1.5 min',
  ]);
});

test('paragraphs and list entries are wrapped, tables are not', () => {
  const word = 'x'.repeat(59);
  const row = `| ${word} | ${word} | ${word} |`;
  const page = [`${word} ${word} ${word}`, `- ${word} ${word}\n- ${word}`, row].join('\n\n');

  expect(wrapped(page)).toBe(
    [`${word} ${word}\n${word}`, `- ${word}\n  ${word}\n- ${word}`, row].join('\n\n').concat('\n'),
  );
});

test('columns of numbers are aligned to the right', () => {
  expect(table(['a', 'b'], [['x', 1]])).toBe('| a | b |\n|---|--:|\n| x | 1 |');
});

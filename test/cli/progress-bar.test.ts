import { expect, it } from 'vitest';
import { progressBar } from '../../cli/progress-bar.ts';

const terminal = (isTTY: boolean) => {
  const written: string[] = [];
  return { written, stream: { isTTY, write: (text: string) => written.push(text) > 0 } };
};

it('shows the progress, and stays full when the total was too low an estimate', () => {
  const { written, stream } = terminal(true);
  const bar = progressBar(4, stream as never);
  for (const done of [2, 4, 9]) bar.show(done);
  bar.end();
  expect(written).toEqual([
    `\r${'█'.repeat(15)}${'░'.repeat(15)} 2 of 4`,
    `\r${'█'.repeat(30)} 4 of 4`,
    `\r${'█'.repeat(30)} 9 of 4`,
    '\n',
  ]);
});

it('writes nothing when the output is not a terminal', () => {
  const { written, stream } = terminal(false);
  progressBar(4, stream as never).show(2);
  expect(written).toEqual([]);
});

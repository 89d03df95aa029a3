import { table } from './markdown.ts';
import type { Plot, Row, SectionResult } from './section.ts';

/** A section with its result. */
export interface Finished {
  readonly title: string;
  readonly result: SectionResult;
}

/** Where the plots are, seen from the note. */
export const PLOTS = 'performance';

const MET = new Map<boolean | undefined, string>([
  [true, 'yes'],
  [false, '**no**'],
  [undefined, 'written down'],
]);

/** The rows of all sections as one table. */
export const summary = (rows: readonly Row[]): string =>
  table(
    ['#', 'Measure', 'Ours', 'Beside it', 'Ratio', 'Target', 'Met'],
    rows.map(({ target, measure, ours, beside, ratio = '–', goal, met }) => [
      target,
      measure,
      ours,
      beside,
      ratio,
      goal,
      MET.get(met) ?? '',
    ]),
  );

/** The whole note. */
export const noteOf = (finished: readonly Finished[], machine: string): string => `# Performance

What was measured, on what, beside what. \`npm run bench\` writes this note; nothing in it is written by hand.

Counts (transitions, requests, units, bytes) are exact and the same on every machine. Times depend on the machine, so
they are compared with something else in the same run, in turns. ${machine}

${summary(finished.flatMap(({ result }) => result.rows))}
${finished.map(({ title, result }) => `\n## ${title}\n\n${withPlots(result)}\n`).join('')}`;

const withPlots = ({ text, plots = [] }: SectionResult): string =>
  plots.reduce((note, { name }) => note.replace(`(plot:${name})`, `(${PLOTS}/${name}.svg)`), text);

export const plotsOf = (finished: readonly Finished[]): readonly Plot[] =>
  finished.flatMap(({ result }) => result.plots ?? []);

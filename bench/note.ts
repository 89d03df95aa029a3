import { table, wrapped } from './markdown.ts';
import type { Plot, Row, SectionResult } from './section.ts';

/** A section with its result. */
export interface Finished {
  readonly title: string;
  readonly result: SectionResult;
}

/** Folder of the plots, relative to the note. */
export const PLOTS = 'performance';

const MET = new Map<boolean | undefined, string>([
  [true, 'yes'],
  [false, '**no**'],
  [undefined, 'written down'],
]);

/** The rows of all sections as one table. */
export const summary = (rows: readonly Row[]): string =>
  table(
    ['#', 'Measure', 'Ours', 'Compared with', 'Ratio', 'Target', 'Met'],
    rows.map(({ target, measure, ours, comparedWith, ratio = '–', goal, met }) => [
      target,
      measure,
      ours,
      comparedWith,
      ratio,
      goal,
      MET.get(met) ?? '',
    ]),
  );

/** The whole note. */
export const noteOf = (finished: readonly Finished[], machine: string): string =>
  wrapped(`# Performance

What was measured, on which machine, and compared with what. \`npm run bench\` writes this note; nothing in it is written by hand.

Counts (transitions, requests, units, bytes) are exact and the same on every machine. Times depend on the machine, so
they are compared with an alternative that takes turns with the product in the same run. ${machine}

${summary(finished.flatMap(({ result }) => result.rows))}
${finished.map(({ title, result }) => `\n## ${title}\n\n${withPlots(result)}\n`).join('')}`);

const withPlots = ({ text, plots = [] }: SectionResult): string =>
  plots.reduce((note, { name }) => note.replace(`(plot:${name})`, `(${PLOTS}/${name}.svg)`), text);

export const plotsOf = (finished: readonly Finished[]): readonly Plot[] =>
  finished.flatMap(({ result }) => result.plots ?? []);

import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { type Finished, noteOf, PLOTS, plotsOf, summary } from './note.ts';
import type { Section } from './section.ts';
import { SECTIONS } from './sections/sections.ts';

const named = (text: string): Section[] =>
  text.split(',').map((name) => {
    const section = SECTIONS.find((candidate) => candidate.name === name.trim());
    if (!section) {
      const names = SECTIONS.map((candidate) => candidate.name).join(', ');
      throw new InvalidArgumentError(`"${name}" is no section. The sections are: ${names}`);
    }
    return section;
  });

const { quick, only } = new Command('bench')
  .description('Measures the product and its alternatives, and writes docs/performance.md.')
  .option('--quick', 'a few minutes with small samples: checks the exact counts and writes nothing', false)
  .option('--only <sections>', `some sections, separated by commas, written to the terminal only`, named)
  .parse()
  .opts<{ quick: boolean; only?: Section[] }>();

const began = performance.now();
const progress = (section: string) => (message: string) => {
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stderr.write(`${`${seconds} s`.padStart(7)}  ${section}: ${message}\n`);
};

const finished: Finished[] = [];
for (const { name, title, run } of only ?? SECTIONS) {
  finished.push({ title, result: await run({ quick, progress: progress(name) }) });
}

const machine = `This run: ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model.trim() || 'unknown processor'}.`;
const note = noteOf(finished, machine);
if (quick) console.log(summary(finished.flatMap(({ result }) => result.rows)));
else if (only) console.log(note);
else {
  const docs = fileURLToPath(new URL('../docs', import.meta.url));
  mkdirSync(`${docs}/${PLOTS}`, { recursive: true });
  for (const { name, svg } of plotsOf(finished)) writeFileSync(`${docs}/${PLOTS}/${name}.svg`, `${svg}\n`);
  writeFileSync(`${docs}/performance.md`, note);
  console.log(`Written: docs/performance.md and ${plotsOf(finished).length} plots.`);
}

const wrong = finished.flatMap(({ result }) => result.wrong ?? []);
for (const message of wrong) console.error(`Wrong count: ${message}`);
process.exitCode = wrong.length > 0 ? 1 : 0;

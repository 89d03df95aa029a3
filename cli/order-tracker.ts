#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CommandError, EXIT, type ExitCode } from './outcome.ts';
import { printable } from './printable.ts';
import { program } from './program.ts';

/** What the SDK says when the shell has no region or no credentials, and what to do about it. */
const SHELL_LACKS: readonly (readonly [symptom: RegExp, remedy: string])[] = [
  [/region is missing/i, 'Your shell names no AWS region. Set AWS_REGION, or use a profile that has one.'],
  [
    /could not load credentials/i,
    'Your shell has no AWS credentials. Sign in as for the AWS CLI, or set AWS_PROFILE.',
  ],
];

const explain = (error: unknown): { readonly message: string; readonly exitCode: ExitCode } => {
  if (error instanceof CommandError) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const remedy = SHELL_LACKS.find(([symptom]) => symptom.test(text))?.[1];
  return remedy ? { message: remedy, exitCode: EXIT.wrongUsage } : { message: text, exitCode: EXIT.failed };
};

const run = async (): Promise<ExitCode> => {
  let exitCode: ExitCode = EXIT.done;
  const isJson = process.argv.includes('--json');
  try {
    await program((outcome, isForMachines) => {
      console.log(
        isForMachines ? JSON.stringify(outcome.data, null, 2) : printable(outcome.lines.join('\n')),
      );
      exitCode = outcome.exitCode ?? EXIT.done;
    }).parseAsync();
    return exitCode;
  } catch (error) {
    // Commander has said already what was wrong; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    const { message, exitCode: code } = explain(error);
    if (isJson) console.log(JSON.stringify({ error: message }, null, 2));
    console.error(printable(message));
    return code;
  }
};

process.exitCode = await run();

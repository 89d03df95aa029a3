#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CommandError, EXIT, type ExitCode } from './outcome.ts';
import { program } from './program.ts';

const run = async (): Promise<ExitCode> => {
  let exitCode: ExitCode = EXIT.done;
  const isJson = process.argv.includes('--json');
  try {
    await program((outcome, isForMachines) => {
      console.log(isForMachines ? JSON.stringify(outcome.data, null, 2) : outcome.lines.join('\n'));
      exitCode = outcome.exitCode ?? EXIT.done;
    }).parseAsync();
    return exitCode;
  } catch (error) {
    // Commander has said already what was wrong; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    const known = error instanceof CommandError;
    const code = known ? error.exitCode : EXIT.failed;
    const message =
      known || !(error instanceof Error)
        ? String(error instanceof Error ? error.message : error)
        : `${error.name}: ${error.message}`;
    if (isJson) console.log(JSON.stringify({ error: message }, null, 2));
    console.error(message);
    return code;
  }
};

process.exitCode = await run();

#!/usr/bin/env node
import { EXIT } from './outcome.ts';
import { run } from './run.ts';

// A reader may close the pipe early, such as `head`. Any other error of the output, such as a full disk, is a failure.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  console.error(`Could not write the output: ${message}`);
  process.exitCode = EXIT.failed;
});

const exitCode = await run(process.argv.slice(2), process);
process.exitCode ??= exitCode;

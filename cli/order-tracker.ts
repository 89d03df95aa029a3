#!/usr/bin/env node
import { CommanderError } from 'commander';
import { CommandError, EXIT, type ExitCode } from './outcome.ts';
import { printable } from './printable.ts';
import { program } from './program.ts';

/** What the SDK says when it gets nowhere, what to do about it, and whether what it said is worth reading too. */
const REMEDIES: readonly (readonly [symptom: RegExp, remedy: string, exitCode: ExitCode, isQuoted?: true])[] =
  [
    [
      /region is missing/i,
      'Your shell names no AWS region. Set AWS_REGION, or use a profile that has one.',
      EXIT.wrongUsage,
    ],
    [
      /could not load credentials/i,
      'Your shell has no AWS credentials. Sign in as for the AWS CLI, or set AWS_PROFILE.',
      EXIT.wrongUsage,
    ],
    [
      /^(ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|IncompleteSignature)/,
      'AWS does not accept your credentials: they are wrong or have expired. Sign in again.',
      EXIT.wrongUsage,
      true,
    ],
    [
      /^(AccessDenied|AuthorizationError|UnauthorizedOperation|KMSAccessDenied)/,
      'Your credentials do not allow this; the runbook (docs/runbook.md) lists what they must allow.',
      EXIT.refused,
      true,
    ],
    [
      /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|fetch failed/,
      'It cannot be reached. Is the network up, and AWS_REGION a region?',
      EXIT.noAnswer,
      true,
    ],
    [
      /^(ResourceNotFoundException|NotFoundException|\w*DoesNotExist|QueueDoesNotExist)/,
      'A part of the stack is missing; "order-tracker doctor" tells which.',
      EXIT.notFound,
      true,
    ],
  ];

const explain = (error: unknown): { readonly message: string; readonly exitCode: ExitCode } => {
  if (error instanceof CommandError) return error;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // Of several addresses that were tried, the code tells what the message does not.
  const code = error instanceof Error && 'code' in error ? ` ${error.code}` : '';
  const [, remedy, exitCode, isQuoted] = REMEDIES.find(([symptom]) => symptom.test(text + code)) ?? [];
  if (!remedy || exitCode === undefined) return { message: text, exitCode: EXIT.failed };
  return { message: isQuoted ? `${remedy} (${text}${code})` : remedy, exitCode };
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
    const sayToMachines = (message: string): void => {
      if (isJson) console.log(JSON.stringify({ error: message }, null, 2));
    };
    if (error instanceof CommanderError) {
      // Asking for help is no error.
      if (error.exitCode === 0) return EXIT.done;
      // Commander has said already what was wrong, but to people only.
      sayToMachines(error.message.replace(/^error: /, ''));
      return EXIT.wrongUsage;
    }
    const { message, exitCode: code } = explain(error);
    sayToMachines(message);
    console.error(printable(message));
    return code;
  }
};

// Whoever closes a pipe has read enough; a full disk has not got all of it.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  console.error(`The output could not be written: ${message}`);
  process.exitCode = EXIT.failed;
});

const exitCode = await run();
process.exitCode ??= exitCode;

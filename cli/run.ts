import { CommanderError } from 'commander';
import { CommandError, EXIT, type ExitCode, type Outcome } from './outcome.ts';
import { printable } from './printable.ts';
import { type Output, program } from './program.ts';

/** What the user should know about an error of the AWS SDK or of the network. */
interface Remedy {
  /** Matches the error's name, message and code. */
  readonly symptom: RegExp;
  readonly message: string;
  readonly exitCode: ExitCode;
  /** Whether the error's own text is shown too. */
  readonly isQuoted: boolean;
}

const REMEDIES: readonly Remedy[] = [
  {
    symptom: /region is missing/i,
    message:
      'No AWS region is configured. Set AWS_REGION, or use a profile that has one; for the stack of npm start give --local.',
    exitCode: EXIT.wrongUsage,
    isQuoted: false,
  },
  {
    symptom: /could not load credentials/i,
    message: 'No AWS credentials were found. Sign in as for the AWS CLI, or set AWS_PROFILE.',
    exitCode: EXIT.wrongUsage,
    isQuoted: false,
  },
  {
    symptom: /^(ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|IncompleteSignature)/,
    message: 'AWS rejected your credentials: they are wrong or have expired. Sign in again.',
    exitCode: EXIT.wrongUsage,
    isQuoted: true,
  },
  {
    symptom: /^(AccessDenied|AuthorizationError|UnauthorizedOperation|KMSAccessDenied)/,
    message: 'Your credentials do not allow this. The runbook (docs/runbook.md) lists the permissions.',
    exitCode: EXIT.rejected,
    isQuoted: true,
  },
  {
    symptom: /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|fetch failed/,
    message: 'AWS cannot be reached. Check the network and AWS_REGION.',
    exitCode: EXIT.noAnswer,
    isQuoted: true,
  },
  {
    symptom: /^(ResourceNotFoundException|NotFoundException|\w*DoesNotExist|QueueDoesNotExist)/,
    message: 'A part of the stack is missing; "order-tracker doctor" shows which.',
    exitCode: EXIT.notFound,
    isQuoted: true,
  },
];

const explain = (error: unknown): { readonly message: string; readonly exitCode: ExitCode } => {
  if (error instanceof CommandError) return error;
  const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // When several addresses of a host were tried, only the code says why all of them failed.
  const text = error instanceof Error && 'code' in error ? `${name} ${error.code}` : name;
  const remedy = REMEDIES.find(({ symptom }) => symptom.test(text));
  if (!remedy) return { message: name, exitCode: EXIT.failed };
  const { message, exitCode, isQuoted } = remedy;
  return { message: isQuoted ? `${message} (${text})` : message, exitCode };
};

const print = ({ data, lines, raw }: Outcome, isJson: boolean, { stdout }: Output): void => {
  if (isJson) stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  // A terminal would execute the control sequences in it.
  else if (raw && !stdout.isTTY) stdout.write(raw);
  else stdout.write(`${printable(lines.join('\n'))}\n`);
};

/**
 * Runs a command.
 * @param args the words after `order-tracker`
 * @param output where the result and errors are written; `process` has both streams
 */
export const run = async (args: readonly string[], output: Output): Promise<ExitCode> => {
  let exitCode: ExitCode = EXIT.success;
  const printJsonError = (message: string): void => {
    if (args.includes('--json')) output.stdout.write(`${JSON.stringify({ error: message }, null, 2)}\n`);
  };
  const finish = (outcome: Outcome, isJson: boolean): void => {
    print(outcome, isJson, output);
    exitCode = outcome.exitCode ?? EXIT.success;
  };
  try {
    await program(finish, output).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // `--help` ends with such an error too.
      if (error.exitCode === 0) return EXIT.success;
      // Commander has written the message to the error output already.
      printJsonError(error.message.replace(/^error: /, ''));
      return EXIT.wrongUsage;
    }
    const { message, exitCode: code } = explain(error);
    printJsonError(message);
    output.stderr.write(`${printable(message)}\n`);
    return code;
  }
};

/** What the exit codes mean; `--help` tells it too. */
export const EXIT = {
  done: 0,
  failed: 1,
  wrongUsage: 2,
  notFound: 3,
  attention: 4,
  noAnswer: 5,
  refused: 6,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command came to: for machines and for people. */
export interface Outcome {
  readonly data: unknown;
  readonly lines: readonly string[];
  /** @default 0 */
  readonly exitCode?: ExitCode;
}

/** Thrown when a command cannot do what it was asked to; the message says why, and what to do about it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Whether an error of AWS says that something does not exist: the services have no one name for it. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && /NotFound|NonExistent|DoesNotExist/.test(error.name);

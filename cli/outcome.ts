/** Exit codes; `--help` explains them. */
export const EXIT = {
  success: 0,
  failed: 1,
  wrongUsage: 2,
  notFound: 3,
  attention: 4,
  noAnswer: 5,
  rejected: 6,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Result of a command. */
export interface Outcome {
  /** What `--json` prints. */
  readonly data: unknown;
  /** What is printed otherwise. */
  readonly lines: readonly string[];
  /** What is written instead of the lines, byte by byte, when the output is a file or a pipe. */
  readonly raw?: Uint8Array;
  /** @default 0 */
  readonly exitCode?: ExitCode;
}

/** Thrown when a command cannot do its work. The message states the cause and the remedy. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Whether an AWS error means that a resource does not exist. Each service has its own name for it. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && /NotFound|NonExistent|DoesNotExist/.test(error.name);

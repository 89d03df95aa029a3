import { runCommand } from './run-command.ts';

/** The oldest version that MiniStack supports. */
const MIN_VERSION = { major: 3, minor: 10 };

/** `python3` comes first, because it is the machine's own default. */
const CANDIDATES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];

/** Prints the version. Fails where virtual environments cannot be created: on Debian they are a separate package. */
const PROBE = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';

/** Thrown when no Python on the PATH can run the emulator. */
export class PythonMissingError extends Error {
  override readonly name = 'PythonMissingError';

  constructor(found: readonly string[]) {
    const oldest = `${MIN_VERSION.major}.${MIN_VERSION.minor}`;
    super(
      [
        `The local AWS emulator needs Python ${oldest} or newer with its venv module.`,
        found.length > 0 ? `Found: ${found.join('; ')}.` : 'There is no Python on the PATH.',
        `Install it, then run the command again. Debian and Ubuntu: "sudo apt-get install python3 python3-venv"; ` +
          `macOS: "brew install python"; others: https://www.python.org/downloads/.`,
      ].join('\n'),
    );
  }
}

/** Examines one candidate: returns its version, why it cannot be used, or nothing when there is no such command. */
export type Probe = (command: string) => Promise<{ readonly version?: string; readonly problem?: string }>;

const probe: Probe = async (command) => {
  try {
    return { version: (await runCommand(command, ['-c', PROBE])).trim() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/No module named/.test(message)) return { problem: `${command} has no venv module` };
    return {};
  }
};

/**
 * Finds a Python that is new enough and can create virtual environments.
 * @throws {PythonMissingError}
 */
export const findPython = async (examine: Probe = probe): Promise<string> => {
  const found: string[] = [];
  for (const command of CANDIDATES) {
    const { version, problem } = await examine(command);
    const [major = 0, minor = 0] = (version ?? '').split(' ').map(Number);
    if (major === MIN_VERSION.major && minor >= MIN_VERSION.minor) return command;
    if (version) found.push(`${command} is ${major}.${minor}, too old`);
    if (problem) found.push(problem);
  }
  throw new PythonMissingError(found);
};

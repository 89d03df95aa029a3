import { runCommand } from './run-command.ts';

/** What MiniStack asks for. */
const OLDEST = { major: 3, minor: 10 };

/** `python3` first, so that a machine's own choice counts; then whatever else may be there. */
const CANDIDATES = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
  'python',
];

/** Prints the version, and fails where virtual environments cannot be made (Debian packs them apart). */
const PROBE = 'import sys, venv, ensurepip; print(*sys.version_info[:2])';

/** Thrown when there is no Python that can run the emulator. */
export class PythonMissingError extends Error {
  override readonly name = 'PythonMissingError';

  constructor(found: readonly string[]) {
    const oldest = `${OLDEST.major}.${OLDEST.minor}`;
    super(
      [
        `The local AWS emulator needs Python ${oldest} or newer with its venv module.`,
        found.length > 0 ? `Found: ${found.join('; ')}.` : 'No Python was found on the PATH.',
        `Install it, then run the command again. Debian and Ubuntu: "sudo apt-get install python3 python3-venv"; ` +
          `macOS: "brew install python"; others: https://www.python.org/downloads/.`,
      ].join('\n'),
    );
  }
}

/** How one candidate answers: usable, not usable and why, or not there at all. */
export type Probe = (command: string) => Promise<{ readonly version?: string; readonly problem?: string }>;

const probe: Probe = async (command) => {
  try {
    return { version: (await runCommand(command, ['-c', PROBE])).trim() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/No module named/.test(message)) return { problem: `${command} lacks the venv module` };
    return {};
  }
};

/**
 * Finds a Python that is new enough and can make virtual environments.
 * @throws {PythonMissingError}
 */
export const findPython = async (ask: Probe = probe): Promise<string> => {
  const found: string[] = [];
  for (const command of CANDIDATES) {
    const { version, problem } = await ask(command);
    const [major = 0, minor = 0] = (version ?? '').split(' ').map(Number);
    if (major === OLDEST.major && minor >= OLDEST.minor) return command;
    if (version) found.push(`${command} is ${major}.${minor}, too old`);
    if (problem) found.push(problem);
  }
  throw new PythonMissingError(found);
};

import { expect, it } from 'vitest';
import { findPython, type Probe, PythonMissingError } from '../../local/python.ts';

/** Examines commands on a machine that has only these. */
const machineWith =
  (commands: Record<string, Awaited<ReturnType<Probe>>>): Probe =>
  async (command) =>
    commands[command] ?? {};

it('the search for Python prefers python3 when it is new enough', async () => {
  const examine = machineWith({ python3: { version: '3 12' }, 'python3.13': { version: '3 13' } });
  expect(await findPython(examine)).toBe('python3');
});

it('the search for Python takes another one when python3 is too old or cannot create virtual environments', async () => {
  const examine = machineWith({
    python3: { version: '3 9' },
    'python3.12': { problem: 'python3.12 has no venv module' },
    'python3.11': { version: '3 11' },
  });
  expect(await findPython(examine)).toBe('python3.11');
});

it('the search for Python reports what was found and how to install Python when none fits', async () => {
  const examine = machineWith({ python3: { version: '3 8' }, python: { version: '2 7' } });
  const error = await findPython(examine).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(PythonMissingError);
  expect(String(error)).toMatch(/3\.10 or newer/);
  expect(String(error)).toMatch(/python3 is 3\.8, too old; python is 2\.7, too old/);
  expect(String(error)).toMatch(/apt-get install/);
});

import { describe, expect, it } from 'vitest';
import { findPython, type Probe, PythonMissingError } from '../../local/python.ts';

/** A machine on which only these commands exist. */
const machineWith =
  (commands: Record<string, Awaited<ReturnType<Probe>>>): Probe =>
  async (command) =>
    commands[command] ?? {};

describe('finding a Python for the emulator', () => {
  it('takes the usual one when it is new enough', async () => {
    const ask = machineWith({ python3: { version: '3 12' }, 'python3.13': { version: '3 13' } });
    expect(await findPython(ask)).toBe('python3');
  });

  it('looks further when the usual one is too old or cannot make environments', async () => {
    const ask = machineWith({
      python3: { version: '3 9' },
      'python3.12': { problem: 'python3.12 lacks the venv module' },
      'python3.11': { version: '3 11' },
    });
    expect(await findPython(ask)).toBe('python3.11');
  });

  it('says what was found and what to do when there is none', async () => {
    const ask = machineWith({ python3: { version: '3 8' }, python: { version: '2 7' } });
    const error = await findPython(ask).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PythonMissingError);
    expect(String(error)).toMatch(/3\.10 or newer/);
    expect(String(error)).toMatch(/python3 is 3\.8, too old; python is 2\.7, too old/);
    expect(String(error)).toMatch(/apt-get install/);
  });
});

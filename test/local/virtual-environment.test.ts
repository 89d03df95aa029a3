import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { ensureVirtualEnvironment, InstallFailedError } from '../../local/virtual-environment.ts';

it('explains a failed download and leaves no incomplete environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
  // Nothing listens on this port, so pip fails as on an offline machine.
  vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
  vi.stubEnv('PIP_RETRIES', '0');
  try {
    const requirements = join(folder, 'requirements.txt');
    await writeFile(requirements, `nothing==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
    const environment = join(folder, 'venv');
    const failure = await ensureVirtualEnvironment({ module: 'nothing', requirements, environment }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(InstallFailedError);
    expect(String(failure)).toMatch(/"nothing" could not be installed from PyPI/);
    expect(String(failure)).toMatch(/offline.*PIP_INDEX_URL/s);
    expect(await readdir(folder)).toEqual(['requirements.txt']);
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  }
}, 60_000);

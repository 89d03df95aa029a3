import { fileURLToPath } from 'node:url';
import { STACK_FILE } from '../clients/local-stack.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Paths of the local stack. Git ignores `.local/`, and deleting it while no stack runs is safe. */
export const PATHS = {
  root: fromRoot('.'),
  /** Programs of the development dependencies, including Node 24. */
  programs: fromRoot('node_modules/.bin'),
  requirements: fromRoot('local/requirements.txt'),
  launcher: fromRoot('local/launch-ministack.py'),
  virtualEnvironment: fromRoot('.local/venv'),
  /** One folder per run, with temporary files, cloud assembly and logs. */
  runs: fromRoot('.local/runs'),
  cdkHome: fromRoot('.local/cdk-home'),
  /** JavaScript that Node has compiled in earlier runs. */
  compileCache: fromRoot('.local/compile-cache'),
  stackFile: STACK_FILE,
} as const;

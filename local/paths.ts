import { fileURLToPath } from 'node:url';
import { STACK_FILE } from '../clients/local-stack.ts';

const fromRoot = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Where the local stack keeps what it makes. Git ignores `.local/`; deleting it is always safe. */
export const PATHS = {
  root: fromRoot('.'),
  /** Programs of the development dependencies, Node 24 among them. */
  programs: fromRoot('node_modules/.bin'),
  requirements: fromRoot('local/requirements.txt'),
  launcher: fromRoot('local/launch-ministack.py'),
  virtualEnvironment: fromRoot('.local/venv'),
  lintRequirements: fromRoot('local/cfn-lint-requirements.txt'),
  lintEnvironment: fromRoot('.local/cfn-lint'),
  /** One folder for each run: temporary files, cloud assembly, logs. */
  runs: fromRoot('.local/runs'),
  cdkHome: fromRoot('.local/cdk-home'),
  stackFile: STACK_FILE,
} as const;

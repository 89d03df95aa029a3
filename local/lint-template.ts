import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { OrderTrackerStack, type OrderTrackerStackProps } from '../lib/order-tracker-stack.ts';
import { PATHS } from './paths.ts';
import { CommandFailedError, runCommand } from './run-command.ts';
import { ensureVirtualEnvironment, InstallFailedError } from './virtual-environment.ts';

/** Deployments that together cover the optional parts of the stack. */
const VARIANTS: readonly Partial<OrderTrackerStackProps>[] = [
  {},
  {
    environment: 'production',
    providerBaseUrl: 'https://api.musement.com/api/v3',
    callerAccounts: ['012345678901'],
    subscriberAccounts: ['012345678901', '210987654321'],
    customerManagedKey: true,
    tracing: false,
  },
];

/** The content of cfn-lint's own script, which does not run after its environment was moved. */
const RUN = 'import sys; from cfnlint.runner import main; sys.exit(main())';

/** W3005: the CDK states dependencies that references imply already. */
const IGNORED = ['W3005'];

/** Writes the templates of all variants. Functions are not bundled, because cfn-lint does not read their code. */
const synthesize = async (folder: string): Promise<readonly string[]> => {
  const { context } = JSON.parse(await readFile(join(PATHS.root, 'cdk.json'), 'utf8'));
  return VARIANTS.map((props, index) => {
    const outdir = join(folder, String(index));
    const app = new App({ outdir, context: { ...context, 'aws:cdk:bundling-stacks': [] } });
    const { templateFile } = new OrderTrackerStack(app, { providerApplication: 'lint', ...props });
    app.synth();
    return join(outdir, templateFile);
  });
};

const folder = await mkdtemp(join(tmpdir(), 'order-tracker-lint-'));
try {
  const templates = await synthesize(folder);
  const python = await ensureVirtualEnvironment({
    module: 'cfnlint',
    requirements: PATHS.lintRequirements,
    environment: PATHS.lintEnvironment,
  });
  await runCommand(python, ['-c', RUN, '--ignore-checks', ...IGNORED, '--template', ...templates]);
  console.log(`cfn-lint: no findings in ${templates.length} templates.`);
} catch (error) {
  if (error instanceof InstallFailedError) console.error(error.message);
  else if (error instanceof CommandFailedError) console.error(error.output);
  else throw error;
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

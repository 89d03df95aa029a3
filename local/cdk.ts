import { join } from 'node:path';
import { awsEnvironment } from './local-aws.ts';
import { PATHS } from './paths.ts';
import { runCommand } from './run-command.ts';

export interface CdkOptions {
  /** URL of the emulator. @default - none, which is enough for synthesis */
  readonly endpoint?: string;
  readonly logFile: string;
  readonly signal?: AbortSignal | undefined;
}

/** Keeps the CDK command line from asking questions and from sending reports. */
const QUIET = ['--no-notices', '--no-version-reporting', '--no-color', '--ci'];

/** A port that nothing listens on, so that a lookup during synthesis fails instead of reaching AWS. */
const NO_ENDPOINT = 'http://127.0.0.1:9';

const cdk = (args: readonly string[], options: CdkOptions): Promise<string> =>
  runCommand(join(PATHS.programs, 'cdk'), [...args, ...QUIET], {
    cwd: PATHS.root,
    logFile: options.logFile,
    signal: options.signal,
    env: {
      ...awsEnvironment(options.endpoint ?? NO_ENDPOINT),
      PATH: `${PATHS.programs}:${process.env['PATH']}`,
      // The CDK caches account ids by access key, and many emulators use the key "test".
      CDK_HOME: PATHS.cdkHome,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      // The rules of CDK's template validation take seconds to load. The tests of lib apply them.
      CDK_VALIDATION: 'false',
      // Halves the time to load the CDK from the second run on.
      NODE_COMPILE_CACHE: PATHS.compileCache,
    },
  });

/** Runs `cdk synth`, which runs the app and bundles the functions. */
export const cdkSynth = (
  context: Readonly<Record<string, string>>,
  assembly: string,
  options: CdkOptions,
): Promise<string> =>
  cdk(
    [
      'synth',
      '--quiet',
      '--output',
      assembly,
      ...Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${value}`]),
    ],
    options,
  );

/** Runs `cdk deploy` with the cloud assembly that {@link cdkSynth} wrote. */
export const cdkDeploy = (
  stackName: string,
  assembly: string,
  outputsFile: string,
  options: CdkOptions,
): Promise<string> =>
  cdk(
    [
      'deploy',
      stackName,
      '--app',
      assembly,
      '--outputs-file',
      outputsFile,
      '--require-approval',
      'never',
      '--method',
      'direct',
    ],
    options,
  );

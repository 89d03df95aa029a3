import { join } from 'node:path';
import { awsEnvironment } from './local-aws.ts';
import { PATHS } from './paths.ts';
import { runCommand } from './run-command.ts';

export interface CdkOptions {
  /** Where the emulator listens; synthesis needs none. */
  readonly endpoint?: string;
  readonly logFile: string;
  readonly signal?: AbortSignal | undefined;
}

/** The CDK's command line asks nobody and reports to nobody. */
const QUIET = ['--no-notices', '--no-version-reporting', '--no-color', '--ci'];

/** A port that nothing listens on: synthesis must not look anything up. */
const NOWHERE = 'http://127.0.0.1:9';

const cdk = (args: readonly string[], options: CdkOptions): Promise<string> =>
  runCommand(join(PATHS.programs, 'cdk'), [...args, ...QUIET], {
    cwd: PATHS.root,
    logFile: options.logFile,
    signal: options.signal,
    env: {
      ...awsEnvironment(options.endpoint ?? NOWHERE),
      PATH: `${PATHS.programs}:${process.env['PATH']}`,
      // Its caches know accounts by access key, and "test" is everybody's.
      CDK_HOME: PATHS.cdkHome,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  });

/** An account of the emulator is always this one. */
const ACCOUNT = '000000000000';

/** `cdk bootstrap`. It needs no app. */
export const cdkBootstrap = (region: string, options: CdkOptions): Promise<string> =>
  cdk(['bootstrap', `aws://${ACCOUNT}/${region}`, '--app', ''], options);

/** `cdk synth`: runs the app and bundles the functions. */
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

/** `cdk deploy` of what was synthesized. */
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

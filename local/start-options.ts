import { Command, InvalidArgumentError } from 'commander';
import { isLoopback } from './local-aws.ts';
import type { Provider } from './local-stack.ts';

/** Options of `npm start`. */
export interface StartOptions {
  /** Whether to end after the scenarios. */
  readonly once: boolean;
  /** Provider of the orders. @default - the simulator, which plays the scenarios */
  readonly provider?: Provider;
  /** Settings of the stack, as for `cdk deploy --context`. */
  readonly context: Readonly<Record<string, string>>;
}

/** Thrown when environment variables with the credentials for a remote provider are missing. */
export class CredentialsMissingError extends Error {
  override readonly name = 'CredentialsMissingError';

  constructor(missing: readonly string[]) {
    super(
      `Orders of a remote provider can only be checked with the credentials that it gave you. Set the environment ` +
        `variable${missing.length > 1 ? 's' : ''} ${missing.join(' and ')}, then repeat the command.`,
    );
  }
}

const EXAMPLES = `
Examples:
  npm start                 play the scenarios, then keep running until Ctrl-C
  npm start -- --once       play the scenarios, then exit: with 0 if all events are as expected, else with 1
  MUSEMENT_CLIENT_ID=… MUSEMENT_CLIENT_SECRET=… \\
    npm start -- --provider https://sandbox.musement.com/api/v3 --application <value>
                            track orders of the provider's sandbox`;

const parseBaseUrl = (text: string): string => {
  const isSafe = URL.parse(text)?.protocol === 'https:' || isLoopback(text);
  if (!isSafe) throw new InvalidArgumentError('Use an HTTPS URL, or an HTTP URL of this machine.');
  return text.replace(/\/+$/, '');
};

const parseContext = (text: string, earlier: Record<string, string>): Record<string, string> => {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('Use the form key=value.');
  return { ...earlier, [key]: value };
};

/**
 * Reads the command line.
 * @throws {CredentialsMissingError}
 */
export const readStartOptions = (argv: readonly string[], env: NodeJS.ProcessEnv): StartOptions => {
  const command: Command = new Command('npm start --')
    .description('Runs the whole stack on this machine: AWS emulator, provider simulator, scenarios.')
    .option('--once', 'exit after the scenarios: with 0 if all events are as expected, else with 1', false)
    .option('--provider <base URL>', 'track orders of this provider instead of the simulator', parseBaseUrl)
    .option('--application <value>', 'value of the X-Musement-Application header that the provider gave you')
    .option(
      '-c, --context <key=value>',
      'a setting of the stack, as for cdk deploy; repeatable',
      parseContext,
      {},
    )
    .addHelpText('after', EXAMPLES)
    .parse(argv, { from: 'user' });
  const { once, context, provider, application } = command.opts<{
    once: boolean;
    context: Record<string, string>;
    provider?: string;
    application?: string;
  }>();
  if (provider === undefined && application === undefined) return { once, context };
  if (provider === undefined || application === undefined) {
    command.error('error: --provider and --application must be used together.');
  }
  if (once)
    command.error('error: --once plays the scenarios, which need the simulator; it excludes --provider.');
  return { once, context, provider: { baseUrl: provider, application, ...readCredentials(env) } };
};

const readCredentials = (env: NodeJS.ProcessEnv) => {
  const { MUSEMENT_CLIENT_ID: clientId, MUSEMENT_CLIENT_SECRET: clientSecret } = env;
  if (clientId && clientSecret) return { clientId, clientSecret };
  const missing = [
    ...(clientId ? [] : ['MUSEMENT_CLIENT_ID']),
    ...(clientSecret ? [] : ['MUSEMENT_CLIENT_SECRET']),
  ];
  throw new CredentialsMissingError(missing);
};

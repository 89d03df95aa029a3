import { EMULATOR_CREDENTIALS, emulatorConfiguration } from '../clients/local-stack.ts';

/** The region that the emulator and the stack use. */
export const REGION = 'eu-west-1';

/** The emulator's only account. */
export const ACCOUNT = '000000000000';

/** Configuration of an AWS SDK client that calls the emulator and never AWS. */
export const clientConfiguration = (endpoint: string) => emulatorConfiguration({ endpoint, region: REGION });

/** Environment of a program that must call the emulator and never AWS, whatever variables the caller's shell has. */
export const awsEnvironment = (endpoint: string): NodeJS.ProcessEnv => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  return {
    ...Object.fromEntries(inherited),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Ignores the user's profiles.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
};

/** Whether the text is an HTTP URL of this machine. */
export const isLoopback = (text: string): boolean => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
};

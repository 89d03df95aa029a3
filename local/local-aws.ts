import { EMULATOR_CREDENTIALS, emulatorConfiguration } from '../clients/local-stack.ts';

/** The region that the emulator and everything deployed to it believes to be in. */
export const REGION = 'eu-west-1';

/** Configuration of an SDK client that talks to the emulator and to nothing else. */
export const clientConfiguration = (endpoint: string) => emulatorConfiguration({ endpoint, region: REGION });

/** Environment of a program that shall see the emulator instead of AWS, whatever the caller's shell holds. */
export const awsEnvironment = (endpoint: string): NodeJS.ProcessEnv => {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  return {
    ...Object.fromEntries(inherited),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Neither a profile nor a configuration of the user may lead elsewhere.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
};

/** Whether a URL is plain HTTP to this machine. */
export const isLoopback = (text: string): boolean => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
};

import { expect, it } from 'vitest';
import { CredentialsMissingError, readStartOptions } from '../../local/start-options.ts';

const CREDENTIALS = { MUSEMENT_CLIENT_ID: 'id', MUSEMENT_CLIENT_SECRET: 'secret' };
const SANDBOX = ['--provider', 'https://sandbox.musement.com/api/v3/', '--application', 'partner'];

it('the command line of npm start selects the simulator by default', () => {
  expect(readStartOptions([], {})).toEqual({ once: false, context: {} });
  expect(readStartOptions(['--once'], {})).toEqual({ once: true, context: {} });
});

it('the command line of npm start reads the credentials of a remote provider from the environment', () => {
  expect(readStartOptions(SANDBOX, CREDENTIALS)).toEqual({
    once: false,
    context: {},
    provider: {
      baseUrl: 'https://sandbox.musement.com/api/v3',
      application: 'partner',
      clientId: 'id',
      clientSecret: 'secret',
    },
  });
});

it('the command line of npm start accepts settings of the stack', () => {
  const argv = ['-c', 'instantGraceInSeconds=3', '--context', 'voucherChecksInSeconds=1,2'];
  expect(readStartOptions(argv, {}).context).toEqual({
    instantGraceInSeconds: '3',
    voucherChecksInSeconds: '1,2',
  });
});

it('the command line of npm start names the missing credentials', () => {
  expect(() => readStartOptions(SANDBOX, { MUSEMENT_CLIENT_ID: 'id' })).toThrow(CredentialsMissingError);
  expect(() => readStartOptions(SANDBOX, { MUSEMENT_CLIENT_ID: 'id' })).toThrow(/MUSEMENT_CLIENT_SECRET,/);
  expect(() => readStartOptions(SANDBOX, {})).toThrow(/MUSEMENT_CLIENT_ID and MUSEMENT_CLIENT_SECRET/);
});

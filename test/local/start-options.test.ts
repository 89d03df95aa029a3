import { expect, it } from 'vitest';
import { CredentialsMissingError, readStartOptions } from '../../local/start-options.ts';

const CREDENTIALS = { MUSEMENT_CLIENT_ID: 'id', MUSEMENT_CLIENT_SECRET: 'secret' };
const SANDBOX = ['--provider', 'https://sandbox.musement.com/api/v3/', '--application', 'partner'];

it('the command line of npm start selects the simulator by default', () => {
  expect(readStartOptions([], {})).toEqual({ once: false, context: {} });
  expect(readStartOptions(['--once'], {})).toEqual({ once: true, context: {} });
});

it('the command line of npm start reads the credentials of a remote provider from the environment', () => {
  const baseUrl = 'https://sandbox.musement.com/api/v3';
  const provider = { baseUrl, application: 'partner', clientId: 'id', clientSecret: 'secret' };
  expect(readStartOptions(SANDBOX, CREDENTIALS)).toEqual({ once: false, context: {}, provider });
});

it('the command line of npm start accepts settings of the stack', () => {
  const argv = ['-c', 'instantGraceInSeconds=3', '--context', 'voucherChecksInSeconds=1,2'];
  const context = { instantGraceInSeconds: '3', voucherChecksInSeconds: '1,2' };
  expect(readStartOptions(argv, {}).context).toEqual(context);
});

it('the command line of npm start names the missing credentials', () => {
  expect(() => readStartOptions(SANDBOX, { MUSEMENT_CLIENT_ID: 'id' })).toThrow(CredentialsMissingError);
  expect(() => readStartOptions(SANDBOX, { MUSEMENT_CLIENT_ID: 'id' })).toThrow(/MUSEMENT_CLIENT_SECRET,/);
  expect(() => readStartOptions(SANDBOX, {})).toThrow(/MUSEMENT_CLIENT_ID and MUSEMENT_CLIENT_SECRET/);
});

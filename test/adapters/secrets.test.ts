import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test, vi } from 'vitest';
import { secretReader } from '../../lambdas/adapters/secrets.ts';

/** A client that answers every request in the same way. */
const clientAnswering = (send: () => Promise<unknown>): SecretsManagerClient => {
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  vi.spyOn(client, 'send').mockImplementation(send);
  return client;
};

const createdAt = new Date('2026-03-01T00:00:00Z');

test.for([
  ['JSON', '{"a": 1}', { a: 1 }],
  ['no JSON', 'p@ssword', undefined],
  ['nothing', '', undefined],
] as const)(
  'a secret that is %s is read without an error that would quote it',
  async ([, SecretString, value]) => {
    const client = clientAnswering(async () => ({ SecretString, CreatedDate: createdAt }));
    expect(await secretReader('an ARN', client).read('AWSCURRENT')).toEqual({ value, createdAt });
  },
);

test('a version that is not there is none, and any other trouble is the caller’s', async () => {
  const failing = (name: string) =>
    secretReader(
      'an ARN',
      clientAnswering(() => Promise.reject(Object.assign(new Error(name), { name }))),
    );
  expect(await failing('ResourceNotFoundException').read('AWSPREVIOUS')).toBeUndefined();
  await expect(failing('AccessDeniedException').read('AWSCURRENT')).rejects.toThrow('AccessDenied');
});

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test, vi } from 'vitest';
import { secretReader } from '../../lambdas/adapters/secrets.ts';
import { serve } from '../local/serve.ts';

/** A client that answers every request in the same way. */
const clientAnswering = (send: () => Promise<unknown>): SecretsManagerClient => {
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  vi.spyOn(client, 'send').mockImplementation(send);
  return client;
};

const createdAt = new Date('2026-03-01T00:00:00Z');

test.for([
  ['JSON', '{"a": 1}', { a: 1 }],
  ['not JSON', 'p@ssword', undefined],
  ['empty', '', undefined],
] as const)(
  'a secret that is %s is read without an error, which would quote it',
  async ([, SecretString, value]) => {
    const client = clientAnswering(async () => ({ SecretString, CreatedDate: createdAt }));
    expect(await secretReader('an ARN', client).read('AWSCURRENT')).toEqual({ value, createdAt });
  },
);

test('a missing version is no error, and any other error is thrown', async () => {
  const failing = (name: string) =>
    secretReader(
      'an ARN',
      clientAnswering(() => Promise.reject(Object.assign(new Error(name), { name }))),
    );
  expect(await failing('ResourceNotFoundException').read('AWSPREVIOUS')).toBeUndefined();
  await expect(failing('AccessDeniedException').read('AWSCURRENT')).rejects.toThrow('AccessDenied');
});

test('a service that accepts a connection and never answers is given up after seconds', async () => {
  const client = new SecretsManagerClient({
    region: 'eu-west-1',
    endpoint: await serve(() => {}),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const startedAt = performance.now();
  await expect(secretReader('an ARN', client).read('AWSCURRENT')).rejects.toThrow();
  expect(performance.now() - startedAt).toBeLessThan(8000);
});

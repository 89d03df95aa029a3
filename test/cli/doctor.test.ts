import { expect, it } from 'vitest';
import { doctor } from '../../cli/commands/doctor.ts';
import type { Deployment } from '../../cli/deployment.ts';
import { PARAMETER } from './tracker-parameter.ts';

const tracker = { ...PARAMETER, providerSecretArn: 'arn:provider' };

/** What `doctor` says of the secrets, if reading the provider's does this. Every other part of the stack is missing. */
const findingsOf = async (read: () => Promise<unknown>): Promise<readonly string[]> => {
  const secret = (name: string) => ({
    read: name === 'providerSecretArn' ? read : async () => ({ value: {} }),
  });
  const deployment = { tracker, secret } as unknown as Deployment;
  const { lines } = await doctor(deployment);
  return lines.filter((line) => line.includes(' secrets: '));
};

const awsError = (name: string, message: string) => async (): Promise<never> => {
  throw Object.assign(new Error(message), { name });
};

it('gives the command that restores a secret which is scheduled for deletion', async () => {
  const message = "You can't perform this operation on the secret because it was marked for deletion.";

  expect(await findingsOf(awsError('InvalidRequestException', message))).toEqual([
    '  ✗ secrets: arn:provider is scheduled for deletion; to restore it with its value: ' +
      'aws secretsmanager restore-secret --secret-id arn:provider',
  ]);
});

it('refers to the runbook for a secret that cannot be restored any more', async () => {
  expect(await findingsOf(async () => undefined)).toEqual([
    '  ✗ secrets: arn:provider does not exist (runbook: A part of the stack is gone)',
  ]);
});

it('passes on any other error', async () => {
  expect(await findingsOf(awsError('AccessDeniedException', 'Not you.'))).toEqual([
    '  ✗ secrets: AccessDeniedException: Not you.',
  ]);
});

it('says that both exist', async () => {
  expect(await findingsOf(async () => ({ value: {} }))).toEqual(['  ✓ secrets: both exist']);
});

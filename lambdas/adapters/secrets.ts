import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parseJson } from '../domain/json.ts';

/** One version of a secret. */
export interface SecretVersion {
  /** The parsed JSON; `undefined` when the secret is not JSON. */
  readonly value: unknown;
  readonly createdAt: Date;
}

/** Reads a secret. */
export interface SecretReader {
  /**
   * Reads a version of the secret.
   * @returns `undefined` when the secret has no such version
   */
  read(stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<SecretVersion | undefined>;
}

/** Timeout of a read, the SDK's retries included. Without it the SDK would wait until the function times out. */
const READ_TIMEOUT_IN_MILLISECONDS = 4000;

/** Reads a secret whose value is JSON. */
export const secretReader = (secretArn: string, client = new SecretsManagerClient({})): SecretReader => ({
  async read(stage) {
    try {
      const { SecretString = '', CreatedDate = new Date(0) } = await client.send(
        new GetSecretValueCommand({ SecretId: secretArn, VersionStage: stage }),
        { abortSignal: AbortSignal.timeout(READ_TIMEOUT_IN_MILLISECONDS) },
      );
      return { value: parseJson(SecretString), createdAt: CreatedDate };
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  },
});

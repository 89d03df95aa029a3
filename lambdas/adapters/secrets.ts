import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** One version of a secret. */
export interface SecretVersion {
  /** What the JSON holds; `undefined` when it is none: whoever stored it made a mistake, which is theirs to hear of. */
  readonly value: unknown;
  readonly createdAt: Date;
}

export interface SecretReader {
  /**
   * Reads a version of the secret.
   * @returns `undefined` when the secret has no such version
   */
  read(stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<SecretVersion | undefined>;
}

/** Repetitions included. The SDK itself would wait until the function is ended, and whoever called it with it. */
const LONGEST_READ_IN_MILLISECONDS = 4000;

/** Reads a secret whose value is JSON. */
export const secretReader = (secretArn: string, client = new SecretsManagerClient({})): SecretReader => ({
  async read(stage) {
    try {
      const { SecretString = '', CreatedDate = new Date(0) } = await client.send(
        new GetSecretValueCommand({ SecretId: secretArn, VersionStage: stage }),
        { abortSignal: AbortSignal.timeout(LONGEST_READ_IN_MILLISECONDS) },
      );
      return { value: parseSecret(SecretString), createdAt: CreatedDate };
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  },
});

/** Never throws: a JSON parser's message quotes the text, and one spoiled version must not hide the other one. */
const parseSecret = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

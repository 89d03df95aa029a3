import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';

/** Content of {@link STACK_FILE}: how other programs on this machine reach the running local stack. */
export const stackFileSchema = z.object({
  /** URL of the emulator. */
  endpoint: z.string(),
  /** The region that the emulator and the stack use. */
  region: z.string(),
  /** The provider simulator's control API; absent when the stack uses Musement's sandbox. */
  simulatorControlUrl: z.optional(z.string()),
  /** The stack's outputs, with URLs that this machine can reach. */
  outputs: z.record(z.string(), z.string()),
});

/** Content of {@link STACK_FILE}. */
export type StackFile = z.infer<typeof stackFileSchema>;

/** `npm start` writes this file while the local stack is running. */
export const STACK_FILE = fileURLToPath(new URL('../.local/stack.json', import.meta.url));

/** Credentials of the emulator's root user. The emulator accepts any; AWS accepts none of these. */
export const EMULATOR_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** Configuration of an AWS SDK client that calls the emulator and never AWS. */
export const emulatorConfiguration = ({ endpoint, region }: Pick<StackFile, 'endpoint' | 'region'>) => ({
  endpoint,
  region,
  credentials: EMULATOR_CREDENTIALS,
});

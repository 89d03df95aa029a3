import { readFile } from 'node:fs/promises';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  emulatorConfiguration,
  STACK_FILE,
  type StackFile,
  stackFileSchema,
} from '../clients/local-stack.ts';
import { OUTPUT_NAMES, type StackOutputs } from '../clients/stack-outputs.ts';
import { AwsClients } from './aws-clients.ts';
import { CommandError, EXIT } from './outcome.ts';

/** The stack that the options of the command line name. */
export interface Target {
  readonly environment: string;
  /** Stack name, if it is not `OrderTracker-<environment>`. */
  readonly stack?: string;
  readonly local?: boolean;
  /** A file like the one that `npm start` writes. */
  readonly stackFile?: string;
}

/** A stack that was found. */
export interface Stack {
  readonly name: string;
  readonly outputs: StackOutputs;
  readonly aws: AwsClients;
  readonly isLocal: boolean;
}

/**
 * Finds the stack.
 * @throws {CommandError} when it does not exist
 */
export const findStack = async ({ environment, stack, local, stackFile }: Target): Promise<Stack> => {
  const isLocal = local === true || stackFile !== undefined;
  const name = stack ?? `OrderTracker-${isLocal ? 'local' : environment}`;
  if (isLocal) {
    const file = stackFile ?? STACK_FILE;
    const { endpoint, region, outputs } = await readStackFile(file);
    await checkEmulator(endpoint);
    const aws = new AwsClients(emulatorConfiguration({ endpoint, region }));
    return { name, outputs: requireOutputs(outputs, file), aws, isLocal };
  }
  const aws = new AwsClients();
  return { name, outputs: requireOutputs(await readOutputs(aws, name), name), aws, isLocal };
};

const readOutputs = async (
  { cloudFormation }: AwsClients,
  stackName: string,
): Promise<Record<string, string>> => {
  try {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return Object.fromEntries(
      (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationError') throw error;
    throw new CommandError(
      `There is no stack ${stackName} in this account and region. Select one with --environment or --stack.`,
      EXIT.notFound,
    );
  }
};

const readStackFile = async (file: string): Promise<StackFile> => {
  try {
    return stackFileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new CommandError(
        `No local stack is running: the file ${file} does not exist. Start one with npm start.`,
        EXIT.notFound,
      );
    }
    throw new CommandError(`The file ${file} does not describe a local stack.`, EXIT.wrongUsage);
  }
};

/** A local stack that was killed leaves its file behind. */
const checkEmulator = async (endpoint: string): Promise<void> => {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(5000) });
  } catch {
    throw new CommandError(
      `The local stack at ${endpoint} does not answer; it has stopped. Start one with npm start.`,
      EXIT.notFound,
    );
  }
};

const isComplete = (outputs: Record<string, string>): outputs is StackOutputs =>
  OUTPUT_NAMES.every((name) => outputs[name]);

const requireOutputs = (outputs: Record<string, string>, source: string): StackOutputs => {
  if (isComplete(outputs)) return outputs;
  const missing = OUTPUT_NAMES.filter((name) => !outputs[name]);
  throw new CommandError(
    `${source} has no ${missing.join(', ')} among its outputs. Deploy this version of the stack.`,
    EXIT.notFound,
  );
};

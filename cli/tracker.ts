import { readFile } from 'node:fs/promises';
import { GetParameterCommand, ParameterNotFound, paginateGetParametersByPath } from '@aws-sdk/client-ssm';
import {
  emulatorConfiguration,
  STACK_FILE,
  type StackFile,
  stackFileSchema,
} from '../clients/local-stack.ts';
import {
  PARAMETER_FOLDER,
  parameterName,
  type TrackerParameter,
  trackerParameterSchema,
} from '../lambdas/contracts/tracker-parameter.ts';
import { parseJson } from '../lambdas/domain/json.ts';
import { AwsClients } from './aws-clients.ts';
import { CommandError, EXIT } from './outcome.ts';

/** How to find a tracker: the options of the command line. */
export interface Target {
  /** Name of the tracker. @default - the only one of the account and region */
  readonly tracker?: string;
  readonly local?: boolean;
  /** A file like the one that `npm start` writes. */
  readonly stackFile?: string;
}

/** A tracker that was found. */
export interface FoundTracker {
  readonly tracker: TrackerParameter;
  readonly aws: AwsClients;
  readonly isLocal: boolean;
}

/** An account and region of AWS, or the emulator of a local stack. */
interface Place {
  readonly aws: AwsClients;
  /** The local stack, if it is one. */
  readonly local?: StackFile;
}

/**
 * Finds a tracker.
 * @throws {CommandError} when it does not exist, or when none is named and there are several
 */
export const findTracker = async (target: Target): Promise<FoundTracker> => {
  const place = await findPlace(target);
  const tracker = target.tracker ? await read(place, target.tracker) : await readOnly(place);
  return { tracker: reachable(tracker, place.local), aws: place.aws, isLocal: place.local !== undefined };
};

/** Content of a tracker's parameter; only the name if this version of the command line cannot read it. */
export type ListedTracker = Pick<TrackerParameter, 'trackerName'> & Partial<TrackerParameter>;

/** Lists all trackers of the account and region, by name. */
export const listTrackers = async (target: Omit<Target, 'tracker'>): Promise<readonly ListedTracker[]> => {
  const { aws, local } = await findPlace(target);
  const parameters = await readAll(aws);
  return parameters.map(([trackerName, value]) => {
    const { data } = parse(value);
    return data ? reachable(data, local) : { trackerName };
  });
};

const findPlace = async ({ local, stackFile }: Target): Promise<Place> => {
  if (!local && stackFile === undefined) return { aws: new AwsClients() };
  const file = await readStackFile(stackFile ?? STACK_FILE);
  await checkEmulator(file.endpoint);
  return { aws: new AwsClients(emulatorConfiguration(file)), local: file };
};

const readOnly = async ({ aws }: Place): Promise<TrackerParameter> => {
  const found = await readAll(aws);
  const [first, ...others] = found;
  if (!first) {
    throw new CommandError(
      `There is no tracker in this account and region: no parameter is named ${PARAMETER_FOLDER}/….`,
      EXIT.notFound,
    );
  }
  if (others.length > 0) {
    throw new CommandError(
      `There are several trackers in this account and region. Name one with --tracker: ${found.map(([name]) => name).join(', ')}.`,
      EXIT.wrongUsage,
    );
  }
  return required(...first);
};

const read = async ({ aws }: Place, name: string): Promise<TrackerParameter> => {
  try {
    const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: parameterName(name) }));
    return required(name, Parameter?.Value);
  } catch (error) {
    if (!(error instanceof ParameterNotFound)) throw error;
    throw new CommandError(
      `There is no tracker ${name} in this account and region: the parameter ${parameterName(name)} does not exist. "order-tracker trackers" lists all.`,
      EXIT.notFound,
    );
  }
};

const readAll = async ({ ssm }: AwsClients): Promise<readonly (readonly [name: string, value: string])[]> => {
  const found: (readonly [string, string])[] = [];
  for await (const { Parameters = [] } of paginateGetParametersByPath(
    { client: ssm },
    { Path: PARAMETER_FOLDER },
  )) {
    for (const { Name = '', Value = '' } of Parameters)
      found.push([Name.slice(PARAMETER_FOLDER.length + 1), Value]);
  }
  return found.toSorted(([one], [other]) => one.localeCompare(other));
};

const parse = (value: string) => trackerParameterSchema.safeParse(parseJson(value));

const required = (name: string, value = ''): TrackerParameter => {
  const { data, error } = parse(value);
  if (data) return data;
  const [issue] = error.issues;
  throw new CommandError(
    `The parameter ${parameterName(name)} does not describe a tracker of this version (${issue?.path.join('.') || 'content'}: ${issue?.message}). Deploy this version of the tracker, or use the command line of its version.`,
    EXIT.notFound,
  );
};

/** The URLs that this machine can reach: those of an emulator are different. */
const reachable = (tracker: TrackerParameter, local: StackFile | undefined): TrackerParameter => {
  const { WebhookUrl: webhookUrl, OrdersUrl: ordersUrl } = local?.outputs ?? {};
  return { ...tracker, ...(webhookUrl && { webhookUrl }), ...(ordersUrl && { ordersUrl }) };
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

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateFunctionCommand,
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  paginateListFunctions,
} from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { clientConfiguration } from '../../local/local-aws.ts';
import { ensureVirtualEnvironment, MINISTACK } from '../../local/virtual-environment.ts';
import { BUNDLE_OPTIONS } from '../../packaging/handlers.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const BARE = 'bench-bare-put-item';

/** Calls a function with an event. @throws {Error} when it fails or answers with something else than 200 */
export type Call = (event: object) => Promise<void>;

/** ingest-webhook and a bare function beside it, with the same role, memory and table. */
export const functionsOf = async (
  endpoint: string,
): Promise<{ readonly ours: Call; readonly bare: Call }> => {
  const client = new LambdaClient(clientConfiguration(endpoint));
  const ingest = await functionOf(client, 'ingest-webhook');
  await client.send(
    new CreateFunctionCommand({
      FunctionName: BARE,
      Runtime: ingest.Runtime,
      Role: ingest.Role,
      Handler: 'index.handler',
      MemorySize: ingest.MemorySize,
      Timeout: ingest.Timeout,
      Environment: ingest.Environment && { Variables: ingest.Environment.Variables },
      Code: { ZipFile: await bareBundle() },
    }),
  );
  const callOf =
    (name: string): Call =>
    async (event) => {
      const { FunctionError, Payload } = await client.send(
        new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
      );
      const answer = Buffer.from(Payload ?? []).toString();
      if (FunctionError || JSON.parse(answer).statusCode !== 200)
        throw new Error(`${name} answered ${answer}`);
    };
  return { ours: callOf(ingest.FunctionName ?? ''), bare: callOf(BARE) };
};

const functionOf = async (client: LambdaClient, service: string): Promise<FunctionConfiguration> => {
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    for (const { FunctionName } of Functions) {
      const found = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
      if (found.Environment?.Variables?.['POWERTOOLS_SERVICE_NAME'] === service) return found;
    }
  }
  throw new Error(`The local stack has no function ${service}.`);
};

/** The bare handler, bundled as the product's functions are, as a ZIP file. */
const bareBundle = async (): Promise<Uint8Array> => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-bare-'));
  try {
    await build({
      ...BUNDLE_OPTIONS,
      absWorkingDir: ROOT,
      entryPoints: ['bench/bare/put-item.ts'],
      outfile: join(folder, 'index.mjs'),
    });
    const python = await ensureVirtualEnvironment(MINISTACK);
    await run(python, ['-m', 'zipfile', '-c', 'bare.zip', 'index.mjs'], { cwd: folder });
    return await readFile(join(folder, 'bare.zip'));
  } finally {
    await rm(folder, { recursive: true });
  }
};

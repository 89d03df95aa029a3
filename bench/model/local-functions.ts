import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  ApiGatewayV2Client,
  CreateIntegrationCommand,
  CreateRouteCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CreateFunctionCommand,
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  paginateListFunctions,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { clientConfiguration } from '../../local/local-aws.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { ensureVirtualEnvironment, MINISTACK } from '../../local/virtual-environment.ts';
import { BUNDLE_OPTIONS } from '../../packaging/handlers.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const BARE = 'bench-bare-put-item';

/** URLs of the same HTTP API. */
export interface Routes {
  readonly ours: string;
  readonly bare: string;
}

/** Adds a bare function to the webhook's HTTP API, with the role, the memory and the table of ingest-webhook. */
export const addBareRoute = async ({ endpoint, outputs }: LocalStack): Promise<Routes> => {
  const client = new LambdaClient(clientConfiguration(endpoint));
  const ingest = await functionOf(client, 'ingest-webhook');
  const { FunctionArn } = await client.send(
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
  // The emulator does not check whether the API may call the function.
  const api = new ApiGatewayV2Client(clientConfiguration(endpoint));
  const { pathname } = new URL(outputs.WebhookUrl);
  const ApiId = pathname.split('/').at(-2);
  const { IntegrationId } = await api.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: FunctionArn,
      PayloadFormatVersion: '2.0',
    }),
  );
  await api.send(
    new CreateRouteCommand({ ApiId, RouteKey: `POST /${BARE}`, Target: `integrations/${IntegrationId}` }),
  );
  return { ours: outputs.WebhookUrl, bare: new URL(BARE, outputs.WebhookUrl).href };
};

/** Keeps the function that reacts to new webhooks from being called. */
export const stopDispatchingChanges = async ({ endpoint }: LocalStack): Promise<void> => {
  const client = new LambdaClient(clientConfiguration(endpoint));
  const { FunctionName } = await functionOf(client, 'dispatch-changes');
  const { EventSourceMappings = [] } = await client.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  for (const { UUID } of EventSourceMappings) {
    await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  }
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

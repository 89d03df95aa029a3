import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deployment } from '../../cli/deployment.ts';

const OUTPUTS = {
  WebhookUrl: 'http://127.0.0.1:1/webhooks',
  OrdersUrl: 'http://127.0.0.1:1/orders',
  TopicArn: 'arn:aws:sns:eu-west-1:000000000000:topic',
  OperationsTopicArn: 'arn:aws:sns:eu-west-1:000000000000:operations',
  NoticesTopicArn: 'arn:aws:sns:eu-west-1:000000000000:notices',
  TableName: 'table',
  StateMachineArn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:watch-order',
  ProviderSecretArn: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:provider',
  WebhookSecretArn: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:webhook',
  DashboardName: 'dashboard',
  ProviderBaseUrl: 'http://127.0.0.1:1/api/v3',
  ProviderApplication: 'application',
};

const resource = (type: string, logicalId: string): string =>
  `<member><ResourceType>${type}</ResourceType><LogicalResourceId>${logicalId}</LogicalResourceId>` +
  `<PhysicalResourceId>physical-${logicalId}</PhysicalResourceId></member>`;

const RESOURCES = [
  resource('AWS::Lambda::Function', 'RefreshOrderA1'),
  resource('AWS::Lambda::Function', 'CheckOrderB2'),
  resource('AWS::SQS::Queue', 'RefreshQueueC3'),
].join('');

const closing: (() => void)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await rm(folder, { recursive: true });
});

/** Starts an emulator that knows the stack's resources, and remembers what it was asked. */
const startEmulator = async () => {
  const actions: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const action = new URLSearchParams(body).get('Action');
    if (action) actions.push(action);
    response.writeHead(200, { 'content-type': 'text/xml' });
    response.end(
      `<${action}Response><${action}Result><StackResourceSummaries>${RESOURCES}</StackResourceSummaries></${action}Result></${action}Response>`,
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => server.close());
  return { actions, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const writeStackFile = async (content: unknown): Promise<string> => {
  const stackFile = join(folder, 'stack.json');
  await writeFile(stackFile, JSON.stringify(content));
  return stackFile;
};

const find = (stackFile: string) => Deployment.find({ environment: 'sandbox', stackFile });

describe('a deployment', () => {
  it('lists the resources of its stack once', async () => {
    const { endpoint, actions } = await startEmulator();
    const deployment = await find(await writeStackFile({ endpoint, region: 'eu-west-1', outputs: OUTPUTS }));
    const [functions, queue] = await Promise.all([
      deployment.resources('AWS::Lambda::Function'),
      deployment.resource('AWS::SQS::Queue', 'RefreshQueue'),
    ]);
    expect(functions.map(({ logicalId }) => logicalId)).toEqual(['RefreshOrderA1', 'CheckOrderB2']);
    expect(queue.physicalId).toBe('physical-RefreshQueueC3');
    await expect(deployment.resource('AWS::SQS::Queue', 'Nowhere')).rejects.toThrow(
      'The stack OrderTracker-local has no AWS::SQS::Queue whose logical id contains Nowhere.',
    );
    expect(actions).toEqual(['ListStackResources']);
  });

  it('uses the region of the stack file', async () => {
    const { endpoint } = await startEmulator();
    const deployment = await find(await writeStackFile({ endpoint, region: 'eu-south-1', outputs: OUTPUTS }));
    expect(await deployment.aws.dynamoDb.config.region()).toBe('eu-south-1');
  });

  it('names the outputs that the stack does not have', async () => {
    const { endpoint } = await startEmulator();
    const outputs = { ...OUTPUTS, TopicArn: '' };
    const file = await writeStackFile({ endpoint, region: 'eu-west-1', outputs });
    await expect(find(file)).rejects.toThrow(`${file} has no TopicArn among its outputs.`);
  });

  it.for([
    ['a file of something else', { content: 'something else' }, 'does not describe a local stack'],
    [
      'a stack that has stopped',
      { endpoint: 'http://127.0.0.1:9', region: 'eu-west-1', outputs: OUTPUTS },
      'it has stopped. Start one with npm start.',
    ],
  ] as const)('rejects %s', async ([, content, message]) => {
    await expect(find(await writeStackFile(content))).rejects.toThrow(message);
  });

  it('says when no local stack is running', async () => {
    await expect(find(join(folder, 'none.json'))).rejects.toThrow('No local stack is running');
  });
});

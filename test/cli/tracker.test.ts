import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trackers } from '../../cli/commands/trackers.ts';
import { Deployment } from '../../cli/deployment.ts';
import { serve } from '../local/serve.ts';
import { PARAMETER } from './tracker-parameter.ts';

let folder: string;
let stackFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'order-tracker-'));
  stackFile = join(folder, 'stack.json');
});
afterEach(() => rm(folder, { recursive: true }));

/** Starts a Parameter Store with these parameters, by their names below `/musement-order-tracker/`, one a page. */
const startStore = async (contents: Readonly<Record<string, unknown>>): Promise<string> => {
  const parameters = Object.entries(contents).map(([name, content]) => ({
    Name: `/musement-order-tracker/${name}`,
    Value: typeof content === 'string' ? content : JSON.stringify(content),
  }));
  return await serve(async (request, response) => {
    const action = String(request.headers['x-amz-target']).split('.')[1];
    if (action === undefined) return void response.end();
    const { Name, NextToken = 0, Path } = (await json(request)) as Record<string, string>;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (action === 'GetParametersByPath') {
      expect(Path).toBe('/musement-order-tracker');
      const page = Number(NextToken);
      const next = page + 1 < parameters.length ? { NextToken: String(page + 1) } : {};
      return void response.end(JSON.stringify({ Parameters: parameters.slice(page, page + 1), ...next }));
    }
    const found = parameters.find((parameter) => parameter.Name === Name);
    response.statusCode = found ? 200 : 400;
    response.end(JSON.stringify(found ? { Parameter: found } : { __type: 'ParameterNotFound' }));
  });
};

const OUTPUTS = {
  WebhookUrl: 'http://127.0.0.1:9/local/webhooks',
  OrdersUrl: 'http://127.0.0.1:9/local/orders',
};

/** Writes the file of a local stack with these parameters. */
const writeStack = async (contents: Readonly<Record<string, unknown>>): Promise<void> => {
  const endpoint = await startStore(contents);
  await writeFile(stackFile, JSON.stringify({ endpoint, region: 'eu-south-1', outputs: OUTPUTS }));
};

const named = (trackerName: string) => ({ ...PARAMETER, trackerName });

describe('a tracker', () => {
  it('is found by its name', async () => {
    await writeStack({ sun: named('sun'), snow: named('snow') });

    const { tracker } = await Deployment.find({ tracker: 'snow', stackFile });

    expect(tracker.trackerName).toBe('snow');
  });

  it('needs no name if it is the only one, and has the region and the URLs of a local stack', async () => {
    await writeStack({ test: PARAMETER });

    const { tracker, aws } = await Deployment.find({ stackFile });

    expect(tracker).toEqual({
      ...PARAMETER,
      webhookUrl: OUTPUTS.WebhookUrl,
      ordersUrl: OUTPUTS.OrdersUrl,
    });
    expect(await aws.dynamoDb.config.region()).toBe('eu-south-1');
  });

  it.for([
    [
      'must be named if there are several',
      { sun: PARAMETER, snow: PARAMETER },
      undefined,
      '--tracker: snow, sun.',
    ],
    ['is an error if there is none', {}, undefined, 'There is no tracker in this account and region'],
    [
      'is missed by its name',
      { sun: PARAMETER },
      'rain',
      'There is no tracker rain in this account and region',
    ],
    ['of another version is rejected', { sun: { version: 2 } }, 'sun', 'of this version (version: '],
    ['whose parameter is no JSON is rejected', { sun: 'sun' }, undefined, 'of this version (content: '],
    [
      'that lacks a part is rejected',
      { sun: { ...PARAMETER, topicArn: '' } },
      undefined,
      '/musement-order-tracker/sun does not describe a tracker of this version (topicArn: ',
    ],
  ] as const)('%s', async ([, contents, tracker, message]) => {
    await writeStack(contents);

    await expect(Deployment.find({ stackFile, ...(tracker && { tracker }) })).rejects.toThrow(message);
  });

  it.for([
    ['a file of something else', { content: 'something else' }, 'does not describe a local stack'],
    [
      'a stack that has stopped',
      { endpoint: 'http://127.0.0.1:9', region: 'eu-west-1', outputs: OUTPUTS },
      'it has stopped. Start one with npm start.',
    ],
  ] as const)('cannot be found with %s', async ([, content, message]) => {
    await writeFile(stackFile, JSON.stringify(content));

    await expect(Deployment.find({ stackFile })).rejects.toThrow(message);
  });

  it('cannot be found when no local stack is running', async () => {
    await expect(Deployment.find({ stackFile })).rejects.toThrow('No local stack is running');
  });
});

describe('order-tracker trackers', () => {
  it('lists every tracker by name, also those of another version', async () => {
    await writeStack({ sun: named('sun'), rain: { version: 2 }, snow: named('snow') });

    const { data, lines, exitCode } = await trackers({ stackFile });

    expect(data).toMatchObject([{ trackerName: 'rain' }, { trackerName: 'snow' }, { trackerName: 'sun' }]);
    expect(lines.map((line) => line.split(/ +/)[0])).toEqual(['TRACKER', 'rain', 'snow', 'sun', 'The']);
    expect(lines.at(-1)).toContain('/musement-order-tracker/rain was not written by this version');
    expect(exitCode).toBe(4);
  });

  it('says that there is none', async () => {
    await writeStack({});

    expect(await trackers({ stackFile })).toMatchObject({
      data: [],
      lines: ['There is no tracker in this account and region.'],
      exitCode: 0,
    });
  });
});

import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { SimulatorSettings } from '../../local/provider-simulator/script.ts';
import { serveSimulator } from '../../local/provider-simulator/server.ts';
import { Simulator } from '../../local/provider-simulator/simulator.ts';
import { SimulatorClient } from '../../local/provider-simulator/simulator-client.ts';
import { serve } from './serve.ts';

const ACCESS = { application: 'test-application', clientId: 'test-client', clientSecret: 'test-secret' };

export const HEADERS = { 'x-musement-application': ACCESS.application, 'x-musement-version': '3.4.0' };

export const CREDENTIALS = {
  client_id: ACCESS.clientId,
  client_secret: ACCESS.clientSecret,
  grant_type: 'client_credentials',
};

/** Starts a simulator and returns functions that call it over HTTP. */
export const startSimulator = async (settings: Partial<SimulatorSettings> = {}) => {
  const server = await serveSimulator(new Simulator({ access: ACCESS, settings }));
  onTestFinished(() => server.close());
  const client = new SimulatorClient(server.controlUrl);
  const login = (body: unknown = CREDENTIALS, headers: Record<string, string> = HEADERS) =>
    fetch(`${server.baseUrl}/login`, { method: 'POST', headers, body: JSON.stringify(body) });
  const token = async () => ((await (await login()).json()) as { access_token: string }).access_token;
  const authorized = async () => ({ ...HEADERS, authorization: `Bearer ${await token()}` });
  const get = async (orderUuid: string, headers?: Record<string, string>, signal?: AbortSignal) =>
    fetch(`${server.baseUrl}/orders/${orderUuid}`, {
      headers: headers ?? (await authorized()),
      ...(signal && { signal }),
    });
  const notify = async (orderUuid: string, itemUuid: string) =>
    fetch(`${server.baseUrl}/orders/${orderUuid}/items/${itemUuid}/notifications`, {
      method: 'POST',
      headers: await authorized(),
    });
  return { server, client, login, authorized, get, notify };
};

interface ReceivedWebhook {
  readonly authorization: string | undefined;
  readonly body: Record<string, string>;
}

/** Receives webhooks and answers them with the given statuses, then with 200. */
export const startReceiver = async (...answers: number[]) => {
  const received: ReceivedWebhook[] = [];
  const origin = await serve(async (request, response) => {
    received.push({
      authorization: request.headers.authorization,
      body: (await json(request)) as ReceivedWebhook['body'],
    });
    response.writeHead(answers.shift() ?? 200).end();
  });
  return { received, target: { url: `${origin}/webhook`, username: 'musement', password: 'pä:ss' } };
};

import { beforeEach, expect, it } from 'vitest';
import { describeLogin } from '../../local/provider-login.ts';
import { CREDENTIALS, HEADERS, startSimulator } from './simulator-fixture.ts';

let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeEach(async () => {
  simulator = await startSimulator();
});

const describe = async (
  changes: Partial<Parameters<typeof describeLogin>[0]> = {},
  timeoutInSeconds = 20,
) => {
  const provider = {
    baseUrl: simulator.server.baseUrl,
    application: HEADERS['x-musement-application'],
    clientId: CREDENTIALS.client_id,
    clientSecret: CREDENTIALS.client_secret,
    ...changes,
  };
  return (await describeLogin(provider, timeoutInSeconds)).join('\n');
};

it('reports a successful login', async () => {
  expect(await describe()).toBe(`The provider at ${simulator.server.baseUrl} accepts the credentials.`);
});

it('reports a provider that does not answer', async () => {
  expect(await describe({ baseUrl: 'http://127.0.0.1:9/api/v3' })).toMatch(/failed: .*connection/);
  await simulator.client.planFault({ endpoint: 'login', fault: { kind: 'slow', seconds: 1 } });
  expect(await describe({}, 0.3)).toMatch(/failed: .*timeout/);
});

it('reports rejected credentials and names the variables to check', async () => {
  const text = await describe({ clientSecret: 'wrong' });
  expect(text).toMatch(/failed: .*401/);
  expect(text).toContain('MUSEMENT_CLIENT_SECRET');
  expect(text).not.toContain('wrong');
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeLogin } from '../../local/provider-login.ts';
import { CREDENTIALS, HEADERS, startSimulator } from './simulator-fixture.ts';

let simulator: Awaited<ReturnType<typeof startSimulator>>;

beforeEach(async () => {
  simulator = await startSimulator();
});
afterEach(() => simulator.server.close());

const provider = () => ({
  baseUrl: simulator.server.baseUrl,
  application: HEADERS['x-musement-application'],
  clientId: CREDENTIALS.client_id,
  clientSecret: CREDENTIALS.client_secret,
});

const said = async (changes: Partial<ReturnType<typeof provider>> = {}) =>
  (await describeLogin({ ...provider(), ...changes }, 0.3)).join('\n');

it('says that a provider lets us in', async () => {
  expect(await said()).toBe(`The provider at ${simulator.server.baseUrl} lets us in.`);
});

it('says plainly that a provider does not answer', async () => {
  expect(await said({ baseUrl: 'http://127.0.0.1:9/api/v3' })).toMatch(/does not let us in: .*connection/);
  await simulator.client.planFault({ endpoint: 'login', fault: { kind: 'slow', seconds: 1 } });
  expect(await said()).toMatch(/does not let us in: .*timeout/);
});

it('says plainly that credentials are refused, and where they come from', async () => {
  const text = await said({ clientSecret: 'wrong' });
  expect(text).toMatch(/does not let us in: .*401/);
  expect(text).toContain('MUSEMENT_CLIENT_SECRET');
  expect(text).not.toContain('wrong');
});

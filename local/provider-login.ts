import { musementProvider } from '../lambdas/adapters/musement-provider.ts';
import type { Provider } from './local-stack.ts';

const TIMEOUT_IN_SECONDS = 10;

/** Logs in at a remote provider and describes the result: without a login no order can be checked. */
export const describeLogin = async (
  { baseUrl, application, clientId, clientSecret }: Provider,
  timeoutInSeconds = TIMEOUT_IN_SECONDS,
): Promise<string[]> => {
  const value = { client_id: clientId, client_secret: clientSecret };
  const provider = musementProvider({
    baseUrl,
    application,
    secret: { read: async () => ({ value, createdAt: new Date(0) }) },
    timeoutInSeconds,
    onLogin: () => {},
  });
  const problem = await provider.logIn();
  if (!problem) return [`The provider at ${baseUrl} accepts the credentials.`];
  return [
    `The login at the provider ${baseUrl} failed: ${problem}`,
    'Until it succeeds no order gets a status; the checks of tracked orders are repeated. Check the address,',
    'MUSEMENT_CLIENT_ID, MUSEMENT_CLIENT_SECRET and --application.',
  ];
};

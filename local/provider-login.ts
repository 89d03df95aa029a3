import { musementProvider } from '../lambdas/adapters/musement-provider.ts';
import type { Provider } from './local-stack.ts';

const TIMEOUT_IN_SECONDS = 10;

/** Tries the login at a real provider, and says plainly what comes of it: without one nothing else happens. */
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
  if (!problem) return [`The provider at ${baseUrl} lets us in.`];
  return [
    `The provider at ${baseUrl} does not let us in: ${problem}`,
    'No order gets a status until it does; what you track meanwhile is asked for again and again. Check the address,',
    'MUSEMENT_CLIENT_ID, MUSEMENT_CLIENT_SECRET and --application.',
  ];
};

import { CONTRACT_VERSION } from '../events/index.ts';

/** What the AsyncAPI and the OpenAPI document say about the contract as a whole. */
export const CONTRACT_INFO = {
  version: `${CONTRACT_VERSION}`,
  license: { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
} as const;

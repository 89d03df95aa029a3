import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** Finds a free port of the loopback interface. Another program can take it before the caller does. */
export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

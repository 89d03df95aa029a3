import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { controlRoutes } from './control-routes.ts';
import { providerRoutes } from './provider-routes.ts';
import type { Simulator } from './simulator.ts';

const LOOPBACK = '127.0.0.1';

/** A running simulator. */
export interface SimulatorServer {
  /** Replaces `https://api.musement.com/api/v3`. */
  readonly baseUrl: string;
  /** URL for `SimulatorClient`. */
  readonly controlUrl: string;
  close(): Promise<void>;
}

/** The provider's API and the control API on one port. */
const simulatorApp = (simulator: Simulator): Hono =>
  new Hono()
    .route('/api/v3', providerRoutes(simulator))
    .route('/_simulator', controlRoutes(simulator))
    .notFound((context) => context.json({ code: '1400', message: 'Resource not found' }, 404));

/** Serves the simulator on a free port of the loopback interface. */
export const serveSimulator = async (simulator: Simulator): Promise<SimulatorServer> => {
  const server = await new Promise<Server>((resolve, reject) => {
    const starting = serve({ fetch: simulatorApp(simulator).fetch, hostname: LOOPBACK, port: 0 }, () =>
      resolve(starting),
    ) as Server;
    starting.once('error', reject);
  });
  const { port } = server.address() as AddressInfo;
  const address = `http://${LOOPBACK}:${port}`;
  return {
    baseUrl: `${address}/api/v3`,
    controlUrl: `${address}/_simulator`,
    close: async () => {
      simulator.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

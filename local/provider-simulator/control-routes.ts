import { type Context, Hono } from 'hono';
import type { FaultPlan } from './faults.ts';
import type {
  ItemOverride,
  OrderOverride,
  OrderScript,
  SimulatorSettings,
  Step,
  WebhookFate,
} from './script.ts';
import type { SimulatedItem, SimulatedOrder } from './simulated-order.ts';
import type { Simulator } from './simulator.ts';
import { type WebhookBody, webhookBody } from './webhook-body.ts';

/** Body of `POST …/webhooks`. */
export interface ExtraWebhook {
  readonly fate?: WebhookFate;
  readonly changes?: Partial<WebhookBody>;
}

/**
 * What tests and scenarios steer the simulator by; `simulator-client.ts` is its other side. It is our own
 * tool on loopback, typed at both ends, so bodies are not checked at run time.
 */
export const controlRoutes = (simulator: Simulator): Hono => {
  const routes = new Hono();
  const unknown = (context: Context) =>
    context.json({ message: 'The simulator has no such order or item' }, 404);

  const withOrder = (work: (order: SimulatedOrder, context: Context) => Response | Promise<Response>) => {
    return (context: Context) => {
      const order = simulator.findOrder(context.req.param('orderUuid') ?? '');
      return order ? work(order, context) : unknown(context);
    };
  };
  const withItem = (
    work: (order: SimulatedOrder, item: SimulatedItem, context: Context) => Response | Promise<Response>,
  ) =>
    withOrder((order, context) => {
      const item = simulator.findItem(order.uuid, context.req.param('itemUuid') ?? '');
      return item ? work(order, item, context) : unknown(context);
    });

  routes.post('/orders', async (context) => {
    const order = simulator.createOrder(await context.req.json<OrderScript>());
    return context.json(simulator.record(order), 201);
  });
  routes.get(
    '/orders/:orderUuid',
    withOrder((order, context) => context.json(simulator.record(order))),
  );
  routes.put(
    '/orders/:orderUuid/override',
    withOrder(async (order, context) => {
      order.override = await context.req.json<OrderOverride>();
      return context.body(null, 204);
    }),
  );
  routes.put(
    '/orders/:orderUuid/items/:itemUuid/override',
    withItem(async (_order, item, context) => {
      item.override = await context.req.json<ItemOverride>();
      return context.body(null, 204);
    }),
  );
  routes.post(
    '/orders/:orderUuid/items/:itemUuid/steps',
    withItem(async (order, item, context) => {
      simulator.addStep(order, item, await context.req.json<Step>());
      return context.body(null, 204);
    }),
  );
  routes.get(
    '/orders/:orderUuid/items/:itemUuid/webhook-body',
    withItem((order, item, context) => context.json(webhookBody(order, item))),
  );
  routes.post(
    '/orders/:orderUuid/items/:itemUuid/webhooks',
    withItem(async (order, item, context) => {
      const { fate, changes } = await context.req.json<ExtraWebhook>();
      simulator.sendWebhook(order, item, fate, changes);
      return context.body(null, 204);
    }),
  );

  routes.post('/faults', async (context) => {
    simulator.faults.add(await context.req.json<FaultPlan>());
    return context.body(null, 204);
  });
  routes.delete('/faults', (context) => {
    simulator.faults.clear();
    return context.body(null, 204);
  });
  routes.delete('/tokens', (context) => {
    simulator.tokens.expireAll();
    return context.body(null, 204);
  });
  routes.get('/settings', (context) => context.json(simulator.settings));
  routes.patch('/settings', async (context) => {
    simulator.configure(await context.req.json<Partial<SimulatorSettings>>());
    return context.json(simulator.settings);
  });
  routes.get('/requests', (context) => context.json(simulator.requests));
  return routes;
};

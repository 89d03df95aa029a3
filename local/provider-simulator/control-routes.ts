import { type Context, Hono } from 'hono';
import { BadControlBodyError, readControlBody } from './control-bodies.ts';
import type { FaultPlan } from './faults.ts';
import type {
  DeliveryMode,
  ItemOverride,
  OrderOverride,
  OrderScript,
  SimulatorSettings,
  Step,
} from './script.ts';
import type { SimulatedItem, SimulatedOrder } from './simulated-order.ts';
import type { Simulator } from './simulator.ts';
import { type WebhookBody, webhookBody } from './webhook-body.ts';

/** Body of `POST …/webhooks`. */
export interface ExtraWebhook {
  readonly mode?: DeliveryMode;
  readonly changes?: Partial<WebhookBody>;
}

/** The control API, by which tests, scenarios and people change the simulator. docs/practice.md shows how to use it. */
export const controlRoutes = (simulator: Simulator): Hono => {
  const routes = new Hono();
  routes.onError((error, context) => {
    if (!(error instanceof BadControlBodyError)) throw error;
    return context.json({ message: error.message }, 400);
  });
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
    const order = simulator.createOrder(await readControlBody<OrderScript>('order', context.req));
    return context.json(simulator.record(order), 201);
  });
  routes.get(
    '/orders/:orderUuid',
    withOrder((order, context) => context.json(simulator.record(order))),
  );
  routes.put(
    '/orders/:orderUuid/override',
    withOrder(async (order, context) => {
      order.override = await readControlBody<OrderOverride>('object', context.req);
      return context.body(null, 204);
    }),
  );
  routes.put(
    '/orders/:orderUuid/items/:itemUuid/override',
    withItem(async (_order, item, context) => {
      item.override = await readControlBody<ItemOverride>('object', context.req);
      return context.body(null, 204);
    }),
  );
  routes.post(
    '/orders/:orderUuid/items/:itemUuid/steps',
    withItem(async (order, item, context) => {
      simulator.addStep(order, item, await readControlBody<Step>('step', context.req));
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
      const { mode, changes } = await readControlBody<ExtraWebhook>('object', context.req);
      simulator.sendWebhook(order, item, mode, changes);
      return context.body(null, 204);
    }),
  );

  routes.post('/faults', async (context) => {
    simulator.faults.add(await readControlBody<FaultPlan>('fault', context.req));
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
    simulator.configure(await readControlBody<Partial<SimulatorSettings>>('object', context.req));
    return context.json(simulator.settings);
  });
  routes.get('/requests', (context) => context.json(simulator.requests));
  return routes;
};

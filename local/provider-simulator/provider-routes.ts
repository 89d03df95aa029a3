import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { applyFault, errorAnswer, errorOf } from './faulty-answer.ts';
import { orderView } from './order-view.ts';
import type { RequestRecord } from './records.ts';
import type { Simulator } from './simulator.ts';

/** The provider's API as documented. Comments mark behaviour that is not documented. */
export const providerRoutes = (simulator: Simulator): Hono => {
  const routes = new Hono();

  /** Every request, login included, needs both headers. */
  const headers = createMiddleware(async (context, next) => {
    const mandatory = (name: string) =>
      errorAnswer(400, '2271', `The header '${name}' is mandatory and must have the value given to you`);
    // The answers to a wrong application and to a missing version are not documented.
    if (context.req.header('x-musement-application') !== simulator.access.application) {
      return mandatory('x-musement-application');
    }
    if (!/^\d+\.\d+\.\d+$/.test(context.req.header('x-musement-version') ?? '')) {
      return mandatory('x-musement-version');
    }
    return next();
  });

  const bearer = createMiddleware(async (context, next) => {
    const token = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
    if (token && simulator.tokens.isValid(token, simulator.now())) return next();
    // The error code for an invalid token is not documented.
    return errorAnswer(401, '1401', 'The access token is missing, unknown or expired');
  });

  /** Records the request, and applies the planned fault to its answer. */
  const observed = (endpoint: RequestRecord['endpoint']) =>
    createMiddleware(async (context, next) => {
      const at = simulator.now();
      const orderUuid = context.req.param('orderUuid');
      const fault = simulator.faults.take(endpoint, orderUuid);
      context.set('secondsBack', fault?.kind === 'stale' ? fault.secondsBack : 0);
      if (fault?.kind === 'status') {
        // Answers without running the route: a rejected notification request sends no webhook.
        context.res = errorOf(fault);
      } else if (fault?.kind === 'reset') {
        (context.env as HttpBindings).incoming.socket.resetAndDestroy();
        context.res = RESPONSE_ALREADY_SENT;
      } else {
        await next();
        if (fault) {
          const answer = context.res;
          context.res = undefined;
          context.res = await applyFault(answer, fault, context.req.raw.signal);
        }
      }
      simulator.requests.push({ at, endpoint, ...(orderUuid && { orderUuid }), status: context.res.status });
    });

  routes.post('/login', observed('login'), headers, async (context) => {
    const body: unknown = await context.req.json().catch(() => undefined);
    const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    const { clientId } = simulator.access;
    const clientSecret = simulator.settings.clientSecret ?? simulator.access.clientSecret;
    if (given['grant_type'] !== 'client_credentials') {
      return errorAnswer(400, '1400', 'The grant type must be client_credentials');
    }
    if (given['client_id'] !== clientId || given['client_secret'] !== clientSecret) {
      // The answer to wrong client credentials is not documented.
      return errorAnswer(401, '1401', 'The client credentials are not valid');
    }
    const lifetime = simulator.settings.tokenLifetimeInSeconds;
    return context.json({
      access_token: simulator.tokens.issue(simulator.now(), lifetime),
      expires_in: lifetime,
      token_type: 'bearer',
      scope: null,
    });
  });

  const notFound = (what: string) => errorAnswer(404, '1400', `${what} not found`);

  routes.get('/orders/:orderUuid', observed('order'), headers, bearer, (context) => {
    const order = simulator.findOrder(context.req.param('orderUuid'));
    if (!order || order.override.unreadable || simulator.now() < order.readableAt) return notFound('Order');
    return context.json(orderView(order, simulator.now() - secondsBack(context) * 1000));
  });

  routes.post(
    '/orders/:orderUuid/items/:itemUuid/notifications',
    observed('notification'),
    headers,
    bearer,
    (context) => {
      const { orderUuid, itemUuid } = context.req.param();
      const order = simulator.findOrder(orderUuid);
      const item = simulator.findItem(orderUuid, itemUuid);
      if (!order || !item) return notFound('Order item');
      if (!simulator.hasWebhook(item)) {
        return errorAnswer(400, '1400', 'No webhook is configured for this order item');
      }
      simulator.sendWebhook(order, item);
      return context.body(null, 204);
    },
  );

  return routes;
};

const secondsBack = (context: Context): number => context.get('secondsBack') ?? 0;

import { ORDER_STATES } from '../lambdas/contracts/table.ts';
import { componentNamed, contractComponents, type JsonSchema, referencedComponents } from './components.ts';
import { CONTRACT_INFO } from './info.ts';

const jsonOf = (schema: string) => ({
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});

const rejected = (description: string) => ({ description, ...jsonOf('Error') });

/** API Gateway answers this one, with a body of its own. */
const notAllowed = {
  description: 'The signature is missing or wrong, or the caller is not allowed.',
  content: { 'application/json': { schema: { type: 'object' } } },
};

const notStored = {
  '429': { description: 'Not stored; Musement sends it again.' },
  '5XX': { description: 'Not stored; Musement sends it again.' },
};

const repeat = {
  '429': { description: 'Too many requests: try again later.' },
  '5XX': { description: 'Try again later.' },
};

const ORDERS = {
  tags: ['orders'],
  security: [{ iam: [] }],
} as const;

const orderUuid = {
  name: 'orderUuid',
  in: 'path',
  required: true,
  description: "The order's UUID, in lower or upper case.",
  schema: { type: 'string', format: 'uuid' },
} as const;

const query = (name: string, description: string, schema: object) => ({
  name,
  in: 'query',
  description,
  schema,
});

const PATHS = {
  '/orders': {
    get: {
      ...ORDERS,
      operationId: 'listOrders',
      summary: 'Lists orders by state, or finds them by reference.',
      description: 'Give either `state` or `reference`.',
      parameters: [
        query('state', 'Lists the orders in this state, the earliest due first.', {
          type: 'string',
          enum: ORDER_STATES,
        }),
        query('reference', 'Finds the orders with this reference of yours, exactly as it was sent.', {
          type: 'string',
          minLength: 1,
          maxLength: 128,
        }),
        query('limit', 'Orders a page.', { type: 'integer', minimum: 1, maximum: 100, default: 25 }),
        query('next', '`next` of the answer before.', { type: 'string' }),
      ],
      responses: {
        '200': { description: 'A page of the list.', ...jsonOf('OrderList') },
        '400': rejected('A bad parameter; the message says which.'),
        '403': notAllowed,
        ...repeat,
      },
    },
  },
  '/orders/{orderUuid}': {
    parameters: [orderUuid],
    put: {
      ...ORDERS,
      operationId: 'trackOrder',
      summary: 'Starts tracking an order, or requests a check of a tracked one.',
      description:
        'Call it after payment; you may call it again at any time. A value that is given replaces the earlier one, and a value that is left out is kept. If tracking had ended, it starts again.',
      requestBody: { required: false, ...jsonOf('TrackRequest') },
      responses: {
        '202': { description: 'Accepted.', ...jsonOf('TrackAccepted') },
        '400': rejected('A bad request; the message says what is wrong.'),
        '403': notAllowed,
        '413': rejected('The body is longer than 64 KiB.'),
        ...repeat,
      },
    },
    get: {
      ...ORDERS,
      operationId: 'getOrder',
      summary: 'What is stored about an order.',
      responses: {
        '200': { description: 'What is stored about the order.', ...jsonOf('Order') },
        '400': rejected('The path does not end with a UUID.'),
        '403': notAllowed,
        '404': rejected('Nothing is stored about this order: check the UUID.'),
        ...repeat,
      },
    },
    delete: {
      ...ORDERS,
      operationId: 'untrackOrder',
      summary: 'Stops tracking an order.',
      description: 'A later webhook or `PUT` starts the tracking again. Repeating it changes nothing.',
      responses: {
        '204': { description: 'The order is not tracked any more, or was not before.' },
        '400': rejected('The path does not end with a UUID.'),
        '403': notAllowed,
        '404': rejected('Nothing is stored about this order: check the UUID.'),
        ...repeat,
      },
    },
  },
  '/webhooks': {
    post: {
      tags: ['webhooks'],
      security: [{ basic: [] }],
      operationId: 'ingestWebhook',
      summary: 'Receives a webhook of Musement.',
      parameters: [
        {
          name: 'X-Order-Tracker-Probe',
          in: 'header',
          description: 'Tests the credentials: nothing is stored. `order-tracker doctor` sends it.',
          schema: { type: 'string' },
        },
      ],
      requestBody: { required: true, ...jsonOf('Webhook') },
      responses: {
        '200': { description: 'The webhook is stored.', ...jsonOf('WebhookStored') },
        '204': {
          description: 'The request has the header `X-Order-Tracker-Probe`: the credentials are right.',
        },
        '400': rejected('The body is malformed; the message says what is wrong.'),
        '401': rejected('The credentials are missing or wrong.'),
        '403': rejected('The source address is not one of `webhookSourceAddresses`, if that is set.'),
        '413': rejected('The body is longer than 64 KiB.'),
        '415': rejected('The content type is not `application/json`.'),
        ...notStored,
      },
    },
  },
} as const;

/**
 * The HTTP API as an OpenAPI 3.1 document.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export const openApi = () => ({
  openapi: '3.1.1',
  info: {
    title: 'Musement order tracker: API',
    ...CONTRACT_INFO,
    description:
      'Orders are for partners, webhooks for Musement. The outputs `OrdersUrl` and `WebhookUrl` of the stack are the addresses of `/orders` and `/webhooks`.',
  },
  servers: [
    {
      url: 'https://{apiId}.execute-api.{region}.amazonaws.com',
      variables: {
        apiId: { default: 'apiId', description: 'First part of the host name in the output `OrdersUrl`.' },
        region: { default: 'eu-west-1', description: 'Region of the stack.' },
      },
    },
  ],
  tags: [
    { name: 'orders', description: 'For partners.' },
    { name: 'webhooks', description: 'For Musement only.' },
  ],
  paths: PATHS,
  components: {
    securitySchemes: {
      iam: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        description:
          'AWS Signature Version 4 for the service `execute-api`, by a principal that is allowed `execute-api:Invoke`.',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
      basic: {
        type: 'http',
        scheme: 'basic',
        description: 'The credentials in the secret `WebhookSecretArn`.',
      },
    },
    schemas: schemasOf(PATHS),
  },
});

const schemasOf = (paths: object): Readonly<Record<string, JsonSchema>> => {
  const components = contractComponents();
  const used = referencedComponents(paths as JsonSchema, components);
  return Object.fromEntries(
    Object.keys(used)
      .toSorted()
      .map((name) => [name, componentNamed(name, components)]),
  );
};

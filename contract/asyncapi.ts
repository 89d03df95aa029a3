import type { EventType } from '../events/index.ts';
import { EVENT_DESCRIPTIONS } from '../lambdas/contracts/event-schemas.ts';
import { componentNamed, contractComponents, referencedComponents } from './components.ts';
import { DOCUMENTED_TYPES, EVENT_EXAMPLES } from './examples.ts';
import { CONTRACT_INFO } from './info.ts';

/**
 * The topic as an AsyncAPI 3 document: one message for each type of event.
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export const asyncApi = () => {
  const components = contractComponents();
  const schemas = {
    MessageAttributes: componentNamed('MessageAttributes', components),
    ...referencedComponents({ $ref: '#/components/schemas/TrackerEvent' }, components),
  };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Musement order tracker: events',
      ...CONTRACT_INFO,
      description:
        'Transitions of orders and their items, on an SNS topic. Each message is delivered at least once, and not in order: deduplicate by `id`, order by `data.sequence`.',
    },
    defaultContentType: 'application/json',
    channels: {
      events: {
        description: "The topic's ARN is the output `TopicArn` of the stack.",
        bindings: {
          sns: {
            name: 'TopicArn',
            ordering: { type: 'standard' },
            bindingVersion: '1.0.0',
          },
        },
        messages: Object.fromEntries(
          DOCUMENTED_TYPES.map((type) => [type, { $ref: `#/components/messages/${type}` }]),
        ),
      },
    },
    operations: {
      publishEvents: {
        action: 'send',
        channel: { $ref: '#/channels/events' },
        summary: 'The order tracker publishes an event.',
      },
    },
    components: {
      messages: Object.fromEntries(DOCUMENTED_TYPES.map((type) => [type, messageOf(type)])),
      schemas,
    },
  };
};

const messageOf = (type: EventType) => {
  const example = EVENT_EXAMPLES[type];
  const schema = 'itemUuid' in example.data ? 'ItemEvent' : 'OrderEvent';
  return {
    name: type,
    summary: EVENT_DESCRIPTIONS[type],
    contentType: 'application/cloudevents+json',
    headers: { $ref: '#/components/schemas/MessageAttributes' },
    payload: {
      allOf: [
        { $ref: `#/components/schemas/${schema}` },
        { type: 'object', properties: { type: { const: type } } },
      ],
    },
    examples: [{ name: type, payload: example }],
  };
};

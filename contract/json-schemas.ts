import { SCHEMAS_URL } from '../events/index.ts';
import { componentNamed, contractComponents, type JsonSchema, referencedComponents } from './components.ts';

/** The schemas with an address of their own, by file name. */
const FILES = {
  event: 'TrackerEvent',
  'item-event-data': 'ItemEventData',
  'order-event-data': 'OrderEventData',
  order: 'Order',
  'track-request': 'TrackRequest',
  webhook: 'Webhook',
} as const;

/** Name of a schema file without `.json`. */
export type SchemaFile = keyof typeof FILES;

/** JSON Schemas of the version 2020-12 by file name. Each has all its parts in `$defs`: a generator needs one file. */
export const jsonSchemas = (): Readonly<Record<SchemaFile, JsonSchema>> => {
  const components = contractComponents();
  const document = (file: string, name: string): JsonSchema => {
    const schema = componentNamed(name, components);
    const $defs = referencedComponents(schema, components);
    return {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `${SCHEMAS_URL}/${file}.json`,
      title: name,
      ...withLocalReferences({ ...schema, ...(Object.keys($defs).length > 0 && { $defs }) }),
    };
  };
  return Object.fromEntries(
    Object.entries(FILES).map(([file, name]) => [file, document(file, name)]),
  ) as Record<SchemaFile, JsonSchema>;
};

const withLocalReferences = (schema: object): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"#/$defs/'));

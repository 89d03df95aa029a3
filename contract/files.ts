import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApi } from './asyncapi.ts';
import { fillInConstruct } from './construct.ts';
import { EVENT_EXAMPLES } from './examples.ts';
import { jsonSchemas } from './json-schemas.ts';
import { fillIn } from './markdown.ts';
import { openApi } from './openapi.ts';
import { fillInSettings } from './settings.ts';
import { eventTypes } from './typescript.ts';

/** Root folder of the project. */
export const ROOT = join(import.meta.dirname, '..');

/** Pages with tables of the contract. */
const PAGES = ['docs/events.md', 'docs/api.md'];

const SETTINGS_PAGE = 'docs/settings.md';

/** Pages with tables of the construct. */
const CONSTRUCT_PAGES = ['docs/construct.md', 'docs/subscribing.md'];

/** The documents of the last release, by the documents that they are copies of. */
export const RELEASED_DOCUMENTS = {
  'docs/openapi.json': 'docs/schemas/released/openapi.json',
  'docs/asyncapi.json': 'docs/schemas/released/asyncapi.json',
} as const;

/** Every file that is generated from the contract or has generated tables, by its path in the project. */
export const contractFiles = (): Readonly<Record<string, string>> => {
  const schemas = Object.entries(jsonSchemas()).map(([name, schema]) => [`${name}.json`, schema] as const);
  const examples = Object.entries(EVENT_EXAMPLES).map(
    ([type, event]) => [`examples/${type}.json`, event] as const,
  );
  return {
    ...Object.fromEntries(
      [...schemas, ...examples].map(([name, content]) => [`docs/schemas/v1/${name}`, asJson(content)]),
    ),
    'docs/asyncapi.json': asJson(asyncApi()),
    'docs/openapi.json': asJson(openApi()),
    'events/types.ts': eventTypes(),
    ...Object.fromEntries(PAGES.map((page) => [page, fillIn(read(page))])),
    ...Object.fromEntries(CONSTRUCT_PAGES.map((page) => [page, fillInConstruct(read(page))])),
    [SETTINGS_PAGE]: fillInSettings(read(SETTINGS_PAGE)),
  };
};

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const asJson = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`;

import { globSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../contract/files.ts';
import { EVENT_TYPES, parseEvent, SCHEMAS_URL } from '../../events/index.ts';
import { omit } from '../../lambdas/domain/omit.ts';
import { readDocument } from './documents.ts';
import { closed, SchemaValidator } from './validator.ts';

/** What Redocly finds wrong with a document: rule and place. */
const problemsOf = async (document: unknown): Promise<string[]> => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // AsyncAPI has no scheme for what protects the topic: its policy.
    async3Rules: { 'security-defined': 'off' },
  });
  const problems = await lintFromString({
    source: JSON.stringify(document),
    absoluteRef: '/document.json',
    config,
  });
  return problems.map(({ ruleId, message, location }) => `${ruleId} ${location[0]?.pointer}: ${message}`);
};

describe.for(['docs/openapi.json', 'docs/asyncapi.json'])('%s', (path) => {
  test('follows its specification', async () => {
    expect(await problemsOf(readDocument(path))).toEqual([]);
  });

  test('is rejected if it refers to a component that does not exist', async () => {
    const document = JSON.stringify(readDocument(path)).replace(
      '#/components/schemas/',
      '#/components/nothing/',
    );
    expect(await problemsOf(JSON.parse(document))).toContainEqual(expect.stringContaining('unresolved'));
  });
});

test.for(['docs/openapi.json', 'docs/asyncapi.json'])(
  'every schema of %s can be validated against',
  (path) => {
    const { components } = readDocument<{ components: { schemas: Record<string, object> } }>(path);
    for (const [name, schema] of Object.entries(components.schemas)) {
      const validate = new SchemaValidator().compile(closed({ ...schema, components }), name);
      expect(() => validate(undefined)).toThrow(`${name} does not follow its schema`);
    }
  },
);

const schemaFiles = globSync('docs/schemas/v1/*.json', { cwd: ROOT }).toSorted();
const exampleFiles = globSync('docs/schemas/v1/examples/*.json', { cwd: ROOT }).toSorted();

describe.for(schemaFiles)('%s', (path) => {
  const schema = readDocument<{ $id: string; $schema: string }>(path);

  test('is a JSON Schema of 2020-12 that its address leads to', () => {
    new SchemaValidator().compile(schema, path);
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.$id).toBe(path.replace('docs/schemas/v1', SCHEMAS_URL));
  });

  test('describes every field', () => {
    const undescribed: string[] = [];
    const visit = (part: unknown, place: string): void => {
      if (typeof part !== 'object' || part === null) return;
      for (const [name, field] of Object.entries('properties' in part ? (part.properties ?? {}) : {})) {
        const { description, $ref, const: constant } = field as Record<string, unknown>;
        if (!description && !$ref && constant === undefined) undescribed.push(`${place}.${name}`);
      }
      for (const [name, inner] of Object.entries(part)) visit(inner, `${place}/${name}`);
    };
    visit(schema, '');
    expect(undescribed).toEqual([]);
  });
});

describe('the examples', () => {
  test('cover every type', () => {
    const names = exampleFiles.map((path) => path.split('/').at(-1)?.replace('.json', ''));
    expect(names.toSorted()).toEqual(Object.values(EVENT_TYPES).toSorted());
  });

  test.for(exampleFiles)('%s follows the schema and uses no field that is not described', (path) => {
    const event = readDocument<{ type: string; dataschema: string; data: unknown }>(path);
    const validator = new SchemaValidator();
    validator.compile(closed(readDocument('docs/schemas/v1/event.json')), path)(event);
    const dataSchema = readDocument(event.dataschema.replace(SCHEMAS_URL, 'docs/schemas/v1'));
    validator.compile(dataSchema, `${path} data`)(event.data);
    expect(parseEvent(event)).toBe(event);
    expect(path).toContain(event.type);
  });

  test('a message that does not follow its schema is rejected', () => {
    const example = readDocument<{ data: { sequence: number } }>(
      'docs/schemas/v1/examples/order_item.ok.json',
    );
    const schema = readDocument('docs/schemas/v1/event.json');
    const open = new SchemaValidator().compile(schema, 'The event');
    const strict = new SchemaValidator().compile(closed(schema), 'The event');
    open({ ...example, type: 'order_item.rebooked', more: 1 });
    expect(() => strict({ ...example, type: 'order_item.rebooked' })).toThrow('allowed values');
    expect(() => strict({ ...example, more: 1 })).toThrow('must NOT have additional properties');
    expect(() => open({ ...example, data: omit(example.data, 'sequence') })).toThrow('sequence');
    expect(() => open({ ...example, time: 'yesterday' })).toThrow('date-time');
  });
});

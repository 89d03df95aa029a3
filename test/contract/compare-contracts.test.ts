import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { breakingContractChanges, type Contract } from '../../contract/compare-contracts.ts';
import { ROOT } from '../../contract/files.ts';
import { readDocument } from './documents.ts';

const contractIn = (folder: string): Contract => ({
  openApi: readDocument(`${folder}/openapi.json`),
  asyncApi: readDocument(`${folder}/asyncapi.json`),
});

/** A part of a document, as it can be changed by a test. */
// biome-ignore lint/suspicious/noExplicitAny: a test changes any part of a document.
type Part = any;

interface Documents {
  readonly openApi: Part;
  readonly asyncApi: Part;
}

const today = contractIn('docs');

/** What breaks when this change is made to the contract of today. */
const changesBy = (change: (documents: Documents) => void): string[] => {
  const after = structuredClone(today);
  change(after);
  return breakingContractChanges(today, after);
};

const itemData = ({ asyncApi }: Documents): Part => asyncApi.components.schemas.ItemEventData;
const eventSchemas = ({ asyncApi }: Documents): Part => asyncApi.components.schemas;
const apiSchemas = ({ openApi }: Documents): Part => openApi.components.schemas;
/** Values that are known, of an enumeration that others may be added to. */
const OPEN_ENUM = 'x-extensible-enum';

const without = (list: string[], value: string): string[] => list.filter((entry) => entry !== value);

describe('breaks', () => {
  test.for<[string, (documents: Documents) => void, string]>([
    [
      'an event that is gone',
      ({ asyncApi }) => delete asyncApi.components.messages['order_item.ko'],
      'event order_item.ko: is gone',
    ],
    [
      'a field of an event that is gone',
      (documents) => delete itemData(documents).properties.confirmBy,
      'event order_item.ok payload.data.confirmBy: the field is gone',
    ],
    [
      'a field of an event that was always there',
      (documents) => {
        itemData(documents).required = without(itemData(documents).required, 'vouchers');
      },
      'event order_item.ok payload.data.vouchers: the field was always there, and can be missing',
    ],
    [
      'a field of another type',
      (documents) => {
        itemData(documents).properties.sequence = { type: 'string' };
      },
      'event order_item.ok payload.data.sequence: the type was integer and is string',
    ],
    [
      'a number instead of a whole number',
      (documents) => {
        itemData(documents).properties.sequence.type = 'number';
      },
      'event order_item.ok payload.data.sequence: the type was integer and is number',
    ],
    [
      'a field that may be null',
      (documents) => {
        itemData(documents).properties.status = {
          anyOf: [itemData(documents).properties.status, { type: 'null' }],
        };
      },
      'event order_item.ok payload.data.status: another type of value is possible',
    ],
    [
      'entries of another type',
      (documents) => {
        itemData(documents).properties.vouchers.items = { type: 'object' };
      },
      'event order_item.ok payload.data.vouchers[]: the type was string and is object',
    ],
    [
      'a field of an object in an event',
      (documents) => delete eventSchemas(documents).EventProduct.properties.title,
      'event order_item.ok payload.data.product.title: the field is gone',
    ],
    [
      'a time in another form',
      (documents) => delete itemData(documents).properties.since.format,
      'event order_item.ok payload.data.since: format was date-time and is not given',
    ],
    [
      'a sequence that can be 0',
      (documents) => {
        itemData(documents).properties.sequence.minimum = 0;
      },
      'event order_item.ok payload.data.sequence: minimum was 1 and is 0',
    ],
    [
      'a text that can be empty',
      (documents) => delete itemData(documents).properties.status.minLength,
      'event order_item.ok payload.data.status: minLength was 1 and is not given',
    ],
    [
      'a value that is gone',
      (documents) => {
        const { FoundBy } = eventSchemas(documents);
        FoundBy[OPEN_ENUM] = without(FoundBy[OPEN_ENUM], 'rescue');
      },
      'event order_item.ok payload.data.foundBy: the value "rescue" is gone',
    ],
    [
      'known values that are not described any more',
      (documents) => delete eventSchemas(documents).FoundBy[OPEN_ENUM],
      'event order_item.ok payload.data.foundBy: the value "track" is gone',
    ],
    [
      'a fixed list of values that becomes any text',
      (documents) => delete eventSchemas(documents).MessageAttributes.properties.final.enum,
      'event order_item.ok headers.final: any value is possible, not only true, false',
    ],
    [
      'a value less of a fixed list',
      (documents) => {
        eventSchemas(documents).MessageAttributes.properties.final.enum = ['true'];
      },
      'event order_item.ok headers.final: the value "false" is gone',
    ],
    [
      'another dataschema',
      (documents) => {
        eventSchemas(documents).ItemEvent.properties.dataschema.const = 'https://example.com/v2/x.json';
      },
      'event order_item.ok payload.dataschema: the value',
    ],
    [
      'a message attribute that is gone',
      (documents) => delete eventSchemas(documents).MessageAttributes.properties.final,
      'event order.settled headers.final: the field is gone',
    ],
    ['a route that is gone', ({ openApi }) => delete openApi.paths['/webhooks'], 'POST /webhooks: is gone'],
    [
      'a method that is gone',
      ({ openApi }) => delete openApi.paths['/orders/{orderUuid}'].get,
      'GET /orders/{orderUuid}: is gone',
    ],
    [
      'an answer that is gone',
      ({ openApi }) => delete openApi.paths['/orders/{orderUuid}'].get.responses['404'],
      'GET /orders/{orderUuid}: 404 is gone',
    ],
    [
      'an answer without a body',
      ({ openApi }) => delete openApi.paths['/orders/{orderUuid}'].get.responses['200'].content,
      'GET /orders/{orderUuid} 200: the body is gone',
    ],
    [
      'a field of an answer that is gone',
      (documents) => delete apiSchemas(documents).OrderItem.properties.vouchers,
      'GET /orders/{orderUuid} 200.items[].vouchers: the field is gone',
    ],
    [
      'a kind of entry that is gone',
      (documents) => {
        apiSchemas(documents).TimelineEntry.oneOf = apiSchemas(documents).TimelineEntry.oneOf.slice(1);
      },
      'the value "track" is gone',
    ],
    [
      'statuses by UUID that are no texts',
      (documents) => {
        apiSchemas(documents).CheckEntry.properties.showed.anyOf[0].additionalProperties.type = 'object';
      },
      'showed.*: the type was string and is object',
    ],
    [
      'a request with a new required field',
      (documents) => {
        apiSchemas(documents).TrackRequest.required = ['paidAt'];
      },
      'PUT /orders/{orderUuid} body.paidAt: the field is required now',
    ],
    [
      'a field of a request that is gone',
      (documents) => delete apiSchemas(documents).TrackRequest.properties.reference,
      'PUT /orders/{orderUuid} body.reference: the field is gone',
    ],
    [
      'a field of a request that may be shorter only',
      (documents) => {
        apiSchemas(documents).TrackRequest.properties.reference.maxLength = 64;
      },
      'PUT /orders/{orderUuid} body.reference: maxLength was 128 and is 64',
    ],
    [
      'a field of a request with a new pattern',
      (documents) => {
        apiSchemas(documents).TrackRequest.properties.reference.pattern = '^B';
      },
      'PUT /orders/{orderUuid} body.reference: pattern was not given and is ^B',
    ],
    [
      'a field of a request that takes some values only',
      (documents) => {
        apiSchemas(documents).Webhook.properties.order_item_status.enum = ['OK'];
      },
      'POST /webhooks body.order_item_status: only these values are accepted: OK',
    ],
    [
      'a request that rejects additional fields',
      (documents) => {
        apiSchemas(documents).Webhook.additionalProperties = false;
      },
      'POST /webhooks body: additional fields are rejected now',
    ],
    [
      'a body that is required',
      ({ openApi }) => {
        openApi.paths['/orders/{orderUuid}'].put.requestBody.required = true;
      },
      'PUT /orders/{orderUuid}: the body is required now',
    ],
    [
      'a new required parameter',
      ({ openApi }) => {
        const parameter = { name: 'reason', in: 'query', required: true, schema: { type: 'string' } };
        openApi.paths['/orders/{orderUuid}'].get.parameters = [parameter];
      },
      'GET /orders/{orderUuid} reason: the parameter is required now',
    ],
    [
      'a parameter that is gone',
      ({ openApi }) => {
        openApi.paths['/webhooks'].post.parameters = [];
      },
      'POST /webhooks X-Order-Tracker-Probe: the parameter is gone',
    ],
  ])('%s', ([, change, report]) => {
    expect(changesBy(change)).toContainEqual(expect.stringContaining(report));
  });
});

describe('does not break', () => {
  test.for<[string, (documents: Documents) => void]>([
    ['nothing', () => undefined],
    [
      'another description',
      (documents) => {
        itemData(documents).description = 'Other words.';
        itemData(documents).properties.status.description = 'Other words.';
      },
    ],
    [
      'a new field of an event, also one that is always there',
      (documents) => {
        itemData(documents).properties.country = { type: 'string' };
        itemData(documents).required.push('country');
      },
    ],
    [
      'a field of an event that is always there from now on',
      (documents) => itemData(documents).required.push('confirmBy'),
    ],
    [
      'a new value of an enumeration',
      (documents) => eventSchemas(documents).FoundBy[OPEN_ENUM].push('rumour'),
    ],
    [
      'a new event',
      (documents) => {
        const { messages } = documents.asyncApi.components;
        messages['order_item.rebooked'] = messages['order_item.ok'];
        eventSchemas(documents).ItemEventType[OPEN_ENUM].push('order_item.rebooked');
      },
    ],
    [
      'a field of an event with a tighter limit',
      (documents) => {
        itemData(documents).properties.status.maxLength = 64;
        itemData(documents).properties.sequence.minimum = 2;
      },
    ],
    [
      'a new kind of entry',
      (documents) => {
        apiSchemas(documents).TimelineEntry.oneOf.unshift({
          type: 'object',
          properties: { kind: { const: 'reminder' } },
          required: ['kind'],
        });
      },
    ],
    [
      'a new optional field of a request',
      (documents) => {
        apiSchemas(documents).TrackRequest.properties.channel = { type: 'string' };
      },
    ],
    [
      'a field of a request that may be longer',
      (documents) => {
        apiSchemas(documents).TrackRequest.properties.reference.maxLength = 256;
        delete apiSchemas(documents).TrackRequest.properties.reference.minLength;
      },
    ],
    [
      'a field of a request that is not required any more',
      (documents) => {
        apiSchemas(documents).Webhook.required = without(apiSchemas(documents).Webhook.required, 'order_id');
      },
    ],
    [
      'a new route, answer and optional parameter',
      ({ openApi }) => {
        openApi.paths['/orders/{orderUuid}/items'] = openApi.paths['/webhooks'];
        const { get } = openApi.paths['/orders/{orderUuid}'];
        get.responses['410'] = get.responses['404'];
        get.parameters = [{ name: 'short', in: 'query', schema: { type: 'boolean' } }];
      },
    ],
  ])('%s', ([, change]) => {
    expect(changesBy(change)).toEqual([]);
  });
});

const RELEASED = 'docs/schemas/released';

test('the contract of today breaks nothing that the last release promised', () => {
  // Before the first release there is no promise to keep; `npm run contract -- --release` makes the first.
  const isReleased = existsSync(join(ROOT, RELEASED));
  const before = isReleased ? contractIn(RELEASED) : today;
  expect(
    breakingContractChanges(before, today),
    'these changes need a new major version: see docs/contract.md',
  ).toEqual([]);
});

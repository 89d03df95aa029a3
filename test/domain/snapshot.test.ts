import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSnapshot } from '../../lambdas/domain/snapshot.ts';
import { ITEM, OTHER_ITEM } from './fixtures.ts';

const item = (fields: Record<string, unknown> = {}) => ({ uuid: ITEM, status: 'OK', ...fields });

test('an answer of the provider is reduced to the fields that are used, without personal data', () => {
  const snapshot = parseSnapshot({
    uuid: ITEM,
    identifier: 'MUS0738876',
    date: '2026-03-01T10:00:00+0000',
    status: 'OK',
    customer: { email: 'someone@example.com', firstname: 'Someone' },
    items: [
      item({
        product: { type: 'musement', title: 'Museum', date: '2026-05-01', max_confirmation_time: 'P2D' },
        vouchers: [{ url: 'https://vouchers.example.com/1.pdf' }],
        cancellation_reason: null,
        cancellation_additional_info: 'Someone is ill',
        participants_info: [{ firstname: 'Someone' }],
      }),
    ],
  });
  expect(snapshot).toEqual({
    identifier: 'MUS0738876',
    date: '2026-03-01T10:00:00.000Z',
    status: 'OK',
    items: [
      {
        itemUuid: ITEM,
        status: 'OK',
        vouchers: ['https://vouchers.example.com/1.pdf'],
        product: { type: 'musement', title: 'Museum', date: '2026-05-01', maxConfirmationTime: 'P2D' },
      },
    ],
    unreadable: 0,
  });
});

const [one, other] = ['https://v.example/1', 'https://v.example/2'];

test.for([
  ['a list of objects', [{ url: one }, { url: other }]],
  ['a list of strings, in any order and more than once', [other, one, other]],
  ['an object of objects', { a: { url: one }, b: { url: other } }],
  ['a mixture with empty entries', [null, { url: null }, { url: one }, other, 7]],
])('P10 voucher URLs are found in %s, and are the same', ([, vouchers]) => {
  expect(parseSnapshot({ items: [item({ vouchers })] })?.items[0]?.vouchers).toEqual([one, other]);
});

test.for([null, undefined, '', 'none', [], {}, { url: '' }, 0])(
  'P10 %o holds no voucher, and a missing product is read as an empty one',
  (vouchers) => {
    const [read] = parseSnapshot({ items: [item({ vouchers })] })?.items ?? [];
    expect(read).toMatchObject({ vouchers: [], product: {} });
  },
);

test.for([
  ['no status', { uuid: OTHER_ITEM }],
  ['an empty status', { uuid: OTHER_ITEM, status: '' }],
  ['a status of another type', { uuid: OTHER_ITEM, status: 42 }],
  ['no UUID', { status: 'OK' }],
  ['no fields at all', null],
])('P9 an item with %s is counted as unreadable, and the others are read', ([, broken]) => {
  const snapshot = parseSnapshot({ items: [broken, item()] });
  expect(snapshot?.items.map(({ itemUuid }) => itemUuid)).toEqual([ITEM]);
  expect(snapshot?.unreadable).toBe(1);
});

test('UUIDs are read in lower case', () => {
  expect(parseSnapshot({ items: [item({ uuid: ITEM.toUpperCase() })] })?.items[0]?.itemUuid).toBe(ITEM);
});

test('a cancellation reason that is not a code is dropped: it may be free text about a person', () => {
  const reasonOf = (reason: string) =>
    parseSnapshot({ items: [item({ cancellation_reason: reason })] })?.items[0]?.cancellationReason;
  expect(reasonOf('REJECTED-ORDER')).toBe('REJECTED-ORDER');
  expect(reasonOf('Mr Someone is ill')).toBeUndefined();
});

test('P9 any value is read without an error', () => {
  fc.assert(
    fc.property(fc.anything(), fc.array(fc.anything()), (body, items) => {
      parseSnapshot(body);
      const snapshot = parseSnapshot({ items });
      expect((snapshot?.items.length ?? 0) + (snapshot?.unreadable ?? 0)).toBeLessThanOrEqual(items.length);
    }),
  );
});

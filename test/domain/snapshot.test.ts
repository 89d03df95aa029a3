import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSnapshot } from '../../lambdas/domain/snapshot.ts';
import { ITEM, OTHER_ITEM } from './fixtures.ts';

const item = (fields: Record<string, unknown> = {}) => ({ uuid: ITEM, status: 'OK', ...fields });

describe('an answer of the provider', () => {
  test('is reduced to the fields that are used, without personal data', () => {
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

  test.for([
    ['a list of objects', [{ url: 'https://v.example/1' }, { url: 'https://v.example/2' }]],
    ['a list of strings', ['https://v.example/2', 'https://v.example/1']],
    ['an object of objects', { a: { url: 'https://v.example/1' }, b: { url: 'https://v.example/2' } }],
    [
      'a mixture with empty entries',
      [null, { url: null }, { url: 'https://v.example/1' }, 'https://v.example/2', 7],
    ],
  ])('P10 voucher URLs are found in %s', ([, vouchers]) => {
    expect(parseSnapshot({ items: [item({ vouchers })] })?.items[0]?.vouchers).toEqual([
      'https://v.example/1',
      'https://v.example/2',
    ]);
  });

  test.for([null, undefined, '', 'none', [], {}, { url: '' }, 0])('P10 %o holds no voucher', (vouchers) => {
    expect(parseSnapshot({ items: [item({ vouchers })] })?.items[0]?.vouchers).toEqual([]);
  });

  test('P10 voucher URLs that a message cannot hold are left out and counted', () => {
    const vouchers = Array.from(
      { length: 40 },
      (_, index) => `https://v.example/${index}/${'x'.repeat(8000)}`,
    );
    const snapshot = parseSnapshot({ items: [item({ vouchers })] });
    const kept = snapshot?.items[0]?.vouchers ?? [];
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.length + (snapshot?.vouchersLeftOut ?? 0)).toBe(40);
    expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThanOrEqual(128 * 1024);
  });

  test('P10 the same voucher URLs in another order are the same', () => {
    const [one, other] = ['https://v.example/1', 'https://v.example/2'];
    const vouchersOf = (...vouchers: unknown[]) =>
      parseSnapshot({ items: [item({ vouchers })] })?.items[0]?.vouchers;
    expect(vouchersOf(one, other, one)).toEqual(vouchersOf(other, one));
  });

  test('P10 a missing product is read as an empty one', () => {
    expect(parseSnapshot({ items: [item()] })?.items[0]?.product).toEqual({});
  });

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
});

import { describe, expect, test } from 'vitest';
import { type HintEvidence, judgeHints, postponeHints } from '../../lambdas/domain/hints.ts';
import type { Hint, ItemState } from '../../lambdas/domain/model.ts';
import { answer, at, SETTINGS, Story, seen, track, webhook } from './fixtures.ts';

const stored = (status: string): ItemState => {
  const story = new Story();
  story.look(0, answer(seen(status)));
  return story.item();
};

const judge = (hints: Hint[], status: string, more: Partial<HintEvidence> = {}) =>
  judgeHints(
    {
      hints,
      itemsBefore: [stored(status)],
      itemsAfter: [stored(status)],
      orderKnown: true,
      answered: () => true,
      sentAt: at(10),
      ...more,
    },
    SETTINGS,
  ).map((verdict) => verdict.ends ?? verdict);

describe('when a hint is satisfied', () => {
  test('when the item shows its status', () => {
    expect(judge([webhook('OK', 2)], 'OK')).toEqual(['satisfied']);
  });

  test('O1 when a newer version is satisfied, compared as numbers', () => {
    expect(judge([webhook('PENDING', 9), webhook('OK', 10)], 'OK')).toEqual(['superseded', 'satisfied']);
    const ended = webhook('OK', 10, { outcome: 'satisfied' });
    delete (ended as { dueAt?: string }).dueAt;
    expect(judge([webhook('PENDING', 9), ended], 'OK')).toEqual(['superseded']);
    expect(judge([webhook('PENDING', 11), webhook('OK', 10)], 'OK')).toEqual([
      expect.objectContaining({ tries: 1 }),
      'satisfied',
    ]);
  });

  test('O2 two statuses of one version: what the provider shows wins, the other is tried again', () => {
    expect(judge([webhook('KO', 10), webhook('OK', 10)], 'OK')).toEqual([
      expect.objectContaining({ tries: 1 }),
      'satisfied',
    ]);
  });

  test('F6 one of a final status never because something changed', () => {
    const evidence = { itemsBefore: [stored('PENDING')], itemsAfter: [stored('OK')] };
    expect(judge([webhook('REFUNDED', 5)], 'OK', evidence)).toEqual([expect.objectContaining({ tries: 1 })]);
  });

  test('one of an open status also when the item has moved on to another open status', () => {
    const evidence = { itemsBefore: [stored('PENDING')], itemsAfter: [stored('CANCELLATION_ERROR')] };
    expect(judge([webhook('REFUND_STARTED', 5)], '', evidence)).toEqual(['superseded']);
  });

  test('a track request when the order could be read', () => {
    expect(judge([track()], 'PENDING')).toEqual(['satisfied']);
    expect(judge([track()], 'PENDING', { orderKnown: false, answered: () => false })).toEqual([
      expect.objectContaining({ tries: 1, firstUnknownAt: at(10) }),
    ]);
  });

  test('only hints that were due when they were read are judged', () => {
    const { dueAt: _, ...ended } = webhook('OK', 2);
    expect(judge([ended], 'OK')).toEqual([]);
  });
});

describe('the back-off of a hint', () => {
  const tried = (tries: number, more = {}) => webhook('OK', 2, { tries, nextTryAt: at(10), ...more });

  test.for([
    [0, 5, true],
    [1, 15, true],
    [2, 60, true],
    [3, 300, false],
    [4, 900, false],
    [5, 3600, false],
    [6, 14_400, false],
  ] as const)('O7 after %i tries it waits %i s (by message: %o)', ([tries, seconds, byMessage]) => {
    expect(judge([tried(tries)], 'PENDING')).toEqual([
      expect.objectContaining({ tries: tries + 1, nextTryAt: at(10 + seconds), byMessage }),
    ]);
  });

  test('then the provider’s answer wins', () => {
    expect(judge([tried(7)], 'PENDING')).toEqual(['contradicted']);
  });

  test('but not while the item is in doubt', () => {
    const inDoubt = { ...stored('PENDING'), doubt: { status: 'OK', since: at(0) } };
    expect(judge([tried(7)], '', { itemsAfter: [inDoubt] })).toEqual([
      expect.objectContaining({ nextTryAt: at(70) }),
    ]);
  });

  test('P1 what the provider does not know is asked daily, and given up a week after it first said so', () => {
    const unknown = { orderKnown: false, answered: () => false };
    const day = 86_400;
    const waiting = tried(7, { firstUnknownAt: at(10 - 6 * day) });
    expect(judge([waiting], 'PENDING', unknown)).toEqual([
      expect.objectContaining({ nextTryAt: at(10 + day), dueAt: at(10 + day) }),
    ]);
    expect(judge([tried(7, { firstUnknownAt: at(10 - 7 * day) })], 'PENDING', unknown)).toEqual(['given_up']);
  });

  test('F7 a look before its time is no try', () => {
    expect(judge([tried(1, { nextTryAt: at(11) })], 'PENDING')).toEqual([]);
  });

  test('the first try is never before its time, however the clocks differ', () => {
    expect(judge([webhook('OK', 2, { nextTryAt: at(15) })], 'PENDING')).toHaveLength(1);
  });

  test('provider trouble puts it off and counts as no try', () => {
    expect(postponeHints([tried(2)], at(10), at(40), SETTINGS)).toEqual([
      expect.objectContaining({ tries: 2, troubles: 1, nextTryAt: at(40), byMessage: true, dueAt: at(100) }),
    ]);
    expect(postponeHints([tried(2)], at(10), at(910), SETTINGS)).toEqual([
      expect.objectContaining({ tries: 2, nextTryAt: at(910), byMessage: false, dueAt: at(910) }),
    ]);
  });
});

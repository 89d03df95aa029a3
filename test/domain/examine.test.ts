import { describe, expect, test } from 'vitest';
import type { ItemEventData, OrderEventData } from '../../lambdas/contracts/events.ts';
import type { Findings } from '../../lambdas/domain/examine.ts';
import {
  answer,
  at,
  HINT,
  ITEM,
  newOrder,
  ORDER,
  OTHER_ITEM,
  Story,
  scheduled,
  seen,
  track,
  webhook,
} from './fixtures.ts';

const DAY = 86_400;

const typesIn = (findings: Findings): string[] =>
  findings.items.flatMap(({ events }) => events.map(({ message }) => message.type));

const dataIn = (findings: Findings): ItemEventData | undefined =>
  findings.items[0]?.events.at(-1)?.message.data as ItemEventData | undefined;

describe('statuses', () => {
  test('an item goes from PENDING to OK; only the final status is published by default', () => {
    const story = new Story();
    story.look(0, answer(seen('PENDING')));
    const found = story.look(100, answer(seen('OK')));
    expect(story.published).toEqual(['order_item.ok', 'order.settled']);
    expect(dataIn(found)).toMatchObject({
      orderUuid: ORDER,
      itemUuid: ITEM,
      sequence: 2,
      status: 'OK',
      previousStatus: 'PENDING',
      since: at(100),
    });
  });

  test('I7 an unknown status is open, watched, and published as nothing', () => {
    const story = new Story();
    const found = story.look(0, answer(seen('ON_HOLD')));
    expect(typesIn(found)).toEqual([]);
    expect(story.item()).toMatchObject({ status: 'ON_HOLD', round: 1, nextCheckAt: expect.any(String) });
  });

  test('O8 PENDING, overdue, then REFUND_STARTED: a new round with its own window', () => {
    const story = new Story(newOrder({ paidAt: at(0) }));
    story.look(0, answer(seen('PENDING')));
    story.look(2 * DAY, answer(seen('PENDING')), scheduled(at(2 * DAY)));
    expect(story.item().overdueAt).toBe(at(2 * DAY));
    story.look(3 * DAY, answer(seen('REFUND_STARTED')));
    expect(story.item()).toMatchObject({
      round: 2,
      attempt: 1,
      openedAt: at(3 * DAY),
      confirmBy: at(10 * DAY),
    });
    expect(story.item().overdueAt).toBeUndefined();
  });

  test('F10 the clock of a refund seen first does not run from the booking', () => {
    const story = new Story(newOrder({ paidAt: at(-60 * DAY), date: at(-60 * DAY) }));
    story.look(0, answer(seen('REFUND_STARTED')));
    expect(story.item().confirmBy).toBe(at(7 * DAY));
    expect(story.published).toEqual([]);
  });

  test('O4 each final status is published once, in order, through CANCELLATION_ERROR and back', () => {
    const story = new Story();
    story.look(0, answer(seen('OK')));
    story.look(100, answer(seen('CANCELLATION_ERROR')));
    story.look(160, answer(seen('CANCELLATION_ERROR')));
    story.look(300, answer(seen('OK')));
    const again = story.look(360, answer(seen('OK')));
    expect(story.published).toEqual(['order_item.ok', 'order.settled', 'order_item.ok', 'order.settled']);
    expect(dataIn(again)?.sequence).toBe(3);
  });
});

describe('two witnesses', () => {
  const settledStory = (): Story => {
    const story = new Story();
    story.look(0, answer(seen('PENDING')));
    story.look(100, answer(seen('OK')));
    return story;
  };

  test('O3 one stale PENDING after OK publishes nothing and is only a doubt', () => {
    const story = settledStory();
    const before = story.published.length;
    story.look(200, answer(seen('PENDING')));
    expect(story.item()).toMatchObject({ status: 'OK', doubt: { status: 'PENDING', since: at(200) } });
    story.look(260, answer(seen('OK')));
    expect(story.item().doubt).toBeUndefined();
    expect(story.published).toHaveLength(before);
  });

  test('O3 two answers 60 s apart open the item again, and it is watched again', () => {
    const story = settledStory();
    story.look(200, answer(seen('PENDING')));
    story.look(259, answer(seen('PENDING')));
    expect(story.item().status).toBe('OK');
    story.look(260, answer(seen('PENDING')));
    expect(story.item()).toMatchObject({
      status: 'PENDING',
      round: 2,
      attempt: 1,
      nextCheckAt: expect.any(String),
    });
    expect(story.stored.order.settled).toBe(false);
  });

  test('F5 a stale answer that is new to us does not replace a final status', () => {
    const story = new Story();
    story.look(0, answer(seen('PENDING')));
    story.look(100, answer(seen('REFUNDED')));
    story.look(110, answer(seen('OK')));
    expect(story.item().status).toBe('REFUNDED');
  });

  test('F4 a webhook is no witness', () => {
    const story = settledStory().with(webhook('PENDING', 1));
    story.look(200, answer(seen('PENDING')));
    expect(story.item().status).toBe('OK');
  });

  test('what the second answer shows is applied, even if the first showed something else', () => {
    const story = settledStory();
    story.look(200, answer(seen('REFUND_STARTED')));
    story.look(260, answer(seen('REFUNDED')));
    expect(story.item().status).toBe('REFUNDED');
  });

  test('F3 a doubt about a done item is due, and brings a second look', () => {
    const story = settledStory();
    const found = story.look(200, answer(seen('REFUNDED')));
    expect(found.items[0]?.plan).toEqual({ kind: 'due', at: at(260) });
    expect(story.item()).toMatchObject({ due: expect.stringContaining('RESCUE'), dueAt: at(320) });
  });

  test.for(['REFUND_STARTED', 'CANCELLATION_ERROR', 'ON_HOLD'])(
    'O3 one stale PENDING after %s, which was seen first, is only a doubt',
    (status) => {
      const story = new Story();
      story.look(0, answer(seen(status)));
      story.look(100, answer(seen('PENDING')));
      expect(story.item()).toMatchObject({ status, round: 1, doubt: { status: 'PENDING', since: at(100) } });
      story.look(160, answer(seen('PENDING')));
      expect(story.item()).toMatchObject({ status: 'PENDING', round: 2 });
    },
  );

  test('F14 an item in doubt is not overdue', () => {
    const story = new Story(newOrder({ paidAt: at(0) }));
    story.look(0, answer(seen('OK')));
    story.look(100, answer(seen('CANCELLATION_ERROR')));
    story.look(160, answer(seen('CANCELLATION_ERROR')));
    const deadline = 160 + 7 * DAY;
    story.look(deadline, answer(seen('OK')), scheduled(at(deadline)));
    expect(story.item()).toMatchObject({ status: 'CANCELLATION_ERROR', doubt: expect.anything() });
    expect(story.item().overdueAt).toBeUndefined();
  });

  test('another voucher URL needs a second answer; the first URL needs none; none takes away none', () => {
    const url = (name: string) => ({ vouchers: [`https://vouchers.example.com/${name}.pdf`] });
    const story = new Story();
    story.look(0, answer(seen('OK', { vouchers: [] })));
    story.look(30, answer(seen('OK', url('a'))));
    story.look(60, answer(seen('OK', { vouchers: [] })));
    story.look(120, answer(seen('OK', { vouchers: [] })));
    story.look(180, answer(seen('OK', { vouchers: [] })));
    expect(story.item().vouchers).toEqual(url('a').vouchers);
    story.look(190, answer(seen('OK', url('b'))));
    story.look(250, answer(seen('OK', url('b'))));
    expect(story.item().vouchers).toEqual(url('b').vouchers);
    expect(story.published.filter((type) => type === 'order_item.vouchers_available')).toHaveLength(2);
  });
});

describe('the deadline', () => {
  const paid = () => new Story(newOrder({ paidAt: at(0) }));

  test('overdue once, at the deadline itself', () => {
    const story = paid();
    story.look(0, answer(seen('PENDING')));
    story.look(2 * DAY - 1, answer(seen('PENDING')));
    expect(story.published).toEqual([]);
    story.look(2 * DAY, answer(seen('PENDING')));
    story.look(2 * DAY + 60, answer(seen('PENDING')));
    expect(story.published).toEqual(['order_item.overdue']);
    expect(story.item()).toMatchObject({ overdueAt: at(2 * DAY), dueAt: at(3 * DAY) });
    expect(story.item().nextCheckAt).toBeUndefined();
  });

  test('T5 a first look after the deadline tells at once', () => {
    const story = paid();
    story.look(3 * DAY, answer(seen('PENDING')));
    expect(story.published).toEqual(['order_item.overdue']);
  });

  test('without paidAt an item is given 15 minutes from first sight: PENDING includes unpaid', () => {
    const story = new Story();
    const pending = seen('PENDING', { product: { maxConfirmationTime: 'P0D' } });
    story.look(0, answer(pending));
    story.look(150, answer(pending), scheduled(at(150)));
    expect(story.published).toEqual([]);
    expect(story.item().nextCheckAt).toBe(at(900));
    story.look(900, answer(pending), scheduled(at(900)));
    expect(story.published).toEqual(['order_item.overdue']);
  });

  test('T6 the deadline moves with max_confirmation_time, and a watch that sleeps too long is replaced', () => {
    const story = paid();
    story.look(0, answer(seen('PENDING', { product: { maxConfirmationTime: 'P20D' } })));
    const before = story.item();
    story.look(60, answer(seen('PENDING', { product: { maxConfirmationTime: 'PT30M' } })));
    expect(story.item().confirmBy).toBe(at(1800));
    expect(story.item().attempt).toBe(before.attempt + 1);
    expect((story.item().nextCheckAt ?? '') < (before.nextCheckAt ?? '')).toBe(true);
  });

  test('the payment’s time counts as soon as it is known', () => {
    const story = new Story();
    story.look(0, answer(seen('PENDING')));
    story.with(track({ paidAt: at(-DAY), reference: 'B-1' }));
    story.look(10, answer(seen('PENDING')));
    expect(story.item()).toMatchObject({ openedAt: at(-DAY), confirmBy: at(DAY) });
    expect(story.stored.order).toMatchObject({ paidAt: at(-DAY), reference: 'B-1' });
  });

  test('P1 an item that the answer lacks is never overdue, keeps its state, and blocks settling', () => {
    const story = paid();
    story.look(0, answer(seen('PENDING'), seen('OK', { itemUuid: OTHER_ITEM })));
    const found = story.look(2 * DAY, answer(seen('OK', { itemUuid: OTHER_ITEM })));
    expect(found.unreadable).toBe(1);
    expect(story.item().status).toBe('PENDING');
    expect(story.published).toEqual(['order_item.ok']);
    expect(story.stored.order.settled).toBe(false);
  });

  test('overdue items are looked at daily, weekly after a month, and left after half a year', () => {
    const story = paid();
    story.look(0, answer(seen('PENDING')));
    const overdue = 2 * DAY;
    story.look(overdue, answer(seen('PENDING')));
    story.look(overdue + 31 * DAY, answer(seen('PENDING')));
    expect(story.item().dueAt).toBe(at(overdue + 37 * DAY));
    story.look(overdue + 180 * DAY, answer(seen('PENDING')));
    expect(story.published).toEqual(['order_item.overdue', 'order_item.tracking_ended']);
    expect(story.item().dueAt).toBeUndefined();
  });
});

describe('order.settled', () => {
  const both = (first: string, second: string) => answer(seen(first), seen(second, { itemUuid: OTHER_ITEM }));

  test('comes once, when the last item is final', () => {
    const story = new Story();
    story.look(0, both('OK', 'PENDING'));
    expect(story.published).toEqual(['order_item.ok']);
    const found = story.look(60, both('OK', 'KO'));
    expect(story.published).toEqual(['order_item.ok', 'order_item.ko', 'order.settled']);
    expect((found.settled?.message.data as OrderEventData | undefined)?.items).toEqual([
      { uuid: ITEM, status: 'OK' },
      { uuid: OTHER_ITEM, status: 'KO' },
    ]);
    story.look(120, both('OK', 'KO'));
    expect(story.published).toHaveLength(3);
  });

  test('P8 the order’s own status has no say', () => {
    const story = new Story();
    story.look(0, { ...answer(seen('OK')), status: 'KO' });
    expect(story.published).toEqual(['order_item.ok', 'order.settled']);
  });

  test('E17 comes again with another id when the order was reopened', () => {
    const story = new Story();
    const first = story.look(0, answer(seen('OK')));
    story.look(100, answer(seen('REFUND_STARTED')));
    story.look(160, answer(seen('REFUND_STARTED')));
    const second = story.look(200, answer(seen('REFUNDED')));
    expect([first.settled?.message.id, second.settled?.message.id]).toEqual([
      `${ORDER}/order/1`,
      `${ORDER}/order/2`,
    ]);
  });

  test('F2 an answer without items settles nothing, and the order itself is due', () => {
    const story = new Story();
    story.look(0, answer());
    expect(story.published).toEqual([]);
    expect(story.stored.order).toMatchObject({ due: expect.stringContaining('RESCUE'), dueAt: at(60) });
  });

  test('F8 an item that one answer lacks neither unsettles the order nor settles it again', () => {
    const story = new Story();
    story.look(0, both('OK', 'OK'));
    story.look(60, answer(seen('OK')));
    story.look(120, both('OK', 'OK'));
    expect(story.published.filter((type) => type === 'order.settled')).toHaveLength(1);
  });
});

describe('care', () => {
  const dated = seen('OK', { product: { date: '2026-04-01' } });

  test('E11 a settled order is looked at after a day, a week, and around its activity', () => {
    const story = new Story();
    const looks: (string | undefined)[] = [];
    story.look(0, answer(dated));
    for (let count = 0; count < 6; count++) {
      const { dueAt } = story.stored.order;
      looks.push(dueAt?.slice(0, 10));
      if (dueAt)
        story.look((Date.parse(dueAt) - Date.parse(at(0))) / 1000, answer(dated), { reason: 'care' });
    }
    expect(looks).toEqual(['2026-03-02', '2026-03-08', '2026-03-31', '2026-04-02', '2026-04-08', undefined]);
  });

  test('waits in a lane of its own', () => {
    const story = new Story();
    story.look(0, answer(dated));
    expect(story.stored.order.due).toMatch(/^CARE#\d+$/);
  });
});

describe('watches', () => {
  test('F11 a watch that sleeps is replaced when another look moves its next check earlier', () => {
    const story = new Story(newOrder({ paidAt: at(0) }));
    story.look(0, answer(seen('PENDING')));
    story.look(3600, answer(seen('PENDING')), scheduled(story.item().nextCheckAt ?? ''));
    expect(story.item().attempt).toBe(1);
    story.look(3700, answer(seen('OK', { vouchers: [] })), HINT);
    expect(story.item()).toMatchObject({ attempt: 2, nextCheckAt: at(3730) });
  });

  test('an item’s own watch goes on under the same attempt', () => {
    const story = new Story(newOrder({ paidAt: at(0) }));
    story.look(0, answer(seen('PENDING')));
    story.look(3600, answer(seen('OK', { vouchers: [] })), scheduled(at(3600)));
    expect(story.item()).toMatchObject({ attempt: 1, nextCheckAt: at(3630) });
  });

  test('F12 becoming done leaves nothing due', () => {
    const story = new Story();
    story.look(0, answer(seen('OK', { vouchers: [] })));
    expect(story.item().dueAt).toBe(at(90));
    story.look(86_400, answer(seen('OK', { vouchers: [] })), scheduled(at(86_400)));
    expect(story.item()).not.toHaveProperty('dueAt');
    expect(story.item()).not.toHaveProperty('nextCheckAt');
  });
});

describe('how a status was found', () => {
  test.for([
    [{ reason: 'hint' } as const, [webhook('OK', 2)], 'webhook'],
    [{ reason: 'hint' } as const, [track()], 'track'],
    [{ reason: 'care' } as const, [], 'care'],
    [{ reason: 'rescue' } as const, [webhook('OK', 2)], 'rescue'],
    [{ reason: 'overdue' } as const, [], 'schedule'],
    [scheduled(at(10)), [], 'schedule'],
    [scheduled(at(10)), [webhook('OK', 2)], 'webhook'],
  ] as const)('a look because of %o with %o found it by %s', ([look, hints, foundBy]) => {
    const story = new Story().with(...hints);
    expect(dataIn(story.look(10, answer(seen('OK')), look))?.foundBy).toBe(foundBy);
  });
});

import { expect, test } from 'vitest';
import * as calendar from '../../lambdas/domain/calendar.ts';
import { confirmationDeadline } from '../../lambdas/domain/deadline.ts';
import { plusSeconds } from '../../lambdas/domain/time.ts';
import { SETTINGS } from './fixtures.ts';

const deadline = (openedAt: string, duration: unknown, status = 'PENDING') =>
  confirmationDeadline(status, openedAt, duration, SETTINGS);

const NOON = '2026-01-31T12:00:00.000Z';

test.for(['P0D', 'PT0S', 'P0DT0H0M', 'P0Y', 'PT0H'])('T1 %s is an instant confirmation', (zero) => {
  expect(deadline(NOON, zero)).toEqual({ confirmBy: plusSeconds(NOON, 150), unusable: false });
});

test.for([
  ['PT30M', '2026-01-31T12:30:00.000Z'],
  ['P2D', '2026-02-02T12:00:00.000Z'],
  ['P8DT30M', '2026-02-08T12:30:00.000Z'],
  ['P1W', '2026-02-07T12:00:00.000Z'],
  ['P1M', '2026-02-28T12:00:00.000Z'],
  ['P1DT2H30M', '2026-02-01T14:30:00.000Z'],
  ['PT36H', '2026-02-02T00:00:00.000Z'],
  ['P11M10DT2H30M', '2027-01-10T14:30:00.000Z'],
])('T2 %s is added in UTC, the month end clamped', ([duration, confirmBy]) => {
  expect(deadline(NOON, duration)).toEqual({ confirmBy, unusable: false });
});

test('T2 years, months, days and a time are added in this order; a day has 24 hours, also where a local clock changes', () => {
  const duration = calendar.parseDuration('P1Y2M10DT2H30M');
  expect(duration && calendar.addDuration(NOON, duration)).toBe('2027-04-10T14:30:00.000Z');
  expect(deadline('2026-03-28T12:00:00.000Z', 'P1D').confirmBy).toBe('2026-03-29T12:00:00.000Z');
});

test.for(['', 'P', 'P0.5D', '-P1D', 'P400D', 'P1Y2M10DT2H30M', '2 days', undefined, null, 48, {}])(
  'T3 %o is unusable, so the default applies',
  (unusable) => {
    expect(deadline(NOON, unusable)).toEqual({ confirmBy: plusSeconds(NOON, 172_800), unusable: true });
  },
);

test.for(['REFUND_STARTED', 'CANCELLATION_ERROR'])('%s has the resolution window', (status) => {
  const confirmBy = plusSeconds(NOON, 604_800);
  expect(deadline(NOON, 'PT30M', status)).toEqual({ confirmBy, unusable: false });
});

test('I7 an unknown status has the deadline of PENDING', () => {
  expect(deadline(NOON, 'PT30M', 'ON_HOLD')).toEqual(deadline(NOON, 'PT30M'));
});

test.for([
  ['2018-12-10T13:12:40+0000', '2018-12-10T13:12:40.000Z'],
  ['2018-12-10T13:12:40Z', '2018-12-10T13:12:40.000Z'],
  ['2018-12-10T15:12:40.25+02:00', '2018-12-10T13:12:40.250Z'],
])('T4 %s has one normal form', ([text, instant]) => {
  expect(calendar.parseTimestamp(text)).toBe(instant);
});

test.for(['2018-12-10T13:12:40', 'yesterday', '', 0, null])('T4 %o is no timestamp', (text) => {
  expect(calendar.parseTimestamp(text)).toBeUndefined();
});

test.for([
  ['2027-05-20 10:30', '2027-05-20T10:30:00.000Z'],
  ['2027-05-20', '2027-05-20T00:00:00.000Z'],
  ['2027-05-20T10:30:00+02:00', '2027-05-20T08:30:00.000Z'],
  ['soon', undefined],
  ['+275760-09-13', undefined],
  ['-271821-04-20', undefined],
  ['9999-12-31', undefined],
  ['0001-01-01', undefined],
])('P9 the activity date %s is read as %s, with or without time and offset', ([text, instant]) => {
  expect(calendar.parseActivityDate(text)).toBe(instant);
});

import { describe, expect, test } from 'vitest';
import { instantOf, isTimeZone, wallTimeAt } from '../../../functions/canary/freeze/local-time.ts';

const wall = (text: string): number => Date.parse(`${text}Z`);
const at = (local: string, zone: string): string => new Date(instantOf(wall(local), zone)).toISOString();

test.each([
  ['UTC', true],
  ['Europe/Berlin', true],
  ['America/Argentina/Buenos_Aires', true],
  ['Etc/GMT+5', true],
  ['+01:00', false],
  ['CEST+1', false],
  ['Europe/Atlantis', false],
  ['', false],
  ['../../etc/passwd', false],
  ['__proto__', false],
  [`A${'/a'.repeat(1_000)}`, false],
])('%s is a time zone: %s', (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});

describe('a local time is a moment', () => {
  test.each([
    ['UTC', '2026-06-01T12:00:00', '2026-06-01T12:00:00.000Z'],
    ['Europe/Berlin', '2026-01-15T12:00:00', '2026-01-15T11:00:00.000Z'],
    ['Europe/Berlin', '2026-07-15T12:00:00', '2026-07-15T10:00:00.000Z'],
    ['Asia/Kolkata', '2026-07-15T12:00:00', '2026-07-15T06:30:00.000Z'],
    // Clocks go from 02:00 to 03:00: what is left out counts by the offset before.
    ['Europe/Berlin', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
    ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
    ['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
    // From 03:00 back to 02:00: what comes twice is the first of both.
    ['Europe/Berlin', '2026-10-25T01:59:59', '2026-10-24T23:59:59.000Z'],
    ['Europe/Berlin', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
    // Half an hour.
    ['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00.000Z'],
  ])('%s %s', (zone, local, expected) => {
    expect(at(local, zone)).toBe(expected);
  });

  test('and back again, every hour of a year and in every kind of zone', () => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia', 'UTC']) {
      for (let instant = Date.UTC(2026, 0, 1); instant < Date.UTC(2027, 0, 1); instant += 7 * 3_600_000) {
        const shown = wallTimeAt(instant, zone);
        // The second of two moments with one local time is taken for the first.
        expect([0, 3_600_000]).toContain(instant - instantOf(shown, zone));
      }
    }
  });
});

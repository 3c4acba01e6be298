import { describe, expect, test } from 'vitest';
import type { Freeze } from '../../../functions/canary/freeze/freeze.ts';
import { freezeSentence } from '../../../functions/canary/freeze/freeze-sentence.ts';
import { freezeInForce, inForceAt } from '../../../functions/canary/freeze/in-force.ts';
import { freezeOf } from '../../support/freezes.ts';

type Window = NonNullable<Freeze['spec']['windows']>[number];

const FLEET = { scope: 'Fleet' } as const;
const CLUSTER = { scope: 'Cluster', cluster: 'local' } as const;
const SHOP = { scope: 'Namespace', cluster: 'local', namespace: 'shop' } as const;
const BERLIN = 'Europe/Berlin';
const at = (text: string): number => Date.parse(text);

/** The end of what is in force at a time; `-` where nothing is, `ever` without an end. */
function endAt(windows: readonly Window[] | undefined, now: string, until?: string): string {
  const spec = { ...(windows === undefined ? {} : { windows }), ...(until === undefined ? {} : { until }) };
  const found = inForceAt(freezeOf(FLEET, 'a', spec), at(now));
  if (found === undefined) return '-';
  return found.until === undefined ? 'ever' : new Date(found.until).toISOString().replace('.000', '');
}

describe('without windows', () => {
  test.each([
    [undefined, '2026-12-01T00:00:00Z', 'ever'],
    ['2026-12-24T18:00:00+01:00', '2026-12-24T16:59:59Z', '2026-12-24T17:00:00Z'],
    ['2026-12-24T18:00:00+01:00', '2026-12-24T17:00:00Z', '-'],
  ])('until %s, at %s: %s', (until, now, expected) => {
    expect(endAt(undefined, now, until)).toBe(expected);
  });
});

describe('in windows', () => {
  const night: Window = { start: '2026-01-05T22:00', duration: '8h', timeZone: BERLIN, recurrence: 'FREQ=DAILY' };
  const weekend: Window = {
    start: '2026-01-02T18:00',
    duration: '62h',
    timeZone: BERLIN,
    recurrence: 'FREQ=WEEKLY;BYDAY=FR',
  };
  const twoDays: Window = { ...weekend, start: '2026-01-02T00:00', duration: '3d' };
  const once: Window = { start: '2026-12-24T18:00:30', duration: '90m', timeZone: 'UTC' };

  test.each<[string, Window, string, string]>([
    ['once, before', once, '2026-12-24T18:00:29Z', '-'],
    ['once', once, '2026-12-24T18:00:30Z', '2026-12-24T19:30:30Z'],
    ['once, after', once, '2026-12-24T19:30:30Z', '-'],
    ['once, a year later', once, '2027-12-24T18:30:00Z', '-'],
    ['before the first', night, '2026-01-04T22:30:00Z', '-'],
    ['over midnight', night, '2026-01-06T03:00:00Z', '2026-01-06T05:00:00Z'],
    ['the next evening', night, '2026-01-06T21:00:00Z', '2026-01-07T05:00:00Z'],
    ['by day', night, '2026-01-06T12:00:00Z', '-'],
    ['in summer, by the clock', night, '2026-07-01T20:00:00Z', '2026-07-02T04:00:00Z'],
    ['over the change to summer: time by the clock', night, '2026-03-28T22:00:00Z', '2026-03-29T05:00:00Z'],
    ['over the change to winter', night, '2026-10-24T22:00:00Z', '2026-10-25T04:00:00Z'],
    ['a weekend', weekend, '2026-01-04T12:00:00Z', '2026-01-05T07:00:00Z'],
    ['a weekend, hours by the clock', weekend, '2026-03-29T12:00:00Z', '2026-03-30T07:00:00Z'],
    ['days of the calendar in spring: 71 hours', twoDays, '2026-03-29T12:00:00Z', '2026-03-29T22:00:00Z'],
    ['days of the calendar in autumn: 73 hours', twoDays, '2026-10-25T22:30:00Z', '2026-10-25T23:00:00Z'],
    ['a weekday', weekend, '2026-01-07T12:00:00Z', '-'],
  ])('%s', (_, window, now, expected) => {
    expect(endAt([window], now)).toBe(expected);
  });

  test.each<[string, string, string, string]>([
    ['COUNT counts from the first', 'FREQ=DAILY;COUNT=2', '2026-01-06T23:00:00Z', '2026-01-07T05:00:00Z'],
    ['and ends', 'FREQ=DAILY;COUNT=2', '2026-01-07T23:00:00Z', '-'],
    ['COUNT counts occurrences, not days', 'FREQ=WEEKLY;COUNT=3', '2026-01-19T23:00:00Z', '2026-01-20T05:00:00Z'],
    ['and no more', 'FREQ=WEEKLY;COUNT=3', '2026-01-26T23:00:00Z', '-'],
    ['UNTIL a day, that day too', 'FREQ=DAILY;UNTIL=20260107', '2026-01-08T01:00:00Z', '2026-01-08T05:00:00Z'],
    ['not the day after', 'FREQ=DAILY;UNTIL=20260107', '2026-01-08T23:00:00Z', '-'],
    ['UNTIL a moment', 'FREQ=DAILY;UNTIL=20260107T210000Z', '2026-01-07T23:00:00Z', '2026-01-08T05:00:00Z'],
    ['a second before', 'FREQ=DAILY;UNTIL=20260107T205959Z', '2026-01-07T23:00:00Z', '-'],
  ])('%s', (_, recurrence, now, expected) => {
    expect(endAt([{ ...night, recurrence }], now)).toBe(expected);
  });

  test('the end of the whole ends a window', () => {
    expect(endAt([night], '2026-01-06T22:00:00Z', '2026-01-07T01:00:00Z')).toBe('2026-01-07T01:00:00Z');
    expect(endAt([night], '2026-01-07T22:00:00Z', '2026-01-07T01:00:00Z')).toBe('-');
  });

  test('windows that follow each other are one', () => {
    const day = { ...night, start: '2026-01-06T06:00', duration: '16h', recurrence: 'FREQ=DAILY;COUNT=2' };
    expect(endAt([night, day], '2026-01-05T23:00:00Z')).toBe('2026-01-08T05:00:00Z');
  });

  test('those that never end are told as far as is looked', () => {
    const always = { ...night, duration: '24h' };
    expect(at(endAt([always], '2026-01-06T12:00:00Z'))).toBeGreaterThan(at('2026-02-01T00:00:00Z'));
  });
});

describe('for a namespace', () => {
  const all = [freezeOf(FLEET, 'fleet'), freezeOf(CLUSTER, 'cluster'), freezeOf(SHOP, 'shop')];
  const over = { until: '2026-01-01T00:00:00Z' };
  const now = at('2026-06-01T00:00:00Z');

  test.each<[string, readonly Freeze[], string | undefined, string | undefined]>([
    ['its own', [freezeOf(SHOP, 'shop')], 'shop', 'shop'],
    ['not of another', [freezeOf(SHOP, 'shop')], 'web', undefined],
    ['of the cluster', [freezeOf(CLUSTER, 'cluster')], 'web', 'cluster'],
    ['of the fleet', [freezeOf(FLEET, 'fleet')], 'web', 'fleet'],
    ['none', [], 'shop', undefined],
    ['that are over', [freezeOf(SHOP, 'shop', over)], 'shop', undefined],
    ['beside one that is over', [freezeOf(FLEET, 'old', over), ...all], 'shop', 'fleet'],
    ['of the cluster alone', [freezeOf(SHOP, 'shop')], undefined, undefined],
  ])('%s', (_, freezes, namespace, expected) => {
    expect(freezeInForce(freezes, namespace, now)?.freeze.metadata.name).toBe(expected);
  });

  test('the one that lasts longest', () => {
    const [short, long] = ['2026-06-02T00:00:00Z', '2026-06-03T00:00:00Z'].map((until, i) =>
      freezeOf(SHOP, `f${i}`, { until }),
    ) as [Freeze, Freeze];
    expect(freezeInForce([long, short], 'shop', now)).toEqual({ freeze: long, until: at('2026-06-03T00:00:00Z') });
    expect(freezeInForce([short, long, freezeOf(SHOP, 'ever')], 'shop', now)?.freeze.metadata.name).toBe('ever');
  });

  test.each([
    [freezeOf(FLEET), 'the fleet is frozen until it is deleted (freeze stop): holidays'],
    [freezeOf(CLUSTER), 'Kubernetes cluster local is frozen until it is deleted (freeze stop): holidays'],
    [
      freezeOf(SHOP, 'xmas', { until: '2027-01-02T00:00:00Z' }),
      'namespace shop is frozen until 2027-01-02T00:00:00.000Z (freeze xmas): holidays',
    ],
  ])('and says so: %#', (freeze, sentence) => {
    const found = inForceAt(freeze, now);
    expect(found === undefined ? undefined : freezeSentence(found)).toBe(sentence);
  });
});

test('as many freezes and windows as there may be, which count to their ends, are looked at in time', () => {
  const window = { start: '2020-01-01T00:00', duration: '1h', timeZone: BERLIN, recurrence: 'FREQ=DAILY;COUNT=1000' };
  const windows = Array.from({ length: 20 }, () => window);
  const freezes = Array.from({ length: 150 }, (_, i) => freezeOf(SHOP, `f${i}`, { windows }));
  const began = performance.now();
  expect(freezeInForce(freezes, 'shop', at('2022-08-31T22:30:00Z'))?.until).toBe(at('2022-08-31T23:00:00Z'));
  expect(performance.now() - began).toBeLessThan(2_000);
});

import { describe, expect, test } from 'vitest';
import { parseFreeze } from '../../../functions/canary/freeze/freeze.ts';

const WINDOW = { start: '2026-12-24T18:00', duration: '2d', timeZone: 'Europe/Berlin' };

function faultsOf(spec: unknown, more: object = {}): readonly string[] {
  const parsed = parseFreeze({
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'Freeze',
    metadata: { name: 'xmas' },
    spec,
    ...more,
  });
  return parsed.valid ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
}

const windowed = (window: unknown): object => ({ reason: 'a', windows: [window] });

describe('a freeze', () => {
  test.each<[string, unknown]>([
    ['for a reason', { reason: 'incident 4711: ä 🎄' }],
    ['until a time', { reason: 'a', until: '2026-12-24T18:00:00.5+01:00' }],
    ['in a window', windowed(WINDOW)],
    ['to the second', windowed({ ...WINDOW, start: '2028-02-29T18:00:59', duration: '1d2h3m4s' })],
    ['again and again', windowed({ ...WINDOW, recurrence: 'FREQ=YEARLY' })],
    ['for the longest time', windowed({ ...WINDOW, duration: '744h' })],
    ['in as many windows as there may be', { reason: 'a', windows: Array.from({ length: 20 }, () => WINDOW) }],
    ['counted', windowed({ ...WINDOW, recurrence: 'FREQ=YEARLY;COUNT=10' })],
  ])('%s', (_, spec) => {
    expect(faultsOf(spec)).toEqual([]);
  });

  test('that was read, changed and sent back', () => {
    const metadata = { name: 'xmas', namespace: 'shop', resourceVersion: '17', creationTimestamp: '2026-01-01' };
    const status = { scope: 'Namespace', inForce: true };
    expect(faultsOf({ reason: 'a' }, { metadata, status })).toEqual([]);
  });
});

describe('each fault has its path', () => {
  const duration = /^spec\.windows\[0\]\.duration: must be a time from 1m to 31d/;
  const start = /^spec\.windows\[0\]\.start: must be a local date and time from 2000 to 2099/;
  test.each<[unknown, RegExp]>([
    [undefined, /^spec: is missing$/],
    [{}, /^spec\.reason: is missing$/],
    [{ reason: '' }, /^spec\.reason: must be 1 to 256 printable characters on one line$/],
    [{ reason: 'a\nb' }, /^spec\.reason: /],
    [{ reason: 'a'.repeat(257) }, /^spec\.reason: /],
    [{ reason: 'a', since: 'now' }, /^spec\.since: unknown field/],
    [{ reason: 'a', until: '2026-12-24' }, /^spec\.until: must be a time of RFC 3339/],
    [{ reason: 'a', until: '2026-12-24T18:00:00' }, /^spec\.until: must be/],
    [{ reason: 'a', until: '2026-02-30T18:00:00Z' }, /^spec\.until: must be/],
    [{ reason: 'a', until: '2026-12-24T25:00:00Z' }, /^spec\.until: must be/],
    [{ reason: 'a', until: 5 }, /^spec\.until: must be a time/],
    [{ reason: 'a', windows: [] }, /^spec\.windows: must be a list of 1 to 20 windows/],
    [{ reason: 'a', windows: Array.from({ length: 21 }, () => WINDOW) }, /^spec\.windows: must be a list of 1 to 20/],
    [windowed('now'), /^spec\.windows\[0\]: must be an object$/],
    [windowed({ ...WINDOW, end: '2026' }), /^spec\.windows\[0\]\.end: unknown field/],
    [windowed({ ...WINDOW, start: undefined }), /^spec\.windows\[0\]\.start: is missing$/],
    [windowed({ ...WINDOW, start: '2026-12-24T18:00Z' }), start],
    [windowed({ ...WINDOW, start: '2026-02-30T18:00' }), start],
    [windowed({ ...WINDOW, start: '2026-12-24T24:00' }), start],
    [windowed({ ...WINDOW, start: '1999-12-24T18:00' }), start],
    [windowed({ ...WINDOW, start: '2026-12-24' }), start],
    [windowed({ ...WINDOW, duration: '' }), duration],
    [windowed({ ...WINDOW, duration: '59s' }), duration],
    [windowed({ ...WINDOW, duration: '31d1s' }), duration],
    [windowed({ ...WINDOW, duration: 'PT1H' }), duration],
    [windowed({ ...WINDOW, timeZone: '+01:00' }), /^spec\.windows\[0\]\.timeZone: must be the name of a time zone/],
    [windowed({ ...WINDOW, recurrence: 'FREQ=HOURLY' }), /^spec\.windows\[0\]\.recurrence: FREQ must be one of DAILY/],
    [
      windowed({ ...WINDOW, recurrence: 'FREQ=DAILY;WKST=SU' }),
      /^spec\.windows\[0\]\.recurrence: WKST is not supported/,
    ],
    [windowed({ ...WINDOW, recurrence: `FREQ=${'D'.repeat(300)}` }), /recurrence: must have at most 256 characters$/],
    [
      windowed({ ...WINDOW, recurrence: 'FREQ=WEEKLY;BYDAY=FR' }),
      /^spec\.windows\[0\]\.start: must be the first occurrence of its recurrence/,
    ],
    [windowed({ ...WINDOW, recurrence: 'FREQ=DAILY;UNTIL=20261223' }), /^spec\.windows\[0\]\.start: must be the first/],
    [
      windowed({ ...WINDOW, recurrence: 'FREQ=YEARLY;COUNT=12' }),
      /^spec\.windows\[0\]\.recurrence: COUNT must be reached within 10 years/,
    ],
    [
      { reason: 'a', windows: Array.from({ length: 3 }, () => ({ ...WINDOW, recurrence: 'COUNT=2;FREQ=YEARLY' })) },
      /^spec\.windows: at most 2 windows may have a COUNT; take UNTIL/,
    ],
    [windowed({ ...WINDOW, recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }), /start: must be the first occurrence/],
  ])('%j', (spec, fault) => {
    const faults = faultsOf(spec);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  test.each([
    [{ kind: 'Canary' }, 'kind: must be Freeze'],
    [{ apiVersion: 'v1' }, 'apiVersion: must be outrigger.dev/v1alpha1'],
    [
      { metadata: { name: 'A' } },
      'metadata.name: must be a DNS label: lower-case letters, digits and -, at most 63 characters',
    ],
    [
      { metadata: { labels: {} } },
      'metadata.labels: unknown field; known are name, namespace, resourceVersion, creationTimestamp',
    ],
  ])('%j', (more, fault) => {
    expect(faultsOf({ reason: 'a' }, more)).toEqual([fault]);
  });

  test('all of them', () => {
    expect(faultsOf({ windows: [{ start: 'x', duration: 'x', timeZone: 'x', recurrence: 'x' }] })).toHaveLength(5);
  });
});

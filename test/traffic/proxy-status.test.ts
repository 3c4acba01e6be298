import { describe, expect, test } from 'vitest';
import type { ProxyReport } from '../../functions/canary/proxy-reports.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { proxyReport, REPORT_BYTES_MAX } from '../../functions/traffic/proxies/proxy-report.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { createSeenProxies, type RoutesPoll, type SeenProxies } from '../../functions/traffic/proxies/seen-proxies.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
/** The step that is waited for was written here; refresh 1.25 s, so everyone has polled 2.5 s later. */
const SINCE = NOW - 10_000;
const CART = releaseOf({ weight: 20, version: 7, awaiting: awaitingFor(7, SINCE) });
const AWAITED = new Set(['shop/cart']);
const [OLD, NEW] = [new Map([['shop/cart', '6']]), new Map([['shop/cart', '7']])];

/** A poll of `shop/{pod}`, a second ago. */
function poll(pod: string, more: Partial<RoutesPoll> & { namespace?: string } = {}): RoutesPoll {
  const { namespace = 'shop', ...rest } = more;
  const identity = proxyIdentity({
    cluster: 'local',
    namespace,
    serviceAccount: 'default',
    pod: { name: pod, uid: pod },
  });
  const base = { identity, version: 'v7', current: 'v7', canaries: NEW, sent: undefined, at: NOW - 1_000 };
  return { ...base, ...rest };
}
/** SeenProxies of polls, in their order. */
function seen(...polls: readonly RoutesPoll[]): SeenProxies {
  const seen = createSeenProxies();
  for (const one of polls) seen.note(one);
  return seen;
}
const reportOf = (...polls: readonly RoutesPoll[]): ProxyReport => proxyReport(seen(...polls), AWAITED, NOW);
const describeAll = (...reports: readonly ProxyReport[]) => describeProxies(reports, CART, NOW);
const olderPoll = (pod: string, at = NOW - 20_000): RoutesPoll =>
  poll(pod, { version: 'v6', current: 'v6', canaries: OLD, at });

describe('a report from a clock that is ahead', () => {
  const HOUR = 3_600_000;
  const ahead = (...polls: readonly RoutesPoll[]): ProxyReport => proxyReport(seen(...polls), AWAITED, NOW + HOUR);

  test('does not outlive the others: all proxies count, and what is known is of now', () => {
    const report = ahead(poll('b', { at: NOW + HOUR - 1_000 }));
    expect(describeAll(reportOf(poll('a')), report)).toMatchObject({
      asOf: new Date(NOW).toISOString(),
      seen: 2,
      converged: 2,
    });
  });

  test('is not newer than now: what another environment sees at the same time is not thrown away', () => {
    const stale = ahead(olderPoll('b', NOW + HOUR - 20_000));
    const fresh = reportOf(poll('b'));
    expect(describeAll(stale, fresh)).toMatchObject({ seen: 1, converged: 1, lagging: 0 });
  });
});

describe('who runs what', () => {
  test('those whose version holds the write have converged, all others lag, by name', () => {
    const report = reportOf(
      olderPoll('b'),
      poll('a'),
      poll('b', { version: 'v6', sent: 'v7' }),
      poll('c', { version: 'v5' }),
    );
    expect(describeAll(report)).toMatchObject({
      resourceVersion: '7',
      asOf: new Date(NOW).toISOString(),
      seen: 3,
      converged: 1,
      lagging: 2,
      rejected: 0,
      names: { lagging: ['shop/b', 'shop/c'], rejected: [] },
      confirmed: false,
      sampling: 1,
    });
  });

  test('each by its name, with what it runs, its state and when it polled last; those that do not follow first', () => {
    const rejecting = [1, 2, 3].map(() => poll('d', { version: 'v6', sent: 'v7' }));
    const report = reportOf(
      olderPoll('d'),
      ...rejecting,
      poll('a'),
      poll('c', { version: 'foreign', at: NOW - 2_000 }),
    );
    const web = reportOf(poll('b', { namespace: 'web', at: NOW - 3_000 }));
    const at = (ms: number): string => new Date(NOW - ms).toISOString();
    const [d, c, a, b] = describeAll(report, web).items;
    expect(d).toEqual({
      ...{ name: 'd', namespace: 'shop', resourceVersion: '6', version: 'v6', state: 'rejected', lastPoll: at(1_000) },
    });
    // What no environment served is told by no version.
    expect(c).toMatchObject({ name: 'c', resourceVersion: '0', state: 'lagging', lastPoll: at(2_000) });
    expect(c).not.toHaveProperty('version');
    expect(a).toMatchObject({ name: 'a', namespace: 'shop', resourceVersion: '7', version: 'v7', state: 'converged' });
    expect(b).toMatchObject({ name: 'b', namespace: 'web', state: 'converged', lastPoll: at(3_000) });
  });

  test('one whose token is refused is told so; at most a hundred are told', () => {
    const fleet = seen(...Array.from({ length: 150 }, (_, i) => poll(`pod-${i}`)));
    fleet.noteRefused(poll('pod-140').identity, NOW - 500);
    const { items, seen: all } = describeAll(proxyReport(fleet, AWAITED, NOW));
    expect([all, items.length]).toEqual([150, 100]);
    expect(items[0]).toMatchObject({ name: 'pod-140', state: 'refused' });
    expect(new Set(items.slice(1).map(({ state }) => state))).toEqual(new Set(['converged']));
  });

  test('one that stopped polling before the write lags, by name', () => {
    const report = reportOf(olderPoll('frozen', SINCE - 1_000), poll('a'));
    expect(describeAll(report)).toMatchObject({ converged: 1, lagging: 1, names: { lagging: ['shop/frozen'] } });
  });

  test('a newer write than the awaited one counts too; a canary that is no longer awaited is measured by itself', () => {
    const report = reportOf(poll('a', { canaries: new Map([['shop/cart', '12']]) }));
    expect(describeAll(report)).toMatchObject({ converged: 1, confirmed: true });
    const { status, ...rest } = releaseOf({ version: 12 });
    expect(describeProxies([report], { ...rest, status }, NOW)).toMatchObject({ resourceVersion: '12', converged: 1 });
  });

  test('after a walk back the old version is the new one', () => {
    const back = reportOf(
      olderPoll('a'),
      poll('a', { version: 'v6', sent: 'v7' }),
      poll('a', { version: 'v6', current: 'v6', canaries: new Map([['shop/cart', '8']]) }),
    );
    expect(describeAll(back)).toMatchObject({ converged: 1, rejected: 0 });
  });

  test('a restarted proxy runs nothing, and has rejected nothing', () => {
    const start = poll('a', { version: undefined, sent: 'first' });
    expect(describeAll(reportOf(poll('a'), start, start, start))).toMatchObject({ seen: 1, lagging: 1, rejected: 0 });
  });

  test('of several environments the newest sighting counts', () => {
    const early = {
      ...reportOf(olderPoll('a', NOW - 8_000), poll('a', { version: 'v6', sent: 'v7', at: NOW - 6_000 })),
      writtenAt: NOW,
    };
    const late = reportOf(poll('a', { at: NOW - 2_000 }));
    for (const reports of [
      [early, late],
      [late, early],
    ]) {
      expect(describeAll(...reports)).toMatchObject({ seen: 1, converged: 1, lagging: 0 });
    }
  });

  test('a report about a former canary of the name says nothing of the new one, which begins above it', () => {
    const former = reportOf(...['a', 'b'].map((pod) => poll(pod)));
    const reborn = atVersion(releaseOf(), 9);
    expect(describeProxies([former], reborn, NOW)).toMatchObject({
      resourceVersion: '9',
      seen: 2,
      converged: 0,
      lagging: 2,
      confirmed: false,
    });
  });

  test('a proxy that has not polled for long is gone', () => {
    expect(describeAll(reportOf(olderPoll('gone', NOW - 60_000), poll('a')))).toMatchObject({ seen: 1, converged: 1 });
  });

  test('a proxy that does not see the canary does not count', () => {
    const other = poll('x', { namespace: 'else', canaries: new Map(), version: 'w', current: 'w' });
    expect(describeAll(reportOf(other, poll('a')))).toMatchObject({ seen: 1, converged: 1 });
  });

  test('nobody at all is no confirmation', () => {
    expect(describeAll()).toEqual({
      resourceVersion: '7',
      seen: 0,
      converged: 0,
      lagging: 0,
      rejected: 0,
      refused: 0,
      idle: 0,
      counted: { seen: 0, converged: 0, lagging: 0, rejected: 0, refused: 0 },
      items: [],
      names: { lagging: [], rejected: [] },
      confirmed: false,
      conditions: [
        expect.objectContaining({ type: 'Confirmed', status: 'False', reason: 'NoProxies' }),
        expect.objectContaining({ type: 'NoCountedCallers', status: 'Unknown' }),
      ],
      refusals: 0,
      sampling: 1,
    });
  });
});

describe('a rejection', () => {
  const stays = (times: number): RoutesPoll[] =>
    Array.from({ length: times }, () => poll('a', { version: 'v6', sent: 'v7' }));

  test.each([
    [1, 0, 'it was only now sent the new routes'],
    [2, 0, 'an answer may have been lost'],
    [3, 1, 'twice is no accident'],
    [9, 1, 'and it stays one'],
  ])('after %i polls with the old version: %i, since %s', (times, rejected) => {
    const report = reportOf(olderPoll('a'), ...stays(times));
    expect(describeAll(report)).toMatchObject({ rejected, lagging: 1, confirmed: false });
    expect(describeAll(report).names.rejected).toEqual(rejected === 1 ? ['shop/a'] : []);
  });

  test('of more proxies than have names counts in full', () => {
    const many = Array.from({ length: 150 }, (_, i) => `p${i}`);
    const before = many.map((pod) => olderPoll(pod));
    const refused = many.flatMap((pod) => Array.from({ length: 3 }, () => poll(pod, { version: 'v6', sent: 'v7' })));
    const told = describeAll(reportOf(...before, ...refused));
    expect([told.rejected, told.lagging, told.names.rejected.length]).toEqual([150, 150, 100]);
  });

  test('is not outshone by an environment that knows nothing of it, and ends when the proxy follows', () => {
    const knows = reportOf(olderPoll('a'), ...stays(3));
    const later = reportOf(poll('a', { version: 'v6', current: 'v7', sent: 'v7', at: NOW - 100 }));
    expect(describeAll(knows, later)).toMatchObject({ rejected: 1 });
    expect(describeAll(knows, reportOf(poll('a', { at: NOW - 100 })))).toMatchObject({ rejected: 0, converged: 1 });
  });

  test('stops a confirmation by itself', () => {
    const fine = Array.from({ length: 500 }, (_, i) => poll(`p${i}`));
    expect(describeAll(reportOf(...fine))).toMatchObject({ converged: 500, confirmed: true });
    expect(describeAll(reportOf(...fine, olderPoll('a'), ...stays(3)))).toMatchObject({ seen: 501, confirmed: false });
  });
});

describe('a confirmation that is kept', () => {
  const kept = (resourceVersion: string) => ({
    resourceVersion,
    asOf: '2026-11-22T11:00:00.000Z',
    seen: 40,
    converged: 39,
  });

  test('stands where no report tells more, with the time of its numbers', () => {
    expect(describeProxies([], CART, NOW, kept('7'))).toMatchObject({
      asOf: '2026-11-22T11:00:00.000Z',
      seen: 40,
      converged: 39,
      lagging: 1,
      confirmed: true,
    });
  });

  test('stays one beside newer numbers', () => {
    const report = reportOf(olderPoll('a', NOW - 8_000));
    expect(describeProxies([report], CART, NOW, kept('7'))).toMatchObject({ seen: 1, lagging: 1, confirmed: true });
  });

  test('of another write confirms nothing', () => {
    for (const version of ['6', '8']) {
      expect(describeProxies([], CART, NOW, kept(version))).toMatchObject({ seen: 0, confirmed: false });
    }
  });
});

test('a write whose routes are still to come is told with the time', () => {
  const staged = releaseOf({ version: 7, awaiting: awaitingFor(7, NOW + 5_000) });
  const told = describeProxies([reportOf(poll('a', { canaries: OLD }))], staged, NOW);
  expect(told).toMatchObject({ servedFrom: '2026-11-22T12:00:05.000Z', converged: 0, confirmed: false });
});

describe('a confirmation', () => {
  test.each([
    [99, 1, true],
    [98, 2, false],
    [100, 0, true],
  ])('%i followed, %i lag: %s', (converged, lagging, confirmed) => {
    const polls = [
      ...Array.from({ length: converged }, (_, i) => poll(`c${i}`)),
      ...Array.from({ length: lagging }, (_, i) => poll(`l${i}`, { version: 'v5' })),
    ];
    expect(describeAll(reportOf(...polls))).toMatchObject({ converged, lagging, confirmed });
  });

  test('waits until everyone who lives has polled since the write', () => {
    const [early, late] = [SINCE + 2_000, SINCE + 3_000];
    const at = (now: number): boolean =>
      describeProxies([proxyReport(seen(poll('a', { at: now })), AWAITED, now)], CART, now).confirmed;
    expect([at(early), at(late)]).toEqual([false, true]);
  });
});

describe('the size of a report', () => {
  test('20,000 proxies: a sample by hash that fits, from which the numbers are estimated', () => {
    const polls = Array.from({ length: 20_000 }, (_, i) => poll(`web-${i}`, { version: i % 2 === 0 ? 'v7' : 'v5' }));
    const report = reportOf(...polls);
    expect(JSON.stringify(report).length).toBeLessThanOrEqual(REPORT_BYTES_MAX);
    expect(report.sampling).toBe(2);
    expect(Object.keys(report.names)).toHaveLength(100);
    const { seen: all, converged } = describeAll(report);
    expect(Math.abs(all - 20_000)).toBeLessThan(600);
    expect(Math.abs(converged - 10_000)).toBeLessThan(600);
  });

  test('many canaries in many versions: only those that are waited for', () => {
    const many = new Map(Array.from({ length: 400 }, (_, i) => [`namespace-${i}/service-${i}`, '1']));
    const polls = Array.from({ length: 40 }, (_, i) =>
      poll(`p${i}`, {
        namespace: `n${i}`,
        version: `v${i}`,
        current: `v${i}`,
        canaries: new Map([...many, ['shop/cart', '7']]),
      }),
    );
    const report = reportOf(...polls);
    expect(JSON.stringify(report.versions).length).toBeLessThan(10_000);
    expect(describeAll(report)).toMatchObject({ seen: 40, converged: 40 });
  });
});

import { describe, expect, test } from 'vitest';
import type { ProxyReport } from '../../functions/canary/proxy-reports.ts';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { proxyReport, REPORT_BYTES_MAX } from '../../functions/traffic/proxies/proxy-report.ts';
import { describeProxies, type ProxiesDescription } from '../../functions/traffic/proxies/proxy-status.ts';
import { createSeenProxies, type RoutesPoll } from '../../functions/traffic/proxies/seen-proxies.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const [OLD, NEW] = [new Map([['shop/cart', '6']]), new Map([['shop/cart', '7']])];
const CURRENT = '7777777777777777';

/** What a Pod does: it follows, lags, or refuses what it is sent. */
type Deed = 'follows' | 'lags' | 'rejects';

function polls(namespace: string, pod: string, deed: Deed): RoutesPoll[] {
  const identity = proxyIdentity({
    cluster: 'local',
    namespace,
    serviceAccount: 'default',
    pod: { name: pod, uid: pod },
  });
  const one = { identity, version: CURRENT, current: CURRENT, canaries: NEW, sent: undefined, at: NOW - 1_000 };
  const before = { ...one, version: 'old', current: 'old', canaries: OLD, at: NOW - 9_000 };
  const stays = { ...one, version: 'old', sent: CURRENT };
  if (deed === 'follows') return [one];
  return deed === 'lags' ? [before, stays] : [before, stays, stays, stays];
}

/** The report of one environment that saw `[namespace, deed, how many]`. */
function reportOf(...pods: readonly (readonly [string, Deed, number])[]): ProxyReport {
  const seen = createSeenProxies();
  const all = pods.flatMap(([namespace, deed, count]) =>
    Array.from({ length: count }, (_, i) => polls(namespace, `${deed}-${i}`, deed)).flat(),
  );
  // Those of before first: what a namespace is to run is what its last poll was told.
  for (const poll of all.toSorted((a, b) => a.at - b.at)) seen.note(poll);
  return proxyReport(seen, new Set(['shop/cart']), NOW);
}

function describeFor(exportTo: readonly string[], ...reports: readonly ProxyReport[]): ProxiesDescription {
  const cart = releaseOf({ weight: 20, version: 7, awaiting: awaitingFor(7, NOW - 10_000), spec: { exportTo } });
  return describeProxies(reports, cart, NOW);
}
const conditionOf = ({ conditions }: ProxiesDescription, type: string) => conditions.find((c) => c.type === type);

describe('who counts (13)', () => {
  test.each<[string, readonly string[], [string, Deed, number][], boolean, string]>([
    [
      'a rejection forged by another tenant',
      ['*'],
      [
        ['shop', 'follows', 50],
        ['evil', 'rejects', 1],
      ],
      true,
      'Converged',
    ],
    [
      'a thousand of them',
      ['*'],
      [
        ['shop', 'follows', 50],
        ['evil', 'rejects', 1_000],
      ],
      true,
      'Converged',
    ],
    [
      'one idle Pod of another tenant',
      ['*'],
      [
        ['shop', 'follows', 50],
        ['evil', 'lags', 1],
      ],
      true,
      'Converged',
    ],
    [
      'a thousand that claim to follow',
      ['*'],
      [
        ['shop', 'lags', 1],
        ['evil', 'follows', 1_000],
      ],
      false,
      'Lagging',
    ],
    [
      'one that counts lags, and others reject',
      ['*'],
      [
        ['shop', 'lags', 1],
        ['evil', 'rejects', 3],
      ],
      false,
      'Lagging',
    ],
    [
      'a rejection of its own namespace',
      ['*'],
      [
        ['shop', 'follows', 500],
        ['shop', 'rejects', 1],
      ],
      false,
      'Rejected',
    ],
    [
      'a rejection of a caller that is named',
      ['*', 'web'],
      [
        ['shop', 'follows', 500],
        ['web', 'rejects', 1],
      ],
      false,
      'Rejected',
    ],
    [
      'a caller that lags and is not named',
      ['*', 'web'],
      [
        ['web', 'follows', 1],
        ['api', 'lags', 9],
      ],
      true,
      'Converged',
    ],
    ['nobody counts, and all follow', ['*'], [['web', 'follows', 1]], true, 'Converged'],
    [
      'nobody counts, one of one namespace lags',
      ['*'],
      [
        ['web', 'follows', 50],
        ['web', 'lags', 1],
      ],
      false,
      'Lagging',
    ],
    [
      'nobody counts, one namespace holds it back',
      ['*'],
      [
        ['web', 'follows', 50],
        ['evil', 'rejects', 99],
      ],
      true,
      'Converged',
    ],
    [
      'nobody counts, two do',
      ['*'],
      [
        ['web', 'follows', 9],
        ['a', 'lags', 1],
        ['b', 'rejects', 1],
      ],
      false,
      'Rejected',
    ],
    ['nobody at all', ['*'], [], false, 'NoProxies'],
  ])('%s', (_title, exportTo, pods, confirmed, reason) => {
    const told = describeFor(exportTo, reportOf(...pods));
    expect([told.confirmed, conditionOf(told, 'Confirmed')?.reason]).toEqual([confirmed, reason]);
  });

  test('all are shown, those that count by themselves, and first by name', () => {
    const told = describeFor(['*'], reportOf(['shop', 'follows', 2], ['shop', 'rejects', 1], ['evil', 'rejects', 200]));
    expect(told).toMatchObject({
      seen: 203,
      rejected: 201,
      counted: { seen: 3, converged: 2, lagging: 1, rejected: 1 },
    });
    expect([told.names.rejected[0], told.names.rejected.length]).toEqual(['shop/rejects-0', 100]);
  });

  test('where nobody counts a condition names the callers, a few of them', () => {
    const many = Array.from({ length: 12 }, (_, i): [string, Deed, number] => [`team-${10 + i}`, 'follows', 1 + i]);
    const told = conditionOf(describeFor(['*'], reportOf(...many)), 'NoCountedCallers');
    expect(told).toMatchObject({ status: 'True', reason: 'NotNamed' });
    expect(told?.message).toMatch(/exportTo, e\.g\. \[\*, team-21\]; .* in: team-21, team-20, .* and 2 more$/);
    for (const exportTo of [
      ['*', 'team-10'],
      ['.', 'team-10'],
    ]) {
      const named = conditionOf(describeFor(exportTo, reportOf(...many)), 'NoCountedCallers');
      expect(named).toMatchObject({ status: 'False' });
    }
  });

  test('callers with as many proxies are named in the order of the alphabet', () => {
    const told = describeFor(['*'], reportOf(['web', 'follows', 2], ['api', 'follows', 2], ['job', 'follows', 2]));
    expect(conditionOf(told, 'NoCountedCallers')?.message).toMatch(/ in: api, job, web$/);
  });

  test('one namespace more than are named is told as a number', () => {
    const many = Array.from({ length: 11 }, (_, i): [string, Deed, number] => [`team-${10 + i}`, 'follows', 1]);
    const messageOf = (count: number) =>
      conditionOf(describeFor(['*'], reportOf(...many.slice(0, count))), 'NoCountedCallers')?.message;
    expect(messageOf(10)).toMatch(/, team-19$/);
    expect(messageOf(11)).toMatch(/, team-19 and 1 more$/);
  });

  test('where no proxy has polled lately, the callers are those of the hour, and of those that see it', () => {
    const callersOf = (exportTo: readonly string[]) => {
      const { proxies: _gone, ...report } = reportOf(['web', 'follows', 1], ['api', 'follows', 1]);
      return conditionOf(describeFor(exportTo, { ...report, proxies: {} }), 'NoCountedCallers');
    };
    expect(callersOf(['*'])?.message).toMatch(/ in: api, web$/);
    for (const exportTo of [['*', 'web'], ['job']]) expect(callersOf(exportTo)).toMatchObject({ status: 'Unknown' });
  });

  test('a proxy of an older report whose version is not told lags, and a name stays where a newer report has none', () => {
    const { namespaces: _n, samplings: _s, ...report } = reportOf(['shop', 'lags', 1]);
    const [key = ''] = Object.keys(report.proxies);
    const older: ProxyReport = { ...report, proxies: { [key]: [-1, 1] } };
    for (const reports of [
      [older, { ...older, names: {} }],
      [{ ...older, names: {} }, older],
    ]) {
      const told = describeFor(['.'], ...reports);
      expect(told).toMatchObject({ seen: 1, lagging: 1, names: { lagging: ['shop/lags-0'] } });
    }
  });

  test('reports of older versions, which name no namespace, count as they did; beside newer ones these tell it', () => {
    const {
      namespaces: _n,
      samplings: _s,
      proxies,
      ...rest
    } = reportOf(['evil', 'rejects', 1], ['shop', 'follows', 9]);
    const before = Object.entries(proxies).map(([key, [index, ago, trouble]]) => [
      key,
      trouble === 1 ? [index, ago, 1] : [index, ago],
    ]);
    const older: ProxyReport = { ...rest, proxies: Object.fromEntries(before) };
    expect(describeFor(['*'], older)).toMatchObject({ seen: 10, counted: { seen: 10, rejected: 1 }, confirmed: false });
    const newer = reportOf(['evil', 'rejects', 1], ['shop', 'follows', 9]);
    for (const reports of [
      [older, newer],
      [newer, older],
    ]) {
      expect(describeFor(['*'], ...reports)).toMatchObject({
        seen: 10,
        counted: { seen: 9, rejected: 0 },
        confirmed: true,
      });
    }
  });
});

describe('a report fits into an item, whatever proxies do (13)', () => {
  const bytesOf = (report: ProxyReport): number => Buffer.byteLength(JSON.stringify(report));

  test('thousands of versions that nobody was sent are one', () => {
    const seen = createSeenProxies();
    const many = new Map([...Array.from({ length: 400 }, (_, i): [string, string] => [`n-${i}/s-${i}`, '1']), ...NEW]);
    for (let i = 0; i < 3_000; i++) {
      const [poll] = polls('evil', `p${i}`, 'follows');
      if (poll !== undefined) seen.note({ ...poll, canaries: many, version: i.toString(16).padStart(16, '0') });
    }
    const report = proxyReport(seen, new Set(many.keys()), NOW);
    expect([report.versions.length, bytesOf(report) <= REPORT_BYTES_MAX]).toEqual([1, true]);
    expect(describeFor(['*'], report)).toMatchObject({ seen: 3_000, converged: 0 });
  });

  test('a flood of one tenant thins its own proxies, and none of the others', () => {
    const report = reportOf(['evil', 'follows', 25_000], ['shop', 'follows', 40], ['shop', 'lags', 10]);
    expect(bytesOf(report)).toBeLessThanOrEqual(REPORT_BYTES_MAX);
    const told = describeFor(['*'], report);
    expect(told.counted).toEqual({ seen: 50, converged: 40, lagging: 10, rejected: 0, refused: 0 });
    expect(told.names.lagging).toContain('shop/lags-9');
    expect([told.sampling, Math.abs(told.seen - 25_050) < 1_500]).toEqual([2, true]);
  });

  test('long names of namespaces and Pods, hundreds of canaries that are waited for, and 2,000 namespaces', () => {
    const seen = createSeenProxies();
    const long = '€'.repeat(250);
    for (let i = 0; i < 2_000; i++) {
      const namespace = `${'n'.repeat(58)}${i}`;
      const canaries = new Map(Array.from({ length: 80 }, (_, n) => [`${namespace}/service-${n}`, '1']));
      for (let pod = 0; pod < 2; pod++) {
        const [before, poll] = polls(namespace, `${long}${pod}`, 'lags');
        for (const one of [before, poll]) if (one !== undefined) seen.note({ ...one, canaries });
      }
    }
    const awaited = new Set(Array.from({ length: 80 }, (_, n) => `${'n'.repeat(58)}7/service-${n}`));
    const report = proxyReport(seen, awaited, NOW);
    expect(bytesOf(report)).toBeLessThanOrEqual(REPORT_BYTES_MAX);
    expect(Object.keys(report.proxies).length).toBeGreaterThan(1_000);
  });
});

import { expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { proxyReport } from '../../functions/traffic/proxies/proxy-report.ts';
import { createSeenProxies } from '../../functions/traffic/proxies/seen-proxies.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');

/** The report of proxies that lag, one poll each, so long ago. */
function reportOf(pods: readonly string[], agoMs = 1_000) {
  const seen = createSeenProxies();
  for (const name of pods) {
    const identity = proxyIdentity({
      cluster: 'local',
      namespace: 'shop',
      serviceAccount: 'default',
      pod: { name, uid: name },
    });
    const poll = { identity, version: 'v6', current: 'v7', canaries: new Map(), sent: undefined, at: NOW - agoMs };
    seen.note(poll);
  }
  return proxyReport(seen, new Set(), NOW);
}
const podsOf = (length: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `pod-${i}-`.padEnd(length, 'x'));

test('a hundred names of proxies that lag are told, where they take 20,000 bytes or less', () => {
  const [key = ''] = Object.keys(reportOf(['a']).names);
  // 20,000 bytes for a hundred: each has its key, `"shop/POD"`, and 4 bytes for signs.
  const fits = 200 - key.length - '"shop/"'.length - 4;
  expect(Object.keys(reportOf(podsOf(20, 101)).names)).toHaveLength(100);
  expect(Object.keys(reportOf(podsOf(fits, 100)).names)).toHaveLength(100);
  expect(Object.keys(reportOf([...podsOf(fits, 99), ...podsOf(fits + 1, 100).slice(99)]).names)).toHaveLength(99);
});

test('a proxy is told of until it has not been seen for five minutes, in whole seconds', () => {
  const secondsOf = (agoMs: number) => Object.values(reportOf(['a'], agoMs).proxies).map(([, seconds]) => seconds);
  expect(secondsOf(1_600)).toEqual([2]);
  expect(secondsOf(-5_000)).toEqual([0]);
  expect(secondsOf(5 * 60_000 - 1)).toEqual([300]);
  expect(secondsOf(5 * 60_000 + 1)).toEqual([]);
});

test('a report of no proxy has every field', () => {
  const empty = { writtenAt: NOW, proxies: {}, names: {}, sampling: 1, namespaces: [], samplings: [] };
  expect(reportOf([])).toMatchObject(empty);
});

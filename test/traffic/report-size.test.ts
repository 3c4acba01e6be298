import { describe, expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { proxyReport, REPORT_BYTES_MAX } from '../../functions/traffic/proxies/proxy-report.ts';
import { createSeenProxies } from '../../functions/traffic/proxies/seen-proxies.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
/** What the versions may take, each with a comma: one alone has two brackets in its place. */
const TABLE_BYTES_MAX = 150_000;

/** The report of so many proxies of `shop`, which run one version with a canary whose name has so many characters. */
function reportOf(proxies: number, characters: number, namespaces: readonly string[] = ['shop']) {
  const seen = createSeenProxies();
  const canaries = new Map([['x'.repeat(characters), '1']]);
  for (const namespace of namespaces) {
    for (let i = 0; i < proxies; i++) {
      const pod = { name: `p${i}`, uid: `${i}` };
      const identity = proxyIdentity({ cluster: 'local', namespace, serviceAccount: 'default', pod });
      seen.note({ identity, version: 'v7', current: 'v7', canaries, sent: undefined, at: NOW - 1_000 });
    }
  }
  return proxyReport(seen, new Set(), NOW);
}
/** Characters of a canary's name with which the table has so many bytes. */
const charactersFor = (tableBytes: number) => tableBytes - JSON.stringify(reportOf(1, 0).versions).length;

test('a table of versions that fits is whole; with one byte more it has the canaries that are waited for, here none', () => {
  const fits = charactersFor(TABLE_BYTES_MAX + 1);
  const canariesIn = (characters: number) =>
    reportOf(1, characters).versions.map((one) => Object.keys(one.canaries).length);
  expect([canariesIn(fits), canariesIn(fits + 1)]).toEqual([[1], [0]]);
});

describe('a report is a sample once its parts need more than the room that they have', () => {
  const PROXIES = 10_000;
  // `"KEY":[0,1,0,0],`
  const proxyBytes = PROXIES * (12 + '0,1,0,0'.length + 6);
  // 500 for the frame and 20,000 for names, and the name of each namespace with its sampling: 3 and 16 bytes besides.
  const room = (...namespaces: readonly string[]) =>
    REPORT_BYTES_MAX - 500 - 20_000 - namespaces.reduce((sum, name) => sum + name.length + 3 + 16, 0);

  test('of one namespace', () => {
    const fits = charactersFor(room('shop') - proxyBytes);
    const [whole, sample] = [reportOf(PROXIES, fits), reportOf(PROXIES, fits + 1)];
    expect([whole.sampling, whole.samplings, sample.sampling, sample.samplings]).toEqual([1, [1], 2, [2]]);
    expect(JSON.stringify(whole).length).toBeLessThanOrEqual(REPORT_BYTES_MAX);
  });

  test('of two, in their order', () => {
    const fits = charactersFor(room('shop', 'web') - proxyBytes);
    const [whole, sample] = [fits, fits + 1].map((characters) => reportOf(PROXIES / 2, characters, ['shop', 'web']));
    expect([whole?.namespaces, whole?.samplings]).toEqual([
      ['shop', 'web'],
      [1, 1],
    ]);
    expect([sample?.namespaces, sample?.samplings, sample?.sampling]).toEqual([['shop', 'web'], [2, 1], 2]);
  });
});

import { describe, expect, test } from 'vitest';
import type { Canary } from '../../../functions/canary/canary.ts';
import { describeEvidence } from '../../../functions/traffic/evidence/describe-evidence.ts';
import { REPORT_BYTES_MAX } from '../../../functions/traffic/proxies/proxy-report.ts';
import {
  CART,
  type Caller,
  EVIDENCE_START,
  type EvidenceFleet,
  openEvidenceFleet,
} from '../../support/evidence-fleet.ts';
import { awaitingFor, releaseOf, targetFor } from '../../support/releases.ts';

const WEB: Caller = { pod: 'web-1' };
const EVIL: Caller = { namespace: 'evil', pod: 'web-1' };

/** A report of so many responses of the canary. */
function reportOf(fleet: EvidenceFleet, responses: number, more: object = {}): object {
  const counts = {
    [`${CART}|canary.upstream_rq_completed`]: responses,
    [`${CART}|canary-only.upstream_rq_total`]: responses,
  };
  return { seq: fleet.now, version: fleet.version(), counts, ...more };
}
/** Polls once a second until all that was counted is written. */
async function settle(fleet: EvidenceFleet, caller = WEB): Promise<void> {
  for (let i = 0; i < 6; i++) {
    fleet.now += 1_000;
    await fleet.poll(0, caller, { figures: [] });
  }
}
const responsesOf = (fleet: EvidenceFleet, id?: string): number =>
  fleet.evidence(id).windows.reduce((sum, { tracks }) => sum + tracks.canary.responses, 0);
function moving(environments = 1): EvidenceFleet {
  const fleet = openEvidenceFleet(environments);
  fleet.serve(releaseOf({ weight: 20, version: 7 }));
  return fleet;
}

describe('what is asked for', () => {
  const asked = async (...canaries: readonly Canary[]): Promise<unknown> => {
    const fleet = openEvidenceFleet(1);
    fleet.serve(...canaries);
    return await fleet.poll(0, WEB);
  };

  test('at rest the hosts alone, off rest the figures too', async () => {
    expect(await asked(releaseOf({ atRest: true }))).toEqual({ 'x-outrigger-hosts': CART });
    expect(await asked(releaseOf({ weight: 0 }))).toEqual({ 'x-outrigger-hosts': CART, 'x-outrigger-figures': CART });
  });

  test('figures at rest as long as a write is awaited', async () => {
    const fleet = openEvidenceFleet(1);
    fleet.serve(releaseOf({ atRest: true, awaiting: awaitingFor(1, EVIDENCE_START) }));
    expect(await fleet.poll(0, WEB)).toHaveProperty('x-outrigger-figures');
    fleet.now += 40_000;
    expect(await fleet.poll(0, WEB)).not.toHaveProperty('x-outrigger-figures');
  });

  test('nothing where no canary is seen, nor of Envoy clusters that have no name of their own yet', async () => {
    expect(await asked()).toEqual({});
    expect(await asked(releaseOf({ namespace: 'pay', spec: { exportTo: ['.'] } }))).toEqual({});
    const later = new Date(EVIDENCE_START + 1_000).toISOString();
    expect(await asked(releaseOf({ targets: [targetFor({}, { fallbackFrom: later })] }))).toEqual({});
  });

  test('figures of eight, those first that the proxy counts for; hosts of twenty at a time, in turn', async () => {
    const fleet = openEvidenceFleet(1);
    const others = Array.from({ length: 30 }, (_, i) =>
      releaseOf({ namespace: 'pay', service: `s${i}`, version: i + 2 }),
    );
    fleet.serve(...others, releaseOf());
    const figures = (await fleet.poll(0, WEB))['x-outrigger-figures']?.split(' ');
    expect([figures?.length, figures?.[0], figures?.[1]]).toEqual([8, CART, 'pay/s29/8080/r1']);
    const seen = new Set<string>();
    for (let turn = 0; turn < 2; turn++) {
      const hosts = (await fleet.poll(0, WEB))['x-outrigger-hosts']?.split(' ') ?? [];
      expect(hosts.length).toBeLessThanOrEqual(20);
      for (const host of hosts) seen.add(host);
      fleet.now += 60_000;
    }
    expect(seen.size).toBe(31);
  });
});

describe('each report is summed once', () => {
  test('a replay to the same environment, and to another one as one that was sent before', async () => {
    const fleet = moving(2);
    const figures = [reportOf(fleet, 10)];
    await fleet.poll(0, WEB, { figures });
    await fleet.poll(0, WEB, { figures });
    await fleet.poll(1, WEB, { figures: [{ ...figures[0], again: 1 }] });
    await settle(fleet);
    fleet.now += 3_000;
    await fleet.poll(1, WEB, { figures: [] });
    expect(responsesOf(fleet)).toBe(10);
  });

  test('one that was sent before and that no environment summed counts, of whichever environment it reaches', async () => {
    const fleet = moving(2);
    await fleet.poll(1, WEB, { figures: [reportOf(fleet, 10, { again: 1 })] });
    await fleet.poll(1, WEB, { figures: [reportOf(fleet, 10, { again: 1 })] });
    await settle(fleet);
    expect(responsesOf(fleet)).toBe(10);
  });

  test('one that was sent before the span that is told counts for no proxy in it', async () => {
    const fleet = moving(2);
    await fleet.poll(1, WEB, { figures: [reportOf(fleet, 10, { again: 1 })] });
    await settle(fleet);
    const [from, to] = [EVIDENCE_START + 60_000, EVIDENCE_START + 600_000];
    expect(fleet.evidence().proxies.items).toHaveLength(1);
    expect(describeEvidence(fleet.rows(), { from, to }, to).proxies.items).toEqual([]);
  });

  test('one that was sent before, long ago, is refused: whether it was summed cannot be told any more', async () => {
    const fleet = moving();
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 10, { again: 1, seq: fleet.now - 3_600_000 })] });
    await settle(fleet);
    expect([responsesOf(fleet), fleet.refused]).toEqual([0, [1]]);
  });

  test('an Envoy that restarts begins with higher numbers', async () => {
    const fleet = moving();
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 10)] });
    fleet.now += 30;
    await fleet.poll(0, WEB, { figures: [] });
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 5)] });
    await settle(fleet);
    expect(responsesOf(fleet)).toBe(15);
  });

  test('an environment that is killed takes at most what it has not written with it', async () => {
    const fleet = moving(3);
    let lost = 0;
    for (let second = 0; second < 30; second++) {
      fleet.now += 1_000;
      await fleet.poll(second % 3, WEB, { figures: [reportOf(fleet, 10)] });
      if (second === 20) {
        const before = fleet
          .rows()
          .reduce((sum, row) => sum + row.windows.reduce((n, [, , , [sums]]) => n + (sums[0] ?? 0), 0), 0);
        lost = 10 * (second + 1) - before;
        fleet.kill(2);
      }
    }
    await settle(fleet);
    for (const environment of [1, 2]) await fleet.poll(environment, WEB, { figures: [] });
    expect(responsesOf(fleet)).toBeGreaterThanOrEqual(300 - lost);
    expect(300 - responsesOf(fleet)).toBeLessThanOrEqual(30);
  });
});

describe('to which step a report belongs', () => {
  test('that of the version in force, whatever is served now', async () => {
    const fleet = moving();
    await fleet.poll(0, WEB, { figures: [] });
    const before = reportOf(fleet, 10);
    fleet.serve(releaseOf({ weight: 50, version: 8 }));
    fleet.now += 500;
    await fleet.poll(0, WEB, { figures: [before, reportOf(fleet, 4)] });
    await settle(fleet);
    const { windows } = fleet.evidence();
    expect(
      windows.map(({ resourceVersion, weights, tracks }) => [resourceVersion, weights.canary, tracks.canary.responses]),
    ).toEqual([
      ['8', 50, 4],
      ['7', 20, 10],
    ]);
  });

  test('an environment that never served it leaves it to one that did', async () => {
    const fleet = moving(2);
    await fleet.poll(0, WEB, { figures: [] });
    const before = reportOf(fleet, 10);
    fleet.serve(releaseOf({ weight: 50, version: 8 }));
    await fleet.poll(1, WEB, { figures: [before] });
    await settle(fleet);
    expect(fleet.evidence().windows).toMatchObject([{ resourceVersion: '7', tracks: { canary: { responses: 10 } } }]);
  });

  test('a version that was never served counts nowhere', async () => {
    const fleet = moving();
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 10, { version: 'f'.repeat(16) })] });
    await settle(fleet);
    expect(responsesOf(fleet)).toBe(0);
  });
});

describe('windows', () => {
  test('are of five seconds by arrival, and told once they are closed', async () => {
    const fleet = moving();
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 1)] });
    fleet.now += 5_000;
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 2)] });
    const { windows } = fleet.evidence();
    expect(windows.map(({ from, to }) => [from.slice(17, 19), to.slice(17, 19)])).toEqual([
      ['05', '10'],
      ['00', '05'],
    ]);
  });

  test('what is not written before its window closes is late', async () => {
    const fleet = moving();
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 1)] });
    fleet.now += 1_000;
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 2)] });
    fleet.now += 20_000;
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 4)] });
    const { windows, proxies } = fleet.evidence();
    expect(windows.map(({ tracks }) => tracks.canary.responses)).toEqual([4, 1]);
    expect(proxies.late).toBe(1);
  });

  test('an environment writes at most every three seconds, and again what could not be written', async () => {
    const fleet = moving();
    fleet.store.trouble = async () => Promise.reject(new Error('throttled'));
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 1)] });
    expect([fleet.failures.length, fleet.rows().length]).toEqual([1, 0]);
    fleet.store.trouble = undefined;
    fleet.now += 2_000;
    await fleet.poll(0, WEB, { figures: [] });
    expect(fleet.rows().length).toBe(0);
    fleet.now += 1_000;
    await fleet.poll(0, WEB, { figures: [] });
    expect(responsesOf(fleet)).toBe(1);
  });

  test('hosts that change are written every three seconds at most, those that stay once a minute', async () => {
    const fleet = openEvidenceFleet(1);
    fleet.serve(releaseOf({ atRest: true }));
    let writes = 0;
    fleet.store.trouble = async () => void writes++;
    const found = async (healthy: number, afterMs: number): Promise<number> => {
      fleet.now += afterMs;
      const counts = (track: string) => ({ [`${CART}|${track}.healthy`]: healthy, [`${CART}|${track}.total`]: 4 });
      await fleet.poll(0, WEB, { hosts: { ...counts('stable-only'), ...counts('canary-only') } });
      return writes;
    };
    expect([await found(1, 0), await found(2, 0), await found(3, 2_999), await found(3, 1)]).toEqual([1, 1, 1, 2]);
    expect([await found(3, 59_999), await found(3, 1), await found(4, 3_000)]).toEqual([2, 3, 4]);
  });

  test('at rest nothing is written but hosts', async () => {
    const fleet = openEvidenceFleet(1);
    fleet.serve(releaseOf({ atRest: true }));
    const hosts = {
      [`${CART}|stable-only.healthy`]: 2,
      [`${CART}|stable-only.total`]: 2,
      [`${CART}|canary-only.healthy`]: 0,
      [`${CART}|canary-only.total`]: 0,
    };
    await fleet.poll(0, WEB, { hosts });
    expect([fleet.rows().length, fleet.store.hosts.size]).toEqual([0, 1]);
    expect([...fleet.store.hosts.values()]).toMatchObject([
      { targets: [[CART, [[expect.any(String), 1, 0, 2, 2, 0, 0]]]] },
    ]);
  });
});

describe('a Pod of another namespace', () => {
  test('informs and is no evidence; its repeats are not even kept', async () => {
    const fleet = moving();
    await fleet.poll(0, EVIL, { figures: [reportOf(fleet, 1e9, { version: fleet.version('evil') })] });
    fleet.now += 10;
    await fleet.poll(0, EVIL, { figures: [reportOf(fleet, 1e9, { version: fleet.version('evil'), again: 1 })] });
    await fleet.poll(0, WEB, { figures: [reportOf(fleet, 3)] });
    await settle(fleet);
    const { windows, proxies } = fleet.evidence();
    expect(windows.map(({ tracks }) => tracks.canary.responses)).toEqual([3]);
    expect(proxies).toMatchObject({ reporting: 1, silent: 0 });
    expect(proxies.items.map(({ namespace, counts, tracks }) => [namespace, counts, tracks.canary.responses])).toEqual([
      ['shop', true, 3],
      ['evil', false, 1e9],
    ]);
  });

  test('that exportTo names is evidence', async () => {
    const fleet = openEvidenceFleet(1);
    fleet.serve(releaseOf({ weight: 20, version: 7, spec: { exportTo: ['*', 'evil'] } }));
    await fleet.poll(0, EVIL, { figures: [reportOf(fleet, 6, { version: fleet.version('evil') })] });
    await settle(fleet, EVIL);
    expect(responsesOf(fleet)).toBe(6);
  });

  test('says nothing of a canary that it does not see', async () => {
    const fleet = openEvidenceFleet(1);
    fleet.serve(releaseOf({ weight: 20, version: 7, spec: { exportTo: ['.'] } }));
    await fleet.poll(0, EVIL, { figures: [reportOf(fleet, 6, { version: fleet.version('shop') })] });
    await settle(fleet, EVIL);
    expect(fleet.rows()).toEqual([]);
  });

  test('with thousands of Pods takes neither room nor memory of others', async () => {
    const fleet = moving(1);
    const figures = [reportOf(fleet, 10)];
    const forged = [reportOf(fleet, 1e9, { version: fleet.version('evil') })];
    await fleet.poll(0, WEB, { figures });
    for (let i = 0; i < 3_000; i++) await fleet.poll(0, { namespace: 'evil', pod: `p${i}` }, { figures: forged });
    await fleet.poll(0, WEB, { figures });
    await settle(fleet);
    const { windows, proxies } = fleet.evidence();
    expect(windows.map(({ tracks }) => tracks.canary.responses)).toEqual([10]);
    expect(proxies.items.filter(({ counts }) => counts)).toMatchObject([{ namespace: 'shop', name: 'web-1' }]);
  });
});

describe('a row fits into an item', () => {
  test('whatever the proxies that count send', async () => {
    const fleet = moving(1);
    const times = (i: number): string => Array.from({ length: 500 }, (_, n) => `${n * 1_000 + i}:123456789`).join(' ');
    for (let i = 0; i < 260; i++) {
      fleet.now += 60;
      const counts = {
        [`${CART}|canary.upstream_rq_completed`]: 123_456_789,
        [`${CART}|canary.upstream_rq_time`]: times(i),
      };
      const figures = [0, 1].map((again) => ({ seq: fleet.now + again, version: fleet.version(), counts, again }));
      await fleet.poll(0, { pod: `a-pod-with-a-very-long-name-${i}` }, { figures: figures.slice(0, 1) });
      await fleet.poll(0, { pod: `a-pod-with-a-very-long-name-${i}` }, { figures: figures.slice(1) });
    }
    await settle(fleet);
    for (const row of fleet.rows()) expect(Buffer.byteLength(JSON.stringify(row))).toBeLessThan(REPORT_BYTES_MAX);
    expect(responsesOf(fleet)).toBeGreaterThanOrEqual(260 * 123_456_789);
    // More than 200: 256 groups by hash.
    const { items } = fleet.evidence().proxies;
    expect(items.every(({ name, namespace }) => /^B[0-9a-f]{2}$/.test(name) && namespace === undefined)).toBe(true);
    expect(items.reduce((sum, { tracks }) => sum + tracks.canary.responses, 0)).toBe(responsesOf(fleet));
  });
});

test('who is asked and does not report is silent', async () => {
  const fleet = moving();
  await fleet.poll(0, WEB);
  await fleet.poll(0, { pod: 'web-2' }, { figures: [] });
  await fleet.poll(0, EVIL);
  fleet.now += 3_000;
  await fleet.poll(0, WEB);
  const { reporting, silent } = fleet.evidence().proxies;
  expect({ reporting, silent }).toEqual({ reporting: 1, silent: 1 });
});

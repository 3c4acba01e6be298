import { expect, test } from 'vitest';
import { NO_LIMITS } from '../../../functions/traffic/evidence/sums/evidence-limits.ts';
import { addReport, noEvidence, type Step } from '../../../functions/traffic/evidence/sums/evidence-sums.ts';
import { NO_SUMS } from '../../../functions/traffic/evidence/sums/track-sums.ts';

const WEIGHTS = { stable: 90, canary: 10 };
const LATENCY = new Map([[4, 1]]);
const TRACKS = { stable: { ...NO_SUMS, responses: 1, latency: LATENCY }, canary: NO_SUMS };

/** What is summed of one proxy that reports under these steps, one response each. */
function sumsUnder(...steps: readonly Step[]): readonly number[] {
  const sums = noEvidence(NO_LIMITS);
  const report = { key: 'aaaaaaaaaaaa', namespace: 'shop', pod: 'web', isCounted: true, from: 0, number: 'abcdef' };
  for (const step of steps) addReport(sums, { ...report, step, tracks: TRACKS });
  expect([...sums.windows.values()].reduce((sum, { tracks }) => sum + (tracks.stable.latency.get(4) ?? 0), 0)).toBe(
    steps.length,
  );
  expect(LATENCY.get(4)).toBe(1);
  const held = [...(sums.counted.proxies.get(report.key)?.values() ?? [])];
  expect(held.every(({ tracks }) => tracks.stable.latency.size === 0)).toBe(true);
  return held.map(({ tracks }) => tracks.stable.responses);
}

test('a proxy is summed by what its routes held of the canary, in whichever namespace and version', () => {
  const step = { namespace: 'shop', version: 'a', resourceVersion: '7', weights: WEIGHTS };
  expect(sumsUnder(step, { ...step, version: 'b' }, { ...step, namespace: 'team' })).toEqual([3]);
  expect(sumsUnder(step, { ...step, resourceVersion: '8' })).toEqual([1, 1]);
  expect(sumsUnder(step, { ...step, weights: { stable: 100, canary: 0 } })).toEqual([1, 1]);
});

test('under versions that are not known here, by namespace and version', () => {
  const step = { namespace: 'shop', version: 'a', resourceVersion: undefined, weights: { stable: 0, canary: 0 } };
  expect(sumsUnder(step, step, { ...step, version: 'b' }, { ...step, namespace: 'team' })).toEqual([2, 1, 1]);
});

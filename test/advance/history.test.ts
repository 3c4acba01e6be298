import { describe, expect, test } from 'vitest';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import type { AuditEntry } from '../../functions/canary/store.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { retryRelease } from '../../functions/releases/retry-release.ts';
import { setReleaseWeights } from '../../functions/releases/set-release-weights.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import { type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { share } from '../support/use-cases.ts';

const TIMES = { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } };
const SHORT = { steps: [{ setWeight: 10 }, { setWeight: 50 }], analysis: TIMES };

/** Oldest first, from the start on. */
async function historyOf({ store, use }: ReleaseSimulator): Promise<readonly AuditEntry[]> {
  const entries = await store.listAudit(use.call().key, 100, AbortSignal.timeout(10_000));
  return entries.toReversed().slice(2);
}
const leftBy = async (release: ReleaseSimulator) =>
  (await historyOf(release)).map(({ verb, release: left }) => [verb, left?.attempt, left?.step, left?.state]);
const stateIs = (state: string) => (canary: Parameters<typeof runningRelease>[0]) =>
  runningRelease(canary)?.state === state;

describe('the history says where each change leaves the release', () => {
  test('from its start to its promotion', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    await release.until(stateIs('WaitingPromotion'));
    await steerRelease(release.use.call(), 'promote');
    expect(await leftBy(release)).toEqual([
      ['start', 1, -1, 'Baseline'],
      ['step', 1, 0, 'Progressing'],
      ['step', 1, 1, 'Progressing'],
      ['step', 1, 2, 'Baking'],
      ['step', 1, 3, 'WaitingPromotion'],
      ['promote', 1, 3, 'Promoted'],
    ]);
  });

  test('an abort by hand ends it; the retry is another attempt; undo ends that', async () => {
    const release = await simulateRelease(SHORT);
    await abortRelease(release.use.call(), 'enough');
    await retryRelease(release.use.call(), { reason: 'fixed' });
    await steerRelease(release.use.call(), 'pause');
    await steerRelease(release.use.call(), 'undo');
    expect(await leftBy(release)).toEqual([
      ['start', 1, -1, 'Baseline'],
      ['abort', 1, -1, 'Aborted'],
      ['retry', 2, -1, 'Baseline'],
      ['pause', 2, -1, 'Paused'],
      ['undo', 2, -1, 'Undone'],
    ]);
  });

  test('a weight that is set by hand, which pauses it', async () => {
    const release = await simulateRelease(SHORT);
    await setReleaseWeights(release.use.call(), share(30));
    const last = (await historyOf(release)).at(-1);
    expect(last).toMatchObject({ verb: 'setWeights', to: { canary: 30 }, release: { attempt: 1, state: 'Paused' } });
    expect(last?.release).not.toHaveProperty('waitsForPerson');
  });

  test('a weight that functions of before releases have set, and why the release pauses at it', async () => {
    const release = await simulateRelease(SHORT);
    const canary = await release.canary();
    const { resourceVersion } = canary.metadata;
    const other = { ...canary, status: { ...canary.status, weights: { stable: 70, canary: 30 } } };
    const made = atVersion(other, Number(resourceVersion) + 1);
    await release.store.update('local', resourceVersion, made, { audit: auditOf(made) }, AbortSignal.timeout(5_000));
    await release.until(stateIs('Paused'), 5);
    expect((await historyOf(release)).at(-1)).toMatchObject({
      verb: 'step',
      verdict: 'WeightSetByHand',
      reason: 'its weight was set by hand',
      release: { state: 'Paused' },
    });
  });

  test('where a release is over, nothing of it', async () => {
    const release = await simulateRelease(SHORT);
    await steerRelease(release.use.call(), 'undo');
    await setReleaseWeights(release.use.call(), share(20));
    expect((await historyOf(release)).at(-1)).toMatchObject({ verb: 'setWeights', to: { canary: 20 } });
    expect((await historyOf(release)).at(-1)).not.toHaveProperty('release');
  });

  test.each([
    ['without an end', {}, true],
    ['of ten minutes', { duration: '10m' }, undefined],
  ])('a pause %s: whether it waits for a person', async (_title, pause, waits) => {
    const steps = [{ setWeight: 10 }, { pause }, { setWeight: 50 }];
    const release = await simulateRelease({ steps, analysis: TIMES }, { rps: 1_000 });
    await release.until(stateIs('Paused'));
    const last = (await historyOf(release)).at(-1);
    expect(last).toMatchObject({ verb: 'step', release: { step: 1, state: 'Paused' } });
    expect(last?.release?.waitsForPerson).toBe(waits);
  });
});

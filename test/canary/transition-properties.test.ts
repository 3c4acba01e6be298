import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { settled } from '../../functions/canary/settled.ts';
import { plannedWeight, releaseId, runningRelease } from '../../functions/canary/steps/release.ts';
import { liveTargets, servedTarget } from '../../functions/canary/targets.ts';
import { releaseTimes } from '../../functions/canary/times.ts';
import { createCanary, deleteCanary, replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { pauseRelease, resumeRelease } from '../../functions/canary/transitions/pause-release.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import { startRelease } from '../../functions/canary/transitions/start-release.ts';
import { promoteRelease, skipStep, undoRelease } from '../../functions/canary/transitions/steer-release.ts';
import { versionAfter } from '../../functions/canary/version-line.ts';
import { CREATED_AT, specOf } from '../support/canaries.ts';
import { releaseManifest } from '../support/use-cases.ts';

const times = releaseTimes(undefined);
const steps = [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }];
const { strategy } = releaseManifest('cart', { strategy: { steps } }).spec;
const STRATEGY = strategy === undefined ? {} : { strategy };
const STEER = {
  start: startRelease,
  skip: skipStep,
  promote: (canary: Canary, moment: Moment) => promoteRelease(canary, moment),
  full: (canary: Canary, moment: Moment) => promoteRelease(canary, moment, { full: true }),
  pause: (canary: Canary, moment: Moment) => pauseRelease(canary, moment),
  resume: resumeRelease,
  undo: undoRelease,
} as const;
const manifest = (port: number, exportTo: string) => ({
  metadata: { labels: { port: String(port) }, annotations: {} },
  spec: specOf({ service: { name: 'cart', port }, exportTo: [exportTo], ...STRATEGY }),
});

/** One act of somebody, some time after the one before. */
const anyAct = fc.record({
  wait: fc.integer({ min: 0, max: 100_000 }),
  act: fc.constantFrom(
    ...(['weights', 'weights', 'abort', 'retry', 'retry', 'spec', 'delete'] as const),
    ...(['start', 'start', 'skip', 'skip', 'skip', 'promote', 'full', 'pause', 'resume', 'undo'] as const),
  ),
  share: fc.integer({ min: 0, max: 100 }),
  port: fc.integer({ min: 1, max: 3 }),
  exportTo: fc.constantFrom('*', '.'),
});
type Act = typeof anyAct extends fc.Arbitrary<infer T> ? T : never;

function next(canary: Canary, { act, share, port, exportTo }: Act, moment: Moment): Canary {
  switch (act) {
    case 'abort':
      // What the entry point read may be older than what is written over.
      return aborted(canary, abortOf(canary, moment, undefined), versionAfter(0, canary));
    case 'weights': {
      const result = setWeights(canary, { stable: 100 - share, canary: share }, moment);
      return result.allowed ? result.canary : canary;
    }
    case 'retry': {
      const result = retryCanary(canary, moment);
      return result.allowed ? result.canary : canary;
    }
    case 'spec': {
      const result = replaceCanary(canary, manifest(port, exportTo), moment);
      return result.allowed ? result.canary : canary;
    }
    case 'delete': {
      const result = deleteCanary(canary, moment);
      return result.allowed ? result.canary : canary;
    }
    default: {
      const result = STEER[act](canary, moment);
      return result.allowed ? result.canary : canary;
    }
  }
}

/** A release is never above its plan but by hand, takes no weight that its write has not, and is over with an abort. */
function checkRelease(before: Canary, canary: Canary, act: string): void {
  const { weights, release } = canary.status;
  const running = runningRelease(canary);
  if (running !== undefined && running.paused?.reason !== 'WeightSetByHand') {
    expect(weights.canary).toBe(plannedWeight(running.steps, running.currentStepIndex, 100));
    expect(running.taken.at(-1)?.weight).toBe(weights.canary);
    expect(running.state === 'WaitingPromotion').toBe(canary.status.phase === 'WaitingPromotion');
  }
  if (act === 'abort') expect(runningRelease(canary)).toBeUndefined();
  if (act === 'undo' && canary !== before) expect([weights.canary, release?.state]).toEqual([0, 'Undone']);
  if (release === undefined) return;
  const versions = release.taken.map(({ resourceVersion }) => Number(resourceVersion));
  expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  expect(versions.at(-1)).toBeLessThanOrEqual(Number(canary.metadata.resourceVersion));
  // What begins anew is another release, and no other write touches the first version.
  const last = before.status.release;
  const isSame = last !== undefined && releaseId(last) === releaseId(release);
  expect(isSame).toBe(last !== undefined && last.attempt === release.attempt && last.startedAt === release.startedAt);
}

test('whatever is done: weights add up, counters grow, one target is served, and each is learned before', () => {
  fc.assert(
    fc.property(fc.array(anyAct, { maxLength: 12 }), (acts) => {
      let now = CREATED_AT;
      let canary = createCanary(manifest(1, '*'), { namespace: 'shop', name: 'cart', uid: 'u' }, { now, times });
      /** When proxies were first told of a target. */
      const told = new Map([[1, now]]);
      for (const act of acts) {
        now += act.wait;
        const before = settled(canary, now);
        canary = next(before, act, { now, times });
        const { metadata, status } = canary;
        for (const { revision } of status.targets) if (!told.has(revision)) told.set(revision, now);

        expect(status.weights.stable + status.weights.canary).toBe(100);
        expect(Number(metadata.resourceVersion) - Number(before.metadata.resourceVersion)).toBe(
          canary === before ? 0 : 1,
        );
        expect(metadata.generation).toBeGreaterThanOrEqual(before.metadata.generation);
        if (canary !== before) expect(status.observedGeneration).toBe(metadata.generation);
        expect(liveTargets(canary, now).length).toBeLessThanOrEqual(3);
        const served = servedTarget(canary, now);
        if (served !== undefined)
          expect(now - (told.get(served.revision) ?? now)).toBeGreaterThanOrEqual(times.stageMs);
        checkRelease(before, canary, act.act);
        if (status.weights.canary > 0) expect(['Progressing', 'WaitingPromotion']).toContain(status.phase);
        if (act.act === 'abort') expect(status.weights.canary).toBe(0);
        if (metadata.deletionTimestamp !== undefined) expect(served).toBeUndefined();
        // What was served a moment ago is not forgotten at once.
        const last = servedTarget(before, now);
        if (last !== undefined)
          expect(liveTargets(canary, now + times.stageMs - 1).map((t) => t.revision)).toContain(last.revision);
      }
    }),
    { numRuns: 5_000 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Release } from '../../functions/canary/canary.ts';
import type { MetricsJudgement } from '../../functions/canary/metrics/judge.ts';
import type { RunJudgement } from '../../functions/canary/metrics/judge-run.ts';
import { MOVES, nextMove } from '../../functions/canary/steps/next-move.ts';
import { lastTaken, plannedWeight, standing } from '../../functions/canary/steps/release.ts';
import { type Situation, standingOf } from '../../functions/canary/steps/situation.ts';
import { advanced } from '../../functions/canary/transitions/advance-release.ts';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { hashOf } from '../../functions/canary/workloads/pod-template.ts';
import type { SeenWorkloads, Workload } from '../../functions/canary/workloads/workload.ts';
import { workloadOf } from '../../functions/canary/workloads/workload-of.ts';
import { CREATED_AT, canaryOf } from '../support/canaries.ts';
import { TIMES } from '../support/release-times.ts';
import { releaseManifest } from '../support/use-cases.ts';
import { type WorkloadParts, workloadObject } from '../support/workloads.ts';

const METRIC = { name: 'success-rate', provider: { alarm: { name: 'cart-5xx' } } };
const ANALYSIS = { analysis: { metrics: [METRIC] } };
const STEPS = [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }, { pause: { duration: '5m' } }, ANALYSIS];
const { strategy } = releaseManifest('cart', { strategy: { steps: STEPS } }).spec;
if (strategy === undefined) throw new Error('it has one');
const moment = { now: CREATED_AT + 100_000, times: TIMES };
const STARTED = begin(canaryOf(), strategy, 'Start', moment);
const RELEASE = STARTED.status.release;
if (RELEASE === undefined) throw new Error('it is started');
const VERDICTS = ['convict', 'acquit', 'hold', 'advance', 'abort'] as const;
const HAND = { since: '2026-11-22T12:00:00.000Z', reason: 'PausedByUser' } as const;
const PAUSE = { ...HAND, reason: 'CanaryPauseStep' } as const;
const CAUSE = { reason: 'errors', sentence: 'convicted', since: HAND.since } as const;
const LACK = { reason: 'CanaryTooSmall', sentence: 'too few' } as const;

const METRICS_GO: MetricsJudgement = { decision: 'Go' };
const METRICS_ELSE: readonly MetricsJudgement[] = [
  { decision: 'Abort', sentence: 'a metric failed' },
  { decision: 'Hold', sentence: 'no data', isWithoutData: true },
  { decision: 'Hold', sentence: 'neither', isWithoutData: false },
];

const PASSED: RunJudgement = { decision: 'Go', sentence: 'analysis passed: success-rate 1 of 1' };
const RUNS: readonly RunJudgement[] = [
  { decision: 'Abort', sentence: 'a metric failed' },
  { decision: 'Pause', sentence: 'neither' },
  { decision: 'Hold', sentence: 'success-rate 0 of 1', isWithoutData: true },
  { decision: 'Hold', sentence: 'success-rate 0 of 1', isWithoutData: false },
];

const NAMED = {
  stable: { kind: 'Deployment', name: 'cart' },
  canary: { kind: 'Deployment', name: 'cart-canary' },
} as const;
const seenOf = (parts: WorkloadParts): Workload => workloadOf(workloadObject(NAMED.stable, parts));
const [FEW, ENOUGH, OTHER] = [seenOf({ ready: 0 }), seenOf({}), seenOf({ image: 'cart:v0' })];
const UNREADABLE = { unreadable: 'no Role' };
const countOf = (replicas: number | undefined) => (replicas === undefined ? {} : { replicas });
/** Of a release that names none; that cannot be read; whose canary is not ready, or is. */
const WORKLOADS: readonly (SeenWorkloads | undefined)[] = [
  ...Array<undefined>(3).fill(undefined),
  { stable: UNREADABLE, canary: UNREADABLE },
  { stable: ENOUGH, canary: FEW },
  { stable: FEW, canary: ENOUGH },
  ...Array<SeenWorkloads>(4).fill({ stable: OTHER, canary: ENOUGH }),
  ...Array<SeenWorkloads>(3).fill({ stable: ENOUGH, canary: ENOUGH }),
];

const anySituation = fc
  .record({
    index: fc.integer({ min: -1, max: 6 }),
    isHeld: fc.boolean(),
    isConfirmed: fc.boolean(),
    byHand: fc.boolean(),
    verdict: fc.option(fc.constantFrom(...VERDICTS), { nil: undefined }),
    convicted: fc.constantFrom(...Array<undefined>(9).fill(undefined), { why: 'errors', sentence: 'convicted' }),
    confirmed: fc.boolean(),
    isCalled: fc.boolean(),
    isCaughtUp: fc.boolean(),
    responses: fc.constantFrom(0, 1_000),
    isUnready: fc.boolean(),
    isFrozen: fc.boolean(),
    workloads: fc.constantFrom(...WORKLOADS),
    replicas: fc.constantFrom(undefined, 0, 10, 10, 10),
    promotion: fc.constantFrom(undefined, 'Observe' as const, 'Copy' as const, 'Copy' as const),
    back: fc.constantFrom(undefined, undefined, 'Stepwise', 'begun'),
    copiedOver: fc.constantFrom(undefined, ...Array<string>(4).fill(hashOf(OTHER.podTemplate)), 'another'),
    uncopyable: fc.constantFrom(...Array<undefined>(9).fill(undefined), 'forbidden'),
    isReleased: fc.boolean(),
    ms: fc.constantFrom(0, 60_000, 400_000, 7_200_000),
    waited: fc.constantFrom(0, 700_000),
    metrics: fc.oneof(
      { weight: 40, arbitrary: fc.constant(METRICS_GO) },
      ...METRICS_ELSE.map((judged) => fc.constant(judged)),
    ),
    analysis: fc.constantFrom(undefined, ...RUNS, ...RUNS, PASSED, PASSED, PASSED),
  })
  .map((some): Situation => {
    const isRun = 'analysis' in (RELEASE.steps[some.index] ?? {});
    const { index, isHeld, isConfirmed, byHand, verdict, ms } = some;
    const weight = plannedWeight(RELEASE.steps, index, 100);
    const step = RELEASE.steps[index];
    const isPause = step !== undefined && 'pause' in step;
    const paused = isHeld ? { paused: HAND } : isPause ? { paused: PAUSE } : {};
    const confirmed = isConfirmed ? { confirmedAt: '2026-11-22T12:00:00.000Z' } : {};
    const taken = [{ step: index, weight, resourceVersion: '2', ...confirmed }];
    const copied = some.copiedOver === undefined ? {} : { copiedOver: some.copiedOver };
    const promotion = some.promotion === undefined ? {} : { promotion: some.promotion, ...copied };
    const named =
      some.workloads === undefined ? {} : { workloads: { ...NAMED, ...promotion, ...countOf(some.replicas) } };
    const isBegun = some.back === 'begun' && index >= 0 && index < RELEASE.steps.length;
    const cause = isBegun ? { cause: { ...CAUSE, hold: '15s' } } : {};
    const rollback = some.back === undefined ? {} : { rollback: { mode: 'Stepwise', ...cause } as const };
    const parts = { ...RELEASE, ...paused, ...named, ...rollback };
    const release: Release = standing({ ...parts, currentStepIndex: index, taken }, 100);
    const canary = byHand ? 77 : weight;
    const phase = release.state === 'WaitingPromotion' ? { phase: 'WaitingPromotion' as const } : {};
    const sight = (some.isReleased ? ENOUGH : OTHER).sight;
    const seen = sight === undefined ? {} : { workload: { ...NAMED.canary, ...sight } };
    return {
      canary: {
        ...STARTED,
        status: { ...STARTED.status, ...phase, release, ...seen, weights: { stable: 100 - canary, canary } },
      },
      release,
      following: { confirmed: some.confirmed, isCalled: some.isCalled, sentence: '0 of 4' },
      verdict: verdict === undefined ? undefined : { decision: verdict, why: 'errors', sentence: 'a sentence' },
      convicted: some.convicted,
      isCaughtUp: some.isCaughtUp,
      baseline: { responses: some.responses, perSecond: some.responses },
      unready: () => (some.isUnready ? LACK : undefined),
      workloads: some.workloads,
      uncopyable: some.uncopyable,
      frozen: some.isFrozen ? { reason: 'Frozen', sentence: 'frozen' } : undefined,
      weightMs: ms,
      pauseMs: ms,
      waitedMs: () => some.waited,
      metrics: some.metrics,
      dryRuns: [],
      analysis: isRun ? some.analysis : undefined,
    };
  });

const byHand = ({ canary: { status }, release }: Situation): boolean =>
  status.weights.canary !== lastTaken(release).weight;

test('whatever the situation: one row fits, and its move keeps what a release promises', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anySituation, (situation) => {
      const { canary, release, following, verdict, convicted } = situation;
      const move = nextMove(situation);
      expect(nextMove(situation)).toEqual(move);
      seen.add(`${standingOf(release)} ${move.move}`);
      const isDone = standingOf(release) === 'WaitingPromotion';
      const isBack = standingOf(release) === 'RollingBack';
      const back = isBack ? ['lower', 'wait'] : release.rollback === undefined ? [] : ['lower'];
      if (standingOf(release) === 'Analysis') {
        // It is left by a step only when all of it has passed; what fails takes the canary back.
        if (move.move === 'step') expect(situation.analysis).toBe(PASSED);
        if (situation.analysis?.decision === 'Abort') expect(['abort', ...back]).toContain(move.move);
        if (move.move === 'pause' && !byHand(situation)) expect(situation.analysis?.decision).toBe('Pause');
      }
      if (isBack) expect(['abort', 'lower', 'wait']).toContain(move.move);
      // Nothing mutes a conviction.
      if (!isDone && (convicted !== undefined || verdict?.decision === 'convict'))
        expect(['abort', ...back]).toContain(move.move);
      const { decision } = situation.metrics;
      const hasShare = !isDone && standingOf(release) !== 'Baseline';
      if (hasShare && decision === 'Abort') expect(['abort', ...back]).toContain(move.move);
      if (hasShare && decision === 'Hold') expect(move.move).not.toBe('step');
      if (standingOf(release) === 'PausedByHand')
        expect(['wait', 'confirm', 'keep', 'abort', ...back]).toContain(move.move);
      const next = advanced(canary, release, move, moment);
      const { weights, release: after } = next.status;
      expect(weights.stable + weights.canary).toBe(100);
      // A freeze raises nothing, ends nothing, and mutes nothing.
      const unfrozen = nextMove({ ...situation, frozen: undefined });
      seen.add(`${standingOf(release)} ${unfrozen.move}`);
      if (situation.frozen !== undefined) {
        expect(weights.canary).toBeLessThanOrEqual(canary.status.weights.canary);
        if (move.move === 'wait' && move.wait.reason === 'Frozen') expect(move.wait.bounded).toBeUndefined();
        else expect(move).toEqual(unfrozen);
      }
      if (move.move === 'promote') {
        // Stable serves everything again: it runs what was released, all of it.
        expect([weights.canary, next.status.phase, after?.state]).toEqual([0, 'Succeeded', 'Promoted']);
        expect(standingOf(release)).toBe('WaitingPromotion');
        expect(situation.workloads).toEqual({ stable: ENOUGH, canary: expect.anything() });
        expect(canary.status.workload?.template).toBe(ENOUGH.sight?.template);
        expect(release.workloads?.promotion).toBeDefined();
      } else if (move.move === 'copy') {
        // Over nothing but what was there when the promotion began, and never before the last step.
        expect([standingOf(release), release.workloads?.promotion]).toEqual(['WaitingPromotion', 'Copy']);
        expect(release.workloads?.copiedOver).toBe(hashOf(OTHER.podTemplate));
        expect([situation.workloads?.stable, next]).toEqual([OTHER, canary]);
      } else if (move.move === 'step') {
        // No step twice, none of them unconfirmed, and each path ends behind the last.
        expect(move.to).toBeGreaterThan(release.currentStepIndex);
        expect(move.to).toBeLessThanOrEqual(release.steps.length);
        if (standingOf(release) === 'Baseline') expect(situation.uncopyable).toBeUndefined();
        const { workloads } = situation;
        if (workloads !== undefined && weights.canary > canary.status.weights.canary) {
          expect(workloads.canary).toEqual(ENOUGH);
          expect(release.workloads?.replicas).toBeDefined();
        }
        expect(lastTaken(release).confirmedAt ?? following.confirmed).toBeTruthy();
        expect(weights.canary).toBe(plannedWeight(release.steps, move.to, 100));
        expect(
          ['hold', 'abort'].includes(verdict?.decision ?? '') &&
            canary.status.weights.canary < 100 &&
            release.currentStepIndex >= 0,
        ).toBe(false);
      } else if (move.move === 'lower') {
        // Less than it has, by a step of its plan, and under the weight that it took itself.
        expect(weights.canary).toBeLessThanOrEqual(0.75 * canary.status.weights.canary);
        expect([weights.canary >= 20, after?.state, after?.paused]).toEqual([true, 'RollingBack', undefined]);
        expect(release.rollback?.mode).toBe('Stepwise');
      } else if (move.move === 'abort') {
        expect([weights.canary, next.status.phase, after?.state]).toEqual([0, 'Failed', 'Aborted']);
      } else {
        expect(weights).toEqual(canary.status.weights);
      }
    }),
    { numRuns: 20_000 },
  );
  expect([...seen].toSorted()).toEqual(
    [
      ...['Baseline abort', 'Baseline confirm', 'Baseline pause', 'Baseline step', 'Baseline wait'],
      ...['Baking abort', 'Baking confirm', 'Baking pause', 'Baking step', 'Baking wait'],
      ...['Pause abort', 'Pause confirm', 'Pause pause', 'Pause step', 'Pause wait'],
      ...['PausedByHand abort', 'PausedByHand confirm', 'PausedByHand wait'],
      ...['Progressing abort', 'Progressing confirm', 'Progressing pause', 'Progressing step', 'Progressing wait'],
      ...['Analysis abort', 'Analysis confirm', 'Analysis keep', 'Analysis pause', 'Analysis step', 'Analysis wait'],
      ...['Baseline keep', 'Baking keep', 'Pause keep', 'PausedByHand keep', 'Progressing keep'],
      ...['Baking lower', 'PausedByHand lower', 'RollingBack lower', 'RollingBack abort', 'RollingBack wait'],
      ...['WaitingPromotion copy', 'WaitingPromotion keep', 'WaitingPromotion promote', 'WaitingPromotion wait'],
    ].toSorted(),
  );
});

describe('the table', () => {
  test('every state has a last row that always fits', () => {
    for (const state of [
      'Baseline',
      'Progressing',
      'Pause',
      'Analysis',
      'PausedByHand',
      'Baking',
      'RollingBack',
      'WaitingPromotion',
    ] as const) {
      const last = MOVES.findLast(({ states }) => states.includes(state));
      expect([state, last?.when]).toEqual([state, expect.stringMatching(/^(always|else)$/)]);
    }
  });
});

describe('a release in one situation', () => {
  const situationOf = (steps: Release['steps'], index: number, more: Partial<Situation> = {}): Situation => {
    const weight = plannedWeight(steps, index, 100);
    const step = steps[index];
    const paused = step !== undefined && 'pause' in step ? { paused: PAUSE } : {};
    const taken = [{ step: index, weight, resourceVersion: '2', confirmedAt: '2026-11-22T12:00:00.000Z' }];
    const release = standing({ ...RELEASE, ...paused, steps, currentStepIndex: index, taken }, 100);
    const weights = { stable: 100 - weight, canary: weight };
    const metrics = METRICS_GO;
    return {
      canary: { ...STARTED, status: { ...STARTED.status, release, weights } },
      ...{
        release,
        metrics,
        verdict: undefined,
        convicted: undefined,
        isCaughtUp: true,
        frozen: undefined,
        workloads: undefined,
        uncopyable: undefined,
      },
      following: { confirmed: true, isCalled: true, sentence: '' },
      baseline: { responses: 1_000, perSecond: 1_000 },
      unready: () => undefined,
      ...{ weightMs: 7_200_000, pauseMs: 7_200_000, waitedMs: () => 0, dryRuns: [], analysis: undefined },
      ...more,
    };
  };
  const held = { decision: 'Hold', sentence: 'no successful measurement yet', isWithoutData: false } as const;

  test('a pause before the first share waits for no metric: without a share nothing is measured', () => {
    const steps = [{ pause: { duration: '1m' } }, { setWeight: 10 }, { setWeight: 100 }];
    expect(nextMove(situationOf(steps, 0, { metrics: held }))).toMatchObject({ move: 'step', to: 1 });
    const later = [{ setWeight: 10 }, { pause: { duration: '1m' } }, { setWeight: 100 }];
    expect(nextMove(situationOf(later, 1, { metrics: held }))).toMatchObject({ move: 'wait' });
  });

  test('a weight of another write is a weight by hand, also where it is the same', () => {
    const verdict = { decision: 'acquit', why: 'ratio', sentence: '' } as const;
    const situation = situationOf([{ setWeight: 10 }, { setWeight: 100 }], 0, { verdict });
    expect(nextMove(situation).move).toBe('step');
    const { status } = situation.canary;
    const awaiting = { resourceVersion: '9', since: status.lastTransitionTime, until: status.lastTransitionTime };
    const canary = { ...situation.canary, status: { ...status, awaiting } };
    expect(nextMove({ ...situation, canary }).move).toBe('pause');
  });

  test('a freeze does not hold a canary that has everything', () => {
    const steps = [{ setWeight: 100 }, { pause: { duration: '1m' } }];
    const frozen = { reason: 'Frozen', sentence: 'frozen' } as const;
    const verdict = { decision: 'acquit', why: 'bake', sentence: '' } as const;
    expect(nextMove(situationOf(steps, 1, { frozen, verdict }))).toMatchObject({ move: 'step', to: 2 });
  });

  test('a bake that would have been taken back, had it not been for a notice, is told so', () => {
    const analysis = { ...RELEASE.analysis, bake: { time: '5m', atFull: 'Notify' } } as const;
    const verdict = { decision: 'convict', why: 'bake', sentence: 'three times as bad as stable was' } as const;
    const situation = situationOf([{ setWeight: 100 }], 0, { verdict });
    const move = nextMove({ ...situation, release: { ...situation.release, analysis } });
    expect(move).toMatchObject({ move: 'step', sentence: 'three times as bad as stable was' });
  });
});

import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { Freeze } from '../../functions/canary/freeze/freeze.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { retryRelease } from '../../functions/releases/retry-release.ts';
import { setReleaseWeights } from '../../functions/releases/set-release-weights.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import { freezeOf } from '../support/freezes.ts';
import { type Behaviour, type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';
import { share } from '../support/use-cases.ts';

const SHOP = { scope: 'Namespace', cluster: 'local', namespace: 'shop' } as const;
const window = { start: '2026-01-01T00:00', duration: '1h', timeZone: 'UTC', recurrence: 'FREQ=HOURLY' };
/** Of a version that knows more. */
const UNREADABLE = freezeOf(SHOP, 'stop', { windows: [window] });

const isWaiting = (canary: Canary): boolean => runningRelease(canary)?.state === 'WaitingPromotion';
const isFailed = ({ status }: Canary): boolean => status.phase === 'Failed';
const isOver = (canary: Canary): boolean => isWaiting(canary) || isFailed(canary);
const isAt =
  (weight: number) =>
  ({ status }: Canary): boolean =>
    status.weights.canary === weight;
const reasonIs =
  (reason: string) =>
  ({ status }: Canary): boolean =>
    status.release?.verdict?.reason === reason;
const isPaused = (canary: Canary): boolean => runningRelease(canary)?.state === 'Paused';

const TIMES = { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } };
const SHORT = { steps: [{ setWeight: 10 }, { setWeight: 50 }], analysis: TIMES };
const weightsOf = ({ status }: Canary) => status.release?.taken.map(({ weight }) => weight);
const historyOf = async ({ store, use }: ReleaseSimulator) =>
  (await store.listAudit(use.call().key, 100, AbortSignal.timeout(10_000))).toReversed();
const minutes = async (release: ReleaseSimulator, count: number): Promise<Canary> => {
  for (let i = 0; i < count * 12; i++) await release.pass();
  return await release.canary();
};

describe('a release by itself', () => {
  test('a good canary gets everything by the default steps, and waits to be promoted', async () => {
    const release = await simulateRelease({}, { rps: 200 });
    const canary = await release.until(isOver);
    expect(canary.status).toMatchObject({ phase: 'WaitingPromotion', weights: { stable: 0, canary: 100 } });
    expect(weightsOf(canary)).toEqual([0, 1, 5, 20, 50, 100]);
    expect(release.seconds()).toBeLessThan(40 * 60);
    // Nothing is done any more until a person does it.
    const before = await release.canary();
    expect(await minutes(release, 5)).toEqual(before);
    await steerRelease(release.use.call(), 'promote');
    expect((await release.canary()).status).toMatchObject({ phase: 'Succeeded', release: { state: 'Promoted' } });
  });

  test('the proxies that called in the baseline are known from the first step on', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000, proxies: 3 });
    const baseline = await release.until((one) => runningRelease(one)?.state === 'Baseline');
    expect(baseline.status.release).not.toHaveProperty('callers');
    const first = await release.until(isAt(10));
    expect(first.status.release?.callers).toHaveLength(3);
    expect((await release.until(isAt(50))).status.release?.callers).toEqual(first.status.release?.callers);
  });

  test('its history has each step with what allowed it, and no looks', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    await release.until(isOver);
    const entries = (await historyOf(release)).slice(2);
    expect(entries.map(({ verb, to }) => [verb, to?.canary])).toEqual([
      ['start', 0],
      ['step', 10],
      ['step', 50],
      ['step', 100],
      ['step', 100],
    ]);
    for (const { verb, reason } of entries) if (verb === 'step') expect(reason).toMatch(/^(baseline|advanced|baked)/);
  });

  test.each<[string, number, number]>([
    ['100 requests a second begin at 1 %', 100, 1],
    ['10 at 5 %', 10, 5],
    ['1 at 20 %', 1, 20],
    ['next to none at the last below 100 %', 0.2, 50],
  ])('%s', async (_title, rps, first) => {
    const release = await simulateRelease({}, { rps, proxies: 1 });
    const canary = await release.until((one) => one.status.weights.canary > 0, 30);
    expect(canary.status.weights.canary).toBe(first);
  });

  test('the rate of the baseline is that of the windows that have closed: those on their way are in neither', async () => {
    const release = await simulateRelease({ ...SHORT, analysis: { ...TIMES, baseline: '10s' } }, { rps: 100 });
    const canary = await release.until(isAt(10));
    const [, rate] =
      /^baseline: \d+ responses of stable, (\d+) a second/.exec(canary.status.release?.verdict?.sentence ?? '') ?? [];
    expect(Number(rate)).toBeGreaterThanOrEqual(90);
    expect(Number(rate)).toBeLessThanOrEqual(110);
  });

  test('a bad one is taken back with the sentence of the verdict, and gets no request again', async () => {
    const release = await simulateRelease(SHORT, { canaryBad: 0.2 });
    const canary = await release.until(isOver);
    expect(canary.status).toMatchObject({ phase: 'Failed', weights: { canary: 0 }, release: { state: 'Aborted' } });
    expect(canary.status.conditions[0]?.message).toMatch(/^aborted: canary \d+ of .*convicted$/);
    const entries = await historyOf(release);
    expect(entries.at(-1)).toMatchObject({ verb: 'abort', who: 'step machine', to: { canary: 0 } });
    // Why, as a code, and as a sentence with the counts.
    expect(entries.slice(-2).map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['baseline', expect.stringMatching(/^baseline: \d+ responses of stable/)],
      ['errors', expect.stringMatching(/^canary \d+ of \d+ bad, stable \d+ of \d+.*convicted$/)],
    ]);
    expect(await minutes(release, 10)).toEqual(canary);
  });

  test('a retry knows nothing of the release before', async () => {
    const release = await simulateRelease(SHORT, { canaryBad: 0.2, rps: 1_000 });
    await release.until(isFailed);
    release.behaviour = { rps: 1_000 };
    await retryRelease(release.use.call(), { reason: 'fixed' });
    const canary = await release.until(isOver);
    expect(canary.status).toMatchObject({ phase: 'WaitingPromotion', release: { attempt: 2, trigger: 'Retry' } });
  });

  test('steps that change routes are confirmed by the proxies, and judged as any at their weight', async () => {
    const match = [{ headerName: 'x-tester', headerValue: { exact: 'yes' } }];
    const steps = [
      { setHeaderRoute: { name: 'testers', match } },
      { setMirrorRoute: { percentage: 20 } },
      { setWeight: 10 },
      { setMirrorRoute: {} },
    ];
    const release = await simulateRelease({ ...SHORT, steps }, { rps: 1_000 });
    const canary = await release.until(isOver);
    expect(weightsOf(canary)).toEqual([0, 0, 0, 10, 10, 100]);
    expect(canary.status.release?.taken.every(({ confirmedAt }) => confirmedAt !== undefined)).toBe(true);
    expect(canary.status.phase).toBe('WaitingPromotion');
  });

  test('a step that changes routes and that no proxy follows is an abort', async () => {
    const steps = [{ setMirrorRoute: { percentage: 20 } }, { setWeight: 10 }];
    const release = await simulateRelease({ ...SHORT, steps, progressDeadline: '1m' }, { rps: 1_000 });
    await release.until(({ status }) => status.release?.currentStepIndex === 0);
    release.behaviour = { rps: 1_000, lag: Number.POSITIVE_INFINITY };
    expect((await release.until(isFailed, 5)).status.conditions[0]?.message).toContain(
      'progressDeadline of 1m is over',
    );
  });

  describe('whose step ends without a verdict', () => {
    const inconclusive = ({ status }: Canary) => status.conditions.find(({ type }) => type === 'Inconclusive');
    const isSo = (canary: Canary): boolean => inconclusive(canary)?.status === 'True';
    // Too few requests to tell in two minutes what the default allows, and enough for the minimum.
    const few = (policy: 'AdvanceUnlessSuspect' | 'Hold') => ({
      steps: [{ setWeight: 50 }, { setWeight: 60 }],
      analysis: { ...TIMES, latency: { quantiles: [] }, maximum: { time: '2m' }, inconclusive: policy },
    });
    const SLOW: Behaviour = { rps: 1.5, proxies: 1, stableBad: 0, canaryBad: 0 };

    test('it goes on, and has the condition until the evidence clears a later step', async () => {
      const release = await simulateRelease(few('AdvanceUnlessSuspect'), SLOW);
      expect(inconclusive(await release.until(isAt(50)))).toMatchObject({ status: 'False', reason: 'Verdict' });
      const canary = await release.until(isSo, 10);
      expect(canary.status).toMatchObject({ weights: { canary: 60 }, release: { inconclusive: { step: 0 } } });
      expect(inconclusive(canary)?.message).toMatch(/^step 1 of 3: advanced after 2 min without a verdict: /);
      release.behaviour = { rps: 1_000 };
      const cleared = await release.until(isAt(100), 10);
      expect(inconclusive(cleared)).toMatchObject({ status: 'False' });
      expect(cleared.status.release).not.toHaveProperty('inconclusive');
    });

    test('it waits, where the policy asks for that, and the condition tells since when', async () => {
      const release = await simulateRelease(few('Hold'), SLOW);
      await release.until(isAt(50));
      const since = release.seconds();
      const canary = await release.until(isSo, 10);
      expect(release.seconds() - since).toBeLessThanOrEqual(145);
      expect(canary.status.weights.canary).toBe(50);
      const found = inconclusive(canary);
      expect(found).toMatchObject({ reason: 'NoVerdict', message: expect.stringMatching(/^step 1 of 3: held /) });
      const later = await minutes(release, 3);
      expect(inconclusive(later)?.lastTransitionTime).toBe(found?.lastTransitionTime);
    });

    test('a person who skips it leaves the condition as it is', async () => {
      const release = await simulateRelease(few('Hold'), SLOW);
      await release.until(isSo, 20);
      await steerRelease(release.use.call(), 'skip');
      expect(isSo(await release.canary())).toBe(true);
    });
  });

  test('a retry from a step measures stable, then begins there', async () => {
    const release = await simulateRelease({ ...SHORT, steps: [...SHORT.steps, { setWeight: 70 }] }, { canaryBad: 0.2 });
    await release.until(isFailed);
    release.behaviour = { rps: 1_000 };
    for (const fromStep of [5, 33]) {
      const outcome = await retryRelease(release.use.call(), { fromStep });
      const refusal = { reason: 'Invalid', faults: [{ path: 'fromStep', message: expect.stringContaining('1 to 4') }] };
      expect(outcome).toMatchObject({ outcome: 'refused', refusal });
    }
    await retryRelease(release.use.call(), { reason: 'fixed', fromStep: 2 });
    expect((await release.canary()).status).toMatchObject({ weights: { canary: 0 }, release: { state: 'Baseline' } });
    const canary = await release.until(isOver);
    expect(canary.status).toMatchObject({ phase: 'WaitingPromotion', release: { attempt: 2, firstStepIndex: 1 } });
    expect(weightsOf(canary)).toEqual([0, 50, 70, 100]);
    const reasons = (await historyOf(release)).flatMap(({ verb, reason = '' }) => (verb === 'step' ? [reason] : []));
    expect(reasons).toContainEqual(expect.stringMatching(/a second; begun at step 2, as the retry asks$/));
  });

  test('a skipped baseline goes to the step that the retry named, and the default steps have steps too', async () => {
    const release = await simulateRelease({}, { canaryBad: 0.2 });
    await release.until(isFailed);
    await retryRelease(release.use.call(), { fromStep: 4 });
    await steerRelease(release.use.call(), 'skip');
    expect((await release.canary()).status).toMatchObject({
      weights: { canary: 50 },
      release: { currentStepIndex: 3 },
    });
  });

  test('while it is paused by hand the evidence goes on: a bad canary is taken back', async () => {
    const release = await simulateRelease(SHORT);
    await release.until(isAt(10));
    await steerRelease(release.use.call(), 'pause');
    release.behaviour = { canaryBad: 0.3 };
    await release.until(isFailed, 10);
  });

  test('a bad canary at 100 % is taken back, or told of alone', async () => {
    const bake = { ...TIMES, bake: { time: '5m' } };
    const bad = { rps: 1_000, canaryBad: 0.2 };
    const release = await simulateRelease({ ...SHORT, analysis: bake }, { rps: 1_000 });
    await release.until(isAt(100));
    release.behaviour = bad;
    expect((await release.until(isOver, 10)).status.conditions[0]?.message).toContain('outside the guarantee');
    const notice = { ...bake, bake: { time: '5m', atFull: 'Notify' } };
    const other = await simulateRelease({ ...SHORT, analysis: notice }, { rps: 1_000 });
    await other.until(isAt(100));
    other.behaviour = bad;
    expect((await other.until(isOver, 10)).status.phase).toBe('WaitingPromotion');
  });
});

describe('what it waits for', () => {
  test('traffic: without any the canary gets no share, for as long as that is', async () => {
    const release = await simulateRelease(SHORT, { rps: 0 });
    const canary = await minutes(release, 60);
    expect(canary.status).toMatchObject({
      phase: 'Progressing',
      weights: { canary: 0 },
      release: { state: 'Baseline' },
    });
    expect(canary.status.conditions[1]?.message).toMatch(/no proxy that counts has reported/);
    release.behaviour = { rps: 1_000 };
    await release.until(isWaiting);
  });

  test('callers: where none polls there is no one to confirm, and no deadline', async () => {
    const release = await simulateRelease(SHORT, { proxies: 0, rps: 0 });
    expect((await minutes(release, 60)).status).toMatchObject({
      phase: 'Progressing',
      release: { verdict: { reason: 'NoProxies' } },
    });
  });

  test('proxies that do not follow, to the deadline', async () => {
    const release = await simulateRelease(SHORT, { lag: 2 });
    await release.until(isAt(10));
    release.behaviour = { lag: 100_000 };
    const started = release.seconds();
    const canary = await release.until(isFailed, 15);
    expect(canary.status.conditions[0]?.message).toMatch(/progressDeadline of 10m is over: 0 of 4 proxies run it/);
    expect(release.seconds() - started).toBeGreaterThanOrEqual(600);
  });

  test('proxies, but not while it is paused by hand: that time counts for none', async () => {
    const release = await simulateRelease(SHORT, { lag: 2 });
    await release.until(isAt(10));
    release.behaviour = { lag: 100_000 };
    await minutes(release, 5);
    await steerRelease(release.use.call(), 'pause');
    expect(isFailed(await minutes(release, 15))).toBe(false);
    await steerRelease(release.use.call(), 'resume');
    expect(isFailed(await minutes(release, 3))).toBe(false);
    await release.until(isFailed, 15);
  });

  test('Pods: a larger share waits for them, and no longer than the deadline', async () => {
    const release = await simulateRelease(SHORT, { canaryHosts: 1, rps: 1_000 });
    await release.until(reasonIs('CanaryTooSmall'));
    expect((await release.canary()).status.weights.canary).toBe(10);
    await minutes(release, 5);
    release.behaviour = { canaryHosts: 10, rps: 1_000 };
    await release.until(isWaiting, 30);
    const other = await simulateRelease(SHORT, { canaryHosts: 0, rps: 1_000 });
    const failed = await other.until(isFailed, 20);
    expect(failed.status.conditions[0]?.message).toMatch(/no healthy Pod of Service cart-canary/);
    expect(weightsOf(failed)).toEqual([0]);
  });

  test('a person, at a pause without an end; a time, at least, at one with', async () => {
    const steps = [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }, { pause: { duration: '10m' } }];
    const release = await simulateRelease({ steps, analysis: TIMES }, { rps: 1_000 });
    await release.until(isPaused);
    expect(isPaused(await minutes(release, 30))).toBe(true);
    await steerRelease(release.use.call(), 'promote');
    const began = Date.parse((await release.until(isPaused)).status.release?.paused?.since ?? '');
    await release.until(isAt(100), 30);
    expect(release.use.now() - began).toBeGreaterThanOrEqual(600_000);
  });

  test('a person, after a weight that was set by hand', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    await release.until(isAt(10));
    await setReleaseWeights(release.use.call(), share(30));
    expect((await minutes(release, 30)).status).toMatchObject({
      weights: { canary: 30 },
      release: { state: 'Paused', paused: { reason: 'WeightSetByHand' } },
    });
    await steerRelease(release.use.call(), 'resume');
    const canary = await release.until(isWaiting);
    expect(weightsOf(canary)).toEqual([0, 10, 10, 50, 100]);
  });
});

describe('a freeze', () => {
  const freezeShop = async ({ store }: ReleaseSimulator, spec: Partial<Freeze['spec']> = {}): Promise<void> => {
    const freeze = freezeOf(SHOP, 'stop', spec);
    expect(await store.putFreeze(SHOP, freeze, undefined, AbortSignal.timeout(5_000))).toBe('written');
  };
  const thaw = async ({ store }: ReleaseSimulator): Promise<void> => {
    expect(await store.deleteFreeze(SHOP, 'stop', AbortSignal.timeout(5_000))).toBe(true);
  };

  test('holds a release where it is, however long, and no deadline counts it; then it goes on', async () => {
    const release = await simulateRelease({ ...SHORT, progressDeadline: '1m' }, { rps: 1_000 });
    await release.until(isAt(10));
    await freezeShop(release);
    const held = await release.until(reasonIs('Frozen'), 10);
    expect(held.status.release?.verdict?.sentence).toBe(
      'namespace shop is frozen until it is deleted (freeze stop): holidays',
    );
    const after = await minutes(release, 60);
    expect([after.status.phase, after.status.weights.canary, reasonIs('Frozen')(after)]).toEqual([
      'Progressing',
      10,
      true,
    ]);
    await thaw(release);
    const canary = await release.until(isWaiting);
    expect(weightsOf(canary)).toEqual([0, 10, 50, 100]);
  });

  test('holds the first share, and ends by itself', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    const end = release.use.now() + 20 * 60_000;
    await freezeShop(release, { until: new Date(end).toISOString() });
    await release.until(isAt(10), 30);
    expect(release.use.now()).toBeGreaterThanOrEqual(end);
  });

  test('mutes no verdict: a bad canary is taken back', async () => {
    const release = await simulateRelease(SHORT, { rps: 200 });
    await release.until(isAt(10));
    await freezeShop(release);
    await release.until(reasonIs('Frozen'), 10);
    release.behaviour = { rps: 200, canaryBad: 0.3 };
    const canary = await release.until(isFailed, 10);
    expect([canary.status.weights.canary, canary.status.conditions[0]?.message]).toEqual([
      0,
      expect.stringMatching(/convicted$/),
    ]);
  });

  test('holds no canary that has everything: what is left is to wait for its promotion', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    await release.until(isAt(100));
    await freezeShop(release);
    expect(isWaiting(await release.until(isOver, 10))).toBe(true);
  });

  test('of another namespace holds nothing', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    const place = { ...SHOP, namespace: 'web' };
    await release.store.putFreeze(place, freezeOf(place), undefined, AbortSignal.timeout(5_000));
    await release.until(isWaiting);
  });

  test('that cannot be read raises nothing and stops nothing else', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    await release.until(isAt(10));
    await release.store.putFreeze(SHOP, UNREADABLE, undefined, AbortSignal.timeout(5_000));
    const held = await release.until(reasonIs('FreezesUnreadable'), 10);
    expect([held.status.weights.canary, held.status.conditions[1]?.message]).toEqual([
      10,
      expect.stringContaining('no share is raised until it can'),
    ]);
    release.behaviour = { rps: 1_000, canaryBad: 0.3 };
    await release.until(isFailed, 10);
  });
});

describe('time', () => {
  test('a clock that jumps ahead ends no step, no pause, no deadline', async () => {
    const steps = [{ setWeight: 10 }, { pause: { duration: '1h' } }, { setWeight: 50 }];
    const release = await simulateRelease({ steps, analysis: { ...TIMES, baseline: '5m' } }, { rps: 1_000 });
    const jump = async (hours: number): Promise<void> => {
      release.jump(hours * 3_600);
      await release.pass();
    };
    await release.until(({ status }) => status.release?.taken[0]?.confirmedAt !== undefined);
    release.jump(-600);
    await release.pass();
    release.jump(600);
    // Of these hours 90 s count: the baseline of five minutes is not over.
    await jump(5);
    expect(weightsOf(await release.canary())).toEqual([0]);
    await release.until(isPaused, 20);
    await jump(5);
    expect(isPaused(await release.canary())).toBe(true);
    release.behaviour = { rps: 1_000, lag: 100_000 };
    await release.until(isAt(50), 70);
    await minutes(release, 1);
    await jump(5);
    expect(isFailed(await release.canary())).toBe(false);
  });

  test('a control plane that stood still reads what it missed before it decides, in steps of ten minutes', async () => {
    const release = await simulateRelease(SHORT, { rps: 1_000 });
    await release.until(({ status }) => status.release?.taken[1]?.confirmedAt !== undefined);
    for (let i = 0; i < 12 * 45; i++) await release.callers();
    const moves: string[] = [];
    for (let i = 0; i < 8; i++) {
      const stepped = await release.look();
      moves.push(stepped?.move.move === 'wait' ? stepped.move.wait.reason : (stepped?.move.move ?? 'none'));
    }
    expect(moves).toContain('CatchingUp');
    const record = await release.store.findRelease(release.use.call().key, AbortSignal.timeout(1_000));
    const [step] = record?.verdict.steps ?? [];
    expect(step?.windows).toBeGreaterThan(500);
  });

  test('a record that is lost is made again from the rows that are there', async () => {
    const release = await simulateRelease({ ...SHORT, analysis: { ...TIMES, minimum: { time: '10m' } } });
    await release.until(isAt(10));
    await minutes(release, 3);
    const { key } = release.use.call();
    const before = await release.store.findRelease(key, AbortSignal.timeout(1_000));
    let isLost = true;
    const steps = {
      ...release.store,
      findRelease: async (...args: Parameters<typeof release.store.findRelease>) =>
        isLost ? undefined : await release.store.findRelease(...args),
      keepRelease: async (of: typeof key, record: NonNullable<typeof before>, signal: AbortSignal) =>
        await release.store.keepRelease(of, { ...record, revision: record.revision + 1_000 }, signal),
    };
    await release.look({ steps });
    isLost = false;
    const after = await release.store.findRelease(key, AbortSignal.timeout(1_000));
    expect(after?.verdict).toEqual(before?.verdict);
    expect(after?.proxies).toEqual(before?.proxies);
  });
});

describe('an abort by a person', () => {
  test.each<[string, (canary: Canary) => boolean, Behaviour]>([
    ['in the baseline', ({ status }) => status.release?.state === 'Baseline', {}],
    ['at a step', isAt(10), {}],
    ['at 100 %', isAt(100), { rps: 1_000 }],
    ['where it waits for promotion', isWaiting, { rps: 1_000 }],
  ])('%s ends it for good', async (_title, what, behaviour) => {
    const release = await simulateRelease(SHORT, behaviour);
    await release.until(what);
    await abortRelease(release.use.call(), 'enough');
    const canary = await release.canary();
    expect(canary.status).toMatchObject({ phase: 'Failed', weights: { canary: 0 }, release: { state: 'Aborted' } });
    expect(await minutes(release, 10)).toEqual(canary);
  });
});

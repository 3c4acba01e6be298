import { describe, expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary, CanaryPhase, CanaryWeights } from '../../functions/canary/canary.ts';
import { isGone, settled } from '../../functions/canary/settled.ts';
import { liveTargets, servedTarget, servedVersion } from '../../functions/canary/targets.ts';
import { releaseTimes } from '../../functions/canary/times.ts';
import { createCanary, deleteCanary, replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import type { Refusal, Transition } from '../../functions/canary/transitions/transition.ts';
import { atVersion, versionAfter } from '../../functions/canary/version-line.ts';
import { CREATED_AT, specOf } from '../support/canaries.ts';
import { TIMES } from '../support/release-times.ts';

/** A moment so many seconds after the creation; proxies know a new target after 70. */
const moment = (seconds: number): Moment => ({ now: CREATED_AT + seconds * 1_000, times: TIMES });
const manifest = (spec: Partial<Canary['spec']> = {}, labels: Record<string, string> = {}) => ({
  metadata: { labels, annotations: {} },
  spec: specOf(spec),
});
const moved = (port: number) => manifest({ service: { name: 'cart', port } });
const NEW = createCanary(manifest(), { namespace: 'shop', name: 'cart', uid: 'u' }, moment(0));

function done(transition: Transition): Canary {
  if (!transition.allowed) throw new Error(transition.refusal.sentence);
  return transition.canary;
}
function refusal(transition: Transition): Refusal {
  if (transition.allowed) throw new Error('it was allowed');
  return transition.refusal;
}
const at = (canary: number): CanaryWeights => ({ stable: 100 - canary, canary });

/** A canary that went through these weights, a second apart. */
function walked(...shares: readonly number[]): Canary {
  return shares.reduce((c, share, i) => done(setWeights(c, at(share), moment(100 + i))), settled(NEW, moment(100).now));
}

describe('the times of a release', () => {
  test.each([
    // Idle sidecars ask after 66 s at most; four ticks of up to 6 s follow, and 10 s; by two ticks and 6 s all have asked.
    [undefined, 100_000, 84_000, 55_000, 35_000 + 4 * (33_000 + 1_800)],
    // Those that hold ask after 5.5 s at most.
    [
      { refresh: '5s', routesRefresh: '500ms' },
      96_000,
      82_000,
      35_000 + 4 * (2_750 + 1_800),
      35_000 + 4 * (33_000 + 1_800),
    ],
    [{ refresh: '5s', routesRefresh: '500ms', movingRefresh: '0.5s', idle: '1s' }, 31_100, 17_100, 39_000, 39_000],
    [{ refresh: '2s', routesRefresh: '60s' }, 130_000, 76_000, 275_000, 275_000],
    [{ refresh: '2s', routesRefresh: '1s', idle: '2s' }, 70_000, 66_000, 46_600, 46_600, 30_000],
    [{ refresh: '30s', routesRefresh: '5s', idle: '1s' }, 70_000, 19_100, 55_000, 55_000, 2_000],
    [{ refresh: '30s', routesRefresh: '5s', idle: '300s' }, 364_000, 348_000, 55_000, 35_000 + 4 * (165_000 + 1_800)],
  ])('with %j', (discovery, stageMs, askedMs, awaitMs, awaitIdleMs, heard?: number) => {
    expect(releaseTimes(discovery, heard)).toEqual({ stageMs, askedMs, awaitMs, awaitIdleMs });
  });
});

describe('a new canary', () => {
  test('is at 100/0, generation 1, version 1, and has routes after the proxies know it', () => {
    expect(NEW).toMatchObject({
      metadata: { generation: 1, resourceVersion: '1', creationTimestamp: '2026-11-22T12:00:00.000Z' },
      status: {
        phase: 'Initializing',
        weights: { stable: 100, canary: 0 },
        targets: [{ revision: 1, exportTo: ['*'], routesFrom: '2026-11-22T12:01:10.000Z' }],
      },
    });
  });

  test('is Initialized by the clock alone, with the conditions of that', () => {
    expect(settled(NEW, moment(69).now)).toBe(NEW);
    const ready = settled(NEW, moment(70).now);
    expect(ready.metadata).toEqual(NEW.metadata);
    expect(ready.status).toMatchObject({ phase: 'Initialized', lastTransitionTime: '2026-11-22T12:01:10.000Z' });
    expect(ready.status.conditions.map((c) => `${c.type}=${c.status}`)).toEqual([
      'Ready=True',
      'Progressing=False',
      'Promoted=Unknown',
    ]);
  });

  test('takes a share only then, and says when', () => {
    expect(refusal(setWeights(NEW, at(10), moment(69)))).toMatchObject({ reason: 'NotReady', until: moment(70).now });
    expect(done(setWeights(NEW, at(10), moment(70))).status.phase).toBe('Progressing');
  });
});

describe('weights', () => {
  test.each<[readonly number[], CanaryPhase]>([
    [[10], 'Progressing'],
    [[10, 20, 50], 'Progressing'],
    [[10, 0], 'Initialized'],
    [[10, 100], 'WaitingPromotion'],
    [[100, 0], 'Succeeded'],
    [[100, 50], 'Progressing'],
    [[100, 0, 10], 'Progressing'],
  ])('%j: %s', (shares, phase) => {
    expect(walked(...shares).status).toMatchObject({ phase, weights: at(shares.at(-1) ?? 0) });
  });

  test('await the version that they are written with', () => {
    const canary = walked(10);
    expect(canary.metadata.resourceVersion).toBe('2');
    expect(canary.status.awaiting).toEqual({
      resourceVersion: '2',
      since: '2026-11-22T12:01:40.000Z',
      until: '2026-11-22T12:02:35.000Z',
    });
  });

  test('as they are write nothing', () => {
    const canary = walked(10);
    expect(done(setWeights(canary, at(10), moment(200)))).toBe(canary);
    expect(done(setWeights(NEW, at(0), moment(0)))).toBe(NEW);
  });

  test('keep the time of a transition while the phase stays', () => {
    expect(walked(10, 20).status.lastTransitionTime).toBe(walked(10).status.lastTransitionTime);
  });
});

describe('an abort', () => {
  const phases: [string, Canary][] = [
    ['Initializing', NEW],
    ['Initialized', settled(NEW, moment(100).now)],
    ['Progressing', walked(10)],
    ['WaitingPromotion', walked(100)],
    ['Succeeded', walked(100, 0)],
  ];
  test.each(phases)('of a canary that is %s', (phase, canary) => {
    expect(canary.status.phase).toBe(phase);
    const failed = aborted(canary, abortOf(canary, moment(300), 'p99 doubled'), versionAfter(0, canary));
    expect(failed.status).toMatchObject({
      phase: 'Failed',
      weights: at(0),
      awaiting: { since: '2026-11-22T12:05:00.000Z' },
    });
    expect(failed.status.awaiting?.resourceVersion).toBe(failed.metadata.resourceVersion);
    expect(Number(failed.metadata.resourceVersion)).toBe(Number(canary.metadata.resourceVersion) + 1);
    expect(failed.status.conditions.at(-1)).toMatchObject({
      type: 'Promoted',
      status: 'False',
      message: 'aborted: p99 doubled',
    });
    expect(refusal(setWeights(failed, at(10), moment(301))).reason).toBe('Aborted');
  });

  const failed = aborted(walked(50), abortOf(walked(50), moment(300), 'p99 doubled'), 3);
  test('is ended by a retry, which begins anew', () => {
    const canary = done(retryCanary(failed, moment(310)));
    expect(canary.status).toMatchObject({ phase: 'Initialized', weights: at(0) });
    expect(refusal(retryCanary(canary, moment(311))).reason).toBe('NotAborted');
  });

  test('is ended by a new spec, not by new labels, which keep saying why', () => {
    expect(done(replaceCanary(failed, manifest({ mirror: { percentage: 1 } }), moment(310))).status.phase).toBe(
      'Initialized',
    );
    const labelled = done(replaceCanary(failed, manifest({}, { a: 'b' }), moment(310)));
    expect(labelled.status.phase).toBe('Failed');
    expect(labelled.status.conditions[0]?.message).toBe('aborted: p99 doubled');
  });

  test('at the moment of a deletion leaves it deleted', () => {
    const deleted = done(deleteCanary(walked(50), moment(300)));
    const { status } = aborted(deleted, abortOf(walked(50), moment(300), undefined), 4);
    expect(status.phase).toBe('Terminating');
    expect(status.conditions.map(({ reason }) => reason)).toEqual(['Terminating', 'Terminating', 'Terminating']);
  });
});

describe('a new spec', () => {
  test('that is the same writes nothing; labels count no generation', () => {
    expect(done(replaceCanary(NEW, manifest(), moment(10)))).toBe(NEW);
    const labelled = done(replaceCanary(NEW, manifest({}, { app: 'cart' }), moment(10)));
    expect(labelled.metadata).toMatchObject({ generation: 1, resourceVersion: '2', labels: { app: 'cart' } });
    expect(labelled.status.awaiting).toEqual(NEW.status.awaiting);
  });

  test('counts a generation and keeps weights, phase and target where no Envoy cluster changes', () => {
    const canary = done(replaceCanary(walked(10), manifest({ mirror: { percentage: 5 } }), moment(200)));
    expect(canary.metadata.generation).toBe(2);
    expect(canary.status).toMatchObject({ phase: 'Progressing', weights: at(10), observedGeneration: 2 });
    expect(canary.status.targets).toEqual(NEW.status.targets);
    expect(canary.status.awaiting?.resourceVersion).toBe(canary.metadata.resourceVersion);
  });

  test('cannot change the total', () => {
    const { reason, faults } = refusal(replaceCanary(NEW, manifest({ totalWeight: 10_000 }), moment(10)));
    expect([reason, faults?.[0]?.path]).toEqual(['Invalid', 'spec.totalWeight']);
  });

  test.each<[string, Partial<Canary['spec']>]>([
    ['port', { service: { name: 'cart', port: 9090 } }],
    ['backend', { backends: [specOf().backends[0], { name: 'canary', service: 'cart-next', port: 8080 }] }],
    ['exportTo', { exportTo: ['.'] }],
  ])('with another %s is learned before routes lead to it', (_part, spec) => {
    const canary = done(replaceCanary(walked(10), manifest(spec), moment(200)));
    const revisions = (seconds: number): unknown[] => [
      servedTarget(canary, moment(seconds).now)?.revision,
      liveTargets(canary, moment(seconds).now).map((t) => t.revision),
    ];
    expect([200, 269, 270, 339, 340].map(revisions)).toEqual([
      [1, [1, 2]],
      [1, [1, 2]],
      [2, [1, 2]],
      [2, [1, 2]],
      [2, [2]],
    ]);
  });

  test('that replaces one still being learned takes its place; a fourth waits for room, and is told when', () => {
    const second = done(replaceCanary(walked(10), moved(9090), moment(200)));
    const third = done(replaceCanary(second, moved(9091), moment(210)));
    expect([270, 279, 280].map((s) => servedTarget(third, moment(s).now)?.revision)).toEqual([1, 1, 3]);
    expect(liveTargets(third, moment(270).now).map((t) => t.revision)).toEqual([1, 2, 3]);
    expect(refusal(replaceCanary(third, moved(9092), moment(220)))).toMatchObject({
      reason: 'Staging',
      until: moment(280).now,
    });
    expect(done(replaceCanary(third, moved(9092), moment(280))).status.targets.map((t) => t.revision)).toEqual([
      1, 3, 4,
    ]);
  });

  test('before the first was served begins its learning anew', () => {
    const canary = done(replaceCanary(NEW, moved(9090), moment(30)));
    expect(canary.status.phase).toBe('Initializing');
    expect([70, 99, 100].map((s) => servedTarget(canary, moment(s).now)?.revision)).toEqual([undefined, undefined, 2]);
  });
});

describe('what is awaited of the proxies', () => {
  const awaited = ({ status: { awaiting } }: Canary): unknown[] => [
    awaiting?.resourceVersion,
    (Date.parse(awaiting?.since ?? '') - CREATED_AT) / 1_000,
    (Date.parse(awaiting?.until ?? '') - CREATED_AT) / 1_000,
  ];
  const staged = done(replaceCanary(walked(10), moved(9090), moment(200)));
  const failed = aborted(walked(50), abortOf(walked(50), moment(300), undefined), 3);

  test.each<[string, Canary, readonly [version: string, since: number, until: number]]>([
    ['a new canary: from its routes on', NEW, ['1', 70, 125]],
    ['the same, at the version after the head', atVersion(NEW, 42), ['42', 70, 125]],
    ['weights: at once', walked(10), ['2', 100, 155]],
    ['another port: from the moment at which routes lead there', staged, ['3', 270, 325]],
    ['weights meanwhile: the new port with them', done(setWeights(staged, at(20), moment(210))), ['4', 270, 325]],
    ['an abort meanwhile: at once', aborted(staged, abortOf(staged, moment(210), undefined), 4), ['4', 210, 265]],
    ['a retry, which brings matches and copies back', done(retryCanary(failed, moment(310))), ['4', 310, 365]],
  ])('%s', (_what, canary, expected) => {
    expect(awaited(canary)).toEqual(expected);
  });

  test.each<[number, string]>([
    [200, '2'],
    [269, '2'],
    [270, '3'],
  ])('%i s after the creation the routes of a change at 200 s are those of version %s', (seconds, version) => {
    expect(servedVersion(staged, moment(seconds).now)).toBe(version);
  });
});

describe('a deletion', () => {
  const deleted = done(deleteCanary(walked(10), moment(200)));
  test('takes the routes at once, the Envoy clusters later, and nothing changes it any more', () => {
    expect(deleted.status).toMatchObject({ phase: 'Terminating', weights: at(0) });
    expect(deleted.status.awaiting).toBeUndefined();
    expect(servedTarget(deleted, moment(200).now)).toBeUndefined();
    expect([269, 270].map((s) => isGone(deleted, moment(s).now))).toEqual([false, true]);
    expect(done(deleteCanary(deleted, moment(210)))).toBe(deleted);
    for (const change of [
      setWeights(deleted, at(10), moment(210)),
      retryCanary(deleted, moment(210)),
      replaceCanary(deleted, moved(1), moment(210)),
    ]) {
      expect(refusal(change).reason).toBe('Terminating');
    }
  });
});

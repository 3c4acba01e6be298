import { describe, expect, test } from 'vitest';
import { conditionsOf } from '../../functions/canary/conditions.ts';
import { releaseWords } from '../../functions/canary/steps/sentence.ts';
import { workloadLack } from '../../functions/canary/workloads/lack.ts';
import { newsOfWorkloads } from '../../functions/canary/workloads/noted.ts';
import type { SeenWorkloads, Workload } from '../../functions/canary/workloads/workload.ts';
import { workloadOf } from '../../functions/canary/workloads/workload-of.ts';
import { canaryOf } from '../support/canaries.ts';
import { releaseAt, TIME } from '../support/release-status.ts';
import { type WorkloadParts, workloadObject } from '../support/workloads.ts';

const STABLE = { kind: 'Deployment', name: 'cart' } as const;
const CANARY = { kind: 'Deployment', name: 'cart-canary' } as const;
const seenOf = (replicas: number, ready: number): Workload => workloadOf(workloadObject(STABLE, { replicas, ready }));

test.each<[string, WorkloadParts, number]>([
  ['all of the newest template', { replicas: 4 }, 4],
  ['some not ready', { replicas: 4, ready: 3 }, 3],
  ['two of four of a former template, any of which may be the ready ones', { replicas: 4, ready: 3, updated: 2 }, 1],
  ['a surge: five Pods, one of them new', { replicas: 4, total: 5, updated: 1, ready: 4 }, 0],
  ['a spec that its controller has not seen', { replicas: 4, generation: 9, observedGeneration: 8 }, 0],
  ['none', { replicas: 0 }, 0],
])('ready Pods of %s', (_title, parts, ready) => {
  expect(workloadOf(workloadObject(CANARY, parts)).ready).toBe(ready);
});

test('what is absent or of another type counts as the default of the API, or as none', () => {
  const { apiVersion, kind, metadata } = workloadObject(CANARY);
  const none = { replicas: 1, ready: 0, isRolledOut: false, sight: undefined };
  expect(workloadOf({ apiVersion, kind, metadata })).toMatchObject(none);
  const odd = { spec: [], status: { observedGeneration: '3', readyReplicas: -1, replicas: 1.5 } };
  expect(workloadOf({ apiVersion, kind, metadata, ...odd })).toMatchObject(none);
});

describe('what a larger share lacks', () => {
  const release = releaseAt({ workloads: { stable: STABLE, canary: CANARY, replicas: 10 } });
  const lackOf = (ready: number, canary: number, from = 10) =>
    workloadLack(
      canaryOf({ status: { weights: { stable: 100 - from, canary: from } } }),
      release,
      { stable: 100 - canary, canary },
      { stable: seenOf(10, 10), canary: seenOf(10, ready) },
    )?.reason;

  test.each([
    [2, 20, undefined],
    [1, 20, 'CanaryPodsNotReady'],
    [2, 21, 'CanaryPodsNotReady'],
    [9, 100, 'CanaryPodsNotReady'],
    [10, 100, undefined],
    [0, 20, 'CanaryPodsNotReady'],
  ])('with %i ready Pods at %i %%: %s', (ready, weight, reason) => {
    expect(lackOf(ready, weight)).toBe(reason);
  });

  test('nothing for a weight that does not rise, whatever is ready', () => {
    expect([lackOf(0, 10), lackOf(0, 5)]).toEqual([undefined, undefined]);
  });

  test('one Pod at least, also where stable had none', () => {
    const none = releaseAt({ workloads: { stable: STABLE, canary: CANARY, replicas: 0 } });
    const seen = (ready: number): SeenWorkloads => ({
      stable: seenOf(0, 0),
      canary: seenOf(1, ready),
    });
    const weights = { stable: 90, canary: 10 };
    expect(workloadLack(canaryOf(), none, weights, seen(0))?.reason).toBe('CanaryPodsNotReady');
    expect(workloadLack(canaryOf(), none, weights, seen(1))).toBeUndefined();
  });

  test('the sentence of what could not be read, of either', () => {
    const good = seenOf(10, 10);
    const { replicas: _, ...unseen } = release.workloads ?? { stable: STABLE, canary: CANARY };
    const weights = { stable: 80, canary: 20 };
    const canaryGone = { stable: good, canary: { unreadable: 'no canary' } };
    const stableGone = { stable: { unreadable: 'no stable' }, canary: good };
    expect(workloadLack(canaryOf(), release, weights, canaryGone)?.sentence).toBe('no canary');
    expect(workloadLack(canaryOf(), { ...release, workloads: unseen }, weights, stableGone)?.sentence).toBe(
      'no stable',
    );
    // What stable had at the start is known: it need not be read again.
    expect(workloadLack(canaryOf(), release, weights, stableGone)).toBeUndefined();
  });
});

describe('what a release keeps of stable', () => {
  const at = (replicas: number): SeenWorkloads => ({
    stable: seenOf(replicas, 0),
    canary: { unreadable: 'whatever' },
  });
  const of = (more: object) => releaseAt({ workloads: { stable: STABLE, canary: CANARY, ...more } });

  test.each<[string, object, number, object | undefined]>([
    ['the start', {}, 10, { replicas: 10 }],
    ['as at the start', { replicas: 10 }, 10, undefined],
    ['more than at the start', { replicas: 10 }, 12, undefined],
    ['fewer', { replicas: 10 }, 4, { replicas: 10, scaledIn: 4 }],
    ['as few as before', { replicas: 10, scaledIn: 4 }, 4, undefined],
    ['again as many', { replicas: 10, scaledIn: 4 }, 10, { replicas: 10 }],
  ])('%s', (_title, kept, has, news) => {
    expect(newsOfWorkloads(of(kept), at(has))).toEqual(
      news === undefined ? undefined : { stable: STABLE, canary: CANARY, ...news },
    );
  });

  test('nothing where stable cannot be read, or no workloads are named', () => {
    expect(newsOfWorkloads(of({}), { stable: { unreadable: '' }, canary: { unreadable: '' } })).toBeUndefined();
    expect(newsOfWorkloads(releaseAt({}), at(1))).toBeUndefined();
  });

  test('fewer is a condition, beside those of every release', () => {
    const { metadata, spec } = canaryOf();
    const canaryWords = { ...metadata, ...spec };
    const conditions = (more: object) =>
      conditionsOf('Progressing', [], 1, TIME, undefined, releaseWords(canaryWords, of(more))).filter(
        ({ type }) => type === 'StableScaledIn',
      );
    expect(conditions({})).toEqual([]);
    expect(conditions({ replicas: 10 })).toMatchObject([{ status: 'False' }]);
    expect(conditions({ replicas: 10, scaledIn: 4 })).toMatchObject([
      { status: 'True', message: expect.stringMatching(/Deployment cart has 4 of the 10 .* an abort sends it every/) },
    ]);
  });
});

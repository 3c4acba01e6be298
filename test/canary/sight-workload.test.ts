import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { setWeights } from '../../functions/canary/transitions/change-weights.ts';
import { sightWorkload } from '../../functions/canary/transitions/sight-workload.ts';
import { startRelease } from '../../functions/canary/transitions/start-release.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { differenceOf, hashOf, podTemplateOf } from '../../functions/canary/workloads/pod-template.ts';
import { workloadOf } from '../../functions/canary/workloads/workload-of.ts';
import { CREATED_AT, canaryOf } from '../support/canaries.ts';
import { TIMES } from '../support/release-times.ts';
import { releaseManifest } from '../support/use-cases.ts';
import { recordOf } from '../support/values.ts';
import { type WorkloadParts, workloadObject } from '../support/workloads.ts';

const STABLE = { kind: 'Deployment', name: 'cart' } as const;
const REF = { kind: 'Deployment', name: 'cart-canary' } as const;
const moment = { now: CREATED_AT + 100_000, times: TIMES };
const { strategy } = releaseManifest('cart', { strategy: { workloads: { stable: STABLE, canary: REF } } }).spec;
if (strategy === undefined) throw new Error('it has one');
const RESTING: Canary = { ...canaryOf(), spec: { ...canaryOf().spec, strategy } };

const sightOf = (parts: WorkloadParts = {}, ref: { kind: 'Deployment' | 'StatefulSet'; name: string } = REF) =>
  workloadOf(workloadObject(ref, parts)).sight;
const seen = (canary: Canary, parts: WorkloadParts = {}) => sightWorkload(canary, sightOf(parts), moment);
const afterwards = (canary: Canary, parts: WorkloadParts = {}): Canary => {
  const next = seen(canary, parts);
  return next.sighted === 'nothing' ? canary : next.canary;
};
const did = (transition: Transition): Canary => {
  if (!transition.allowed) throw new TypeError(JSON.stringify(transition.refusal));
  return transition.canary;
};
const KNOWN = afterwards(RESTING);

describe('a sight of the workload of the canary', () => {
  test('the first one is what later ones are compared with; the same again is nothing', () => {
    expect(seen(RESTING)).toMatchObject({ sighted: 'kept', canary: { status: { workload: REF } } });
    expect(runningRelease(KNOWN)).toBeUndefined();
    expect(seen(KNOWN).sighted).toBe('nothing');
  });

  test('another Pod template begins a release, and is written with it', () => {
    const next = seen(KNOWN, { image: 'cart:v2' });
    expect(next).toMatchObject({
      sighted: 'begun',
      canary: { status: { phase: 'Progressing', release: { trigger: 'Workload', attempt: 1, state: 'Baseline' } } },
    });
    const begun = afterwards(KNOWN, { image: 'cart:v2' });
    expect(begun.status.workload?.template).toBe(sightOf({ image: 'cart:v2' })?.template);
    expect(seen(begun, { image: 'cart:v2' }).sighted).toBe('nothing');
  });

  test.each<[string, WorkloadParts]>([
    ['a scaled one', { replicas: 3, generation: 9 }],
    ['a restart', { revision: '2', annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-30T12:00:00Z' } }],
    ['a template that the API server shows in another way', { podSpec: { newDefault: true } }],
    ['one that was made again alike', { uid: 'another', revision: '1' }],
  ])('%s begins none', (_title, parts) => {
    expect(seen(KNOWN, parts).sighted).not.toBe('begun');
    // And is no more than was known before: the next template begins one.
    expect(seen(afterwards(KNOWN, parts), { image: 'cart:v2' }).sighted).toBe('begun');
  });

  test.each<[string, WorkloadParts]>([
    ['that its controller has not seen', { image: 'cart:v2', observedGeneration: 2 }],
    ['that is not to be rolled out yet', { image: 'cart:v2', paused: true }],
  ])('a template %s is none yet', (_title, parts) => {
    expect(seen(KNOWN, parts).sighted).toBe('nothing');
    expect(seen(KNOWN, { image: 'cart:v2' }).sighted).toBe('begun');
  });

  test('one that was made again with another template begins a release', () => {
    expect(seen(KNOWN, { uid: 'another', image: 'cart:v2', revision: 'cart:v1' }).sighted).toBe('begun');
  });

  test('another workload is a first sight', () => {
    const named = {
      ...strategy,
      workloads: { stable: STABLE, canary: { kind: 'StatefulSet', name: 'cart-canary' } },
    } as const;
    const changed = { ...KNOWN, spec: { ...KNOWN.spec, strategy: named } };
    const sight = sightOf({ image: 'cart:v2' }, named.workloads.canary);
    expect(sightWorkload(changed, sight, moment).sighted).toBe('kept');
  });

  test('it takes the place of a release that goes on, from 100/0', () => {
    const started = did(startRelease(KNOWN, moment));
    const next = afterwards(started, { image: 'cart:v2' });
    expect(next.status).toMatchObject({ weights: { canary: 0 }, release: { trigger: 'Workload', attempt: 2 } });
    expect(next.status.release?.taken).not.toEqual(started.status.release?.taken);
  });

  test('it begins one after an abort: it is another version', () => {
    const failed = { ...KNOWN, status: { ...KNOWN.status, phase: 'Failed' } } as const;
    expect(seen(failed).sighted).toBe('nothing');
    expect(seen(failed, { image: 'cart:v2' })).toMatchObject({
      sighted: 'begun',
      canary: { status: { phase: 'Progressing' } },
    });
  });

  test('none begins while a weight was set by hand, before proxies know the canary, or once it is deleted', () => {
    const byHand = did(setWeights(KNOWN, { stable: 80, canary: 20 }, moment));
    expect(seen(byHand, { image: 'cart:v2' }).sighted).toBe('nothing');
    const early = { ...moment, now: CREATED_AT };
    expect(sightWorkload(KNOWN, sightOf({ image: 'cart:v2' }), early).sighted).toBe('nothing');
    const deleted = { ...KNOWN, metadata: { ...KNOWN.metadata, deletionTimestamp: '2026-11-30T00:00:00.000Z' } };
    expect(seen(deleted, { image: 'cart:v2' }).sighted).toBe('nothing');
    // It begins when it may.
    expect(seen(did(setWeights(byHand, { stable: 100, canary: 0 }, moment)), { image: 'cart:v2' }).sighted).toBe(
      'begun',
    );
  });

  test('without workloads nothing is kept', () => {
    expect(seen(canaryOf()).sighted).toBe('nothing');
  });
});

describe('two Pod templates', () => {
  const templateOf = (parts: WorkloadParts) => podTemplateOf(recordOf(workloadObject(REF, parts)['spec']));
  const base = templateOf({});

  test.each<[string, WorkloadParts, string | undefined]>([
    ['another image', { image: 'cart:v2' }, 'containers[app].image'],
    [
      'another variable',
      { podSpec: { containers: [{ name: 'app', image: 'cart:v1', env: [] }] } },
      'containers[app].env',
    ],
    ['a container more', { podSpec: { containers: [{ name: 'app', image: 'cart:v1' }, {}] } }, 'containers'],
    ['a field that the other has not', { podSpec: { hostNetwork: true } }, 'hostNetwork'],
    ['a field of a strange name', { podSpec: JSON.parse('{"__proto__": 1}') }, '__proto__'],
    ['labels and annotations', { labels: { app: 'x' }, annotations: { a: 'b' } }, undefined],
    ['what chooses Pods by labels', { podSpec: { affinity: {}, topologySpreadConstraints: [] } }, undefined],
  ])('%s: %s', (_title, parts, path) => {
    expect(differenceOf(base, templateOf(parts))).toBe(path);
    expect(differenceOf(templateOf(parts), base)).toBe(path);
  });

  test('the order of keys is none of the template', () => {
    const turned = { containers: [{ image: 'cart:v1', name: 'app' }] };
    expect(hashOf(templateOf({ podSpec: turned }))).toBe(hashOf(base));
    expect(hashOf(templateOf({ labels: { app: 'x' } }))).not.toBe(hashOf(base));
  });
});

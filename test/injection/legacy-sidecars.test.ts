import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { withoutNativeSidecars } from '../../functions/injection/plan/legacy-sidecars.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import type { Template } from '../../functions/template/template.ts';
import { applyStrictly, podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';
import { at, copyOf, namesOf } from '../support/values.ts';

const PROBE = { httpGet: { path: '/ready', port: 15_021 } };
const NATIVE = { name: 'mesh', image: 'mesh:1', restartPolicy: 'Always', startupProbe: PROBE };
const INIT = { name: 'mesh-init', image: 'init:1' };
const LOG = { name: 'log', image: 'log:1' };
const template = (placement: Record<string, unknown> = {}) =>
  templateOf('mesh', { placement, pod: { spec: { initContainers: [INIT, NATIVE], containers: [LOG] } } });

const plan = createPlanMemo();
const mutate = (pod: RawPod, nativeSidecars: boolean, ...templates: readonly Template[]): Outcome =>
  mutatePod(
    copyOf(pod),
    'shop',
    stateOf(templates, { nativeSidecars }),
    plan,
    templates.map((t) => t.name),
  );

function namesAfter(pod: RawPod, nativeSidecars: boolean, ...templates: readonly Template[]): unknown {
  const done = applyStrictly(pod, mutate(pod, nativeSidecars, ...templates).operations);
  expect(mutate(done, nativeSidecars, ...templates)).toMatchObject({ reason: 'AlreadyInjected' });
  return { init: namesOf(at(done, 'spec', 'initContainers')), containers: namesOf(at(done, 'spec', 'containers')) };
}

// Fault 45.
describe('where a native sidecar goes', () => {
  const pod = podOf({ initContainers: [{ name: 'setup' }] });
  test.each<
    [what: string, nativeSidecars: boolean, placement: Record<string, unknown>, init: string[], containers: string[]]
  >([
    ['native', true, {}, ['mesh-init', 'mesh', 'setup'], ['app', 'log']],
    ['classic', false, {}, ['mesh-init', 'setup'], ['mesh', 'app', 'log']],
    ['classic, last', false, { classic: 'Last' }, ['mesh-init', 'setup'], ['app', 'mesh', 'log']],
    ['classic, after', false, { classic: { after: 'app' } }, ['mesh-init', 'setup'], ['app', 'mesh', 'log']],
    [
      'classic, before',
      false,
      { classic: { before: 'app' }, containers: 'First' },
      ['mesh-init', 'setup'],
      ['log', 'mesh', 'app'],
    ],
  ])('%s', (_what, nativeSidecars, placement, init, containers) => {
    expect(namesAfter(pod, nativeSidecars, template(placement))).toEqual({ init, containers });
  });

  test('and what it is there: an ordinary container with its probe', () => {
    const done = applyStrictly(pod, mutate(pod, false, template()).operations);
    expect(at(done, 'spec', 'containers', 0)).toEqual({ name: 'mesh', image: 'mesh:1', startupProbe: PROBE });
  });

  test('two records share an environment: each Pod gets what its Kubernetes cluster can run', () => {
    const mesh = template();
    for (const nativeSidecars of [true, false, true]) {
      const { containers } = { containers: namesAfter(pod, nativeSidecars, mesh) };
      expect(at(containers, 'containers', 0)).toBe(nativeSidecars ? 'app' : 'mesh');
    }
  });

  test('the application’s own native sidecar is its own affair', () => {
    const own = podOf({ initContainers: [{ name: 'mine', restartPolicy: 'Always' }] });
    const done = applyStrictly(own, mutate(own, false, template()).operations);
    expect(at(done, 'spec', 'initContainers', 1)).toEqual({ name: 'mine', restartPolicy: 'Always' });
  });

  test('a template without one is passed on as it is, and one with it is made over once', () => {
    const plain = templateOf('plain');
    const mesh = template();
    const [first, second] = withoutNativeSidecars([plain, mesh]);
    expect(first).toBe(plain);
    expect(withoutNativeSidecars([mesh])[0]).toBe(second);
    expect(second?.variant).not.toBe(mesh.variant);
  });

  test('two containers of one name are still a conflict', () => {
    const other = templateOf('other', { pod: { spec: { containers: [{ name: 'mesh', image: 'x:1' }] } } });
    expect(mutate(pod, false, template(), other)).toMatchObject({ reason: 'TemplateConflict' });
  });
});

// Fault 40.
describe('a Job that would never be done is warned about', () => {
  const job = (restartPolicy: string | undefined, kind = 'Job') =>
    podOf({ restartPolicy }, { ownerReferences: [{ kind, name: 'x' }] });
  test.each<[what: string, pod: RawPod, nativeSidecars: boolean, warned: boolean]>([
    ['Never', job('Never'), false, true],
    ['OnFailure', job('OnFailure'), false, true],
    ['with native sidecars', job('Never'), true, false],
    ['a Pod of nobody’s', podOf({ restartPolicy: 'Never' }), false, false],
    ['a Pod of a ReplicaSet', job('Always', 'ReplicaSet'), false, false],
    ['a Pod that starts again anyway', job('Always'), false, false],
  ])('%s', (_what, pod, nativeSidecars, warned) => {
    expect(mutate(pod, nativeSidecars, template()).warnings).toEqual(
      warned ? ['outrigger: without native sidecars this Job will not complete by itself: mesh runs on'] : [],
    );
    expect(mutate(pod, nativeSidecars, templateOf('plain')).warnings).toEqual([]);
  });
});

test('a template can tell where it is', () => {
  const told = templateOf('told', {
    parameters: [],
    pod: {
      spec: { initContainers: [{ ...NATIVE, args: [{ $if: 'nativeSidecars', then: 'native', else: 'classic' }] }] },
    },
  });
  const argsAfter = (nativeSidecars: boolean, list: string) =>
    at(applyStrictly(podOf(), mutate(podOf(), nativeSidecars, told).operations), 'spec', list, 0, 'args');
  expect(argsAfter(true, 'initContainers')).toEqual(['native']);
  expect(argsAfter(false, 'containers')).toEqual(['classic']);
});

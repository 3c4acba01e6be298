import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../functions/injection/plan/plan.ts';
import { holdsFor, proofOf } from '../../functions/injection/prove/proof.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import { findPatchFaultOnce } from '../../functions/injection/prove/verify-once.ts';
import { annotationBytes } from '../../functions/kubernetes/annotation-size.ts';
import { mapOf as fieldsOf, type RawPod } from '../../functions/kubernetes/pod.ts';
import { ANNOTATION_BYTES_MAX } from '../../functions/limits.ts';
import { managedFields, operationsFor, podOf } from '../support/pods.ts';
import { planOf, templateOf, templateWithPod } from '../support/templates.ts';
import { at, copyOf } from '../support/values.ts';

const mounts = (...names: readonly string[]) => names.map((name) => ({ name, mountPath: `/${name}` }));
const PROXY = { name: 'proxy', image: 'proxy:1', volumeMounts: mounts('conf', 'run') };
const PLAN = planOf(
  templateWithPod({
    metadata: { labels: { sidecar: 'yes' }, annotations: { note: 'x' } },
    spec: {
      containers: [PROXY],
      initContainers: [{ name: 'init', image: 'init:1', volumeMounts: mounts('conf') }],
      volumes: [
        { name: 'conf', emptyDir: {} },
        { name: 'run', emptyDir: {} },
      ],
      securityContext: { fsGroup: 1 },
    },
  }),
);
const AGAIN = 'a second injection would change the Pod again';

/** Few names, so that Pods clash with the plan in every way. */
const name = fc.constantFrom('app', 'proxy', 'init', 'conf', 'run', '__proto__', undefined);
const mount = fc.record({ name, mountPath: fc.constantFrom('/a', '/conf') });
const container = fc.record({ name, volumeMounts: fc.oneof(fc.constant(null), fc.array(mount, { maxLength: 2 })) });
const listOf = <T>(element: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.array(element, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(undefined, null, {}, 'x', [null], [[]]) },
  );
const mapOf = (key: string): fc.Arbitrary<unknown> =>
  fc.constantFrom<unknown>(undefined, null, {}, { [key]: 'other' }, { a: 'b' }, [], 'x', { a: 'y'.repeat(262_100) });
/** A Pod that has most of what another one has, and something else instead. */
function near(pod: RawPod): fc.Arbitrary<RawPod> {
  const orOwn = (part: string, key: string, other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 5, arbitrary: fc.constant(at(pod, part, key)) }, { weight: 2, arbitrary: other });
  return fc.record({
    metadata: fc.record({
      labels: orOwn('metadata', 'labels', mapOf('sidecar')),
      annotations: orOwn('metadata', 'annotations', mapOf('note')),
    }),
    spec: fc.record({
      containers: orOwn('spec', 'containers', listOf(container)),
      initContainers: orOwn('spec', 'initContainers', listOf(container)),
      ephemeralContainers: orOwn('spec', 'ephemeralContainers', listOf(container)),
      volumes: orOwn('spec', 'volumes', listOf(fc.record({ name }))),
      securityContext: orOwn(
        'spec',
        'securityContext',
        fc.constantFrom<unknown>(undefined, null, {}, { fsGroup: 2 }, []),
      ),
    }),
  });
}

/** Pods that differ in what is there already, so that their operations differ. */
const PROVED = [
  podOf(),
  podOf({ volumes: [{ name: 'conf', emptyDir: {} }] }),
  podOf({ containers: [{ name: 'app' }, PROXY], volumes: [{ name: 'data', emptyDir: {} }] }),
  podOf({ initContainers: [{ name: 'setup' }], securityContext: { fsGroup: 1 } }, { annotations: { a: 'b' } }),
];

describe.each(
  PROVED.map((pod, i): [number, RawPod] => [i, pod]),
)('operations that were proved on Pod %i', (_i, pod) => {
  const operations = operationsFor(pod, PLAN);
  const proof = proofOf(operations, PLAN);

  test('hold for the Pod itself', () => {
    expect(findPatchFault(copyOf(pod), operations, PLAN)).toBeUndefined();
    expect(proof !== undefined && holdsFor(pod, proof)).toBe(true);
  });

  test('hold for another one only where the whole verification finds no fault; idle wishes are the injector’s', () => {
    let held = 0;
    const check = (other: RawPod): void => {
      if (proof === undefined || !holdsFor(other, proof)) return;
      held++;
      expect([undefined, AGAIN]).toContain(findPatchFault(copyOf(other), operations, PLAN));
    };
    fc.assert(fc.property(near(pod), check), { numRuns: 5_000, seed: 1 });
    expect(held).toBeGreaterThan(50);
  });

  test('are found as they are by the whole verification, first and remembered', () => {
    fc.assert(
      fc.property(near(pod), (other) => {
        const whole = findPatchFault(copyOf(other), operations, PLAN);
        const once = findPatchFaultOnce(copyOf(other), operations, PLAN);
        // Operations that the injector did not make for this Pod may lack some.
        if (whole !== AGAIN) expect(once).toBe(whole);
      }),
      { numRuns: 1_000, seed: 2 },
    );
  });
});

test('operations that were proved once are not applied to the next Pod to prove them', () => {
  const operations = operationsFor(podOf(), PLAN);
  expect(findPatchFaultOnce(podOf(), operations, PLAN)).toBeUndefined();
  const next = podOf();
  expect(findPatchFaultOnce(next, operations, PLAN)).toBeUndefined();
  expect(next).toEqual(podOf());
});

test('operations with a fault are found faulty every time', () => {
  const half = operationsFor(podOf(), PLAN).filter(({ path }) => path !== '/spec/securityContext');
  for (let i = 0; i < 3; i++) expect(findPatchFaultOnce(podOf(), half, PLAN)).toBe(AGAIN);
});

/** The fault of the second of two Pods that get the same operations, or how it was found to have none. */
function proveNext(first: RawPod, next: RawPod, plan: Plan): string {
  const operations = operationsFor(first, plan);
  expect(findPatchFaultOnce(copyOf(first), operations, plan)).toBeUndefined();
  const pod = copyOf(next);
  const fault = findPatchFaultOnce(pod, operations, plan);
  // Only a proof as a whole applies the operations.
  return fault ?? (isDeepStrictEqual(pod, next) ? 'remembered' : 'whole');
}

describe('a Pod without bounds is proved as a whole, whatever was proved on another one', () => {
  const named = (name: string, count: number) => Array.from({ length: count }, (_, i) => ({ name: `${name}${i}` }));
  const sized = (apps: number, inits: number, others: number, volumes: number, annotations = {}): RawPod =>
    podOf(
      {
        containers: named('app', apps),
        initContainers: named('setup', inits),
        ephemeralContainers: named('debug', others),
        volumes: named('data', volumes),
      },
      { annotations: { a: 'b', ...annotations } },
    );
  const OURS = annotationBytes(fieldsOf(fieldsOf(PLAN.fragment, 'metadata'), 'annotations'));
  const room = Math.floor(ANNOTATION_BYTES_MAX / 3) - OURS;
  test.each<[what: string, next: RawPod, proved: string]>([
    ['as many containers as there may be', sized(254, 1, 1, 1), 'remembered'],
    ['a container too many', sized(255, 1, 1, 1), 'whole'],
    ['an init container too many', sized(1, 255, 1, 1), 'whole'],
    ['an ephemeral container too many', sized(1, 1, 255, 1), 'whole'],
    ['as many volumes as there may be', sized(1, 1, 1, 256), 'remembered'],
    ['a volume too many', sized(1, 1, 1, 257), 'whole'],
    ['as long annotations as there may be', sized(1, 1, 1, 1, { a: 'x'.repeat(room - 1) }), 'remembered'],
    ['a character too many', sized(1, 1, 1, 1, { a: 'x'.repeat(room) }), 'whole'],
    ['an annotation that is no text', sized(1, 1, 1, 1, { a: 'x'.repeat(room - 2), n: 1 }), 'remembered'],
  ])('%s', (_what, next, proved) => {
    expect(proveNext(sized(1, 1, 1, 1), next, PLAN)).toBe(proved);
  });
});

describe('what depends on the Pod is looked at in every Pod', () => {
  const own = { name: 'own', emptyDir: {} };
  const appMounting = { name: 'app', image: 'shop:1', volumeMounts: mounts('own') };
  const mountedSince = { ...PROXY, volumeMounts: mounts('conf', 'run', 'own') };
  const planWith = (pod: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    planOf(templateOf('sidecar', { pod, ...more }));
  const pulling = { containers: [{ name: 'tail', image: 'x', volumeMounts: mounts('own') }] };
  test.each<[what: string, plan: Plan, first: RawPod, next: RawPod, proved: string]>([
    [
      'a volume that every container mounts',
      planWith({ spec: {} }, { amend: [{ container: '*', fragment: { volumeMounts: mounts('own') } }] }),
      podOf({ containers: [appMounting], volumes: [own] }),
      podOf({ containers: [appMounting] }),
      'every container mounts own, which is no volume of the Pod',
    ],
    [
      'a volume that the templates delete',
      planWith({ spec: { volumes: [{ name: 'own', $patch: 'delete' }] } }),
      podOf(),
      podOf({ containers: [appMounting] }),
      'container app mounts own, which the templates delete',
    ],
    [
      'a field that the templates delete',
      planWith({ spec: { priorityClassName: null } }),
      podOf(),
      podOf({ priorityClassName: 'high' }),
      AGAIN,
    ],
    [
      'a volume that only an image pull secret is named as',
      planWith({ spec: { ...pulling, imagePullSecrets: [{ name: 'own' }] } }),
      podOf({ imagePullSecrets: [{ name: 'a' }], volumes: [own] }),
      podOf({ imagePullSecrets: [{ name: 'a' }] }),
      'container tail mounts own, which is no volume of the Pod',
    ],
    [
      'a volume that a container of ours mounts in the Pod',
      PLAN,
      podOf({ containers: [mountedSince], volumes: [own] }, { managedFields: managedFields({ containers: ['app'] }) }),
      podOf({ containers: [mountedSince], volumes: [{ name: 'x' }] }),
      'container proxy mounts own, which is no volume of the Pod',
    ],
    [
      'the place of a container that comes first',
      planWith({ spec: { containers: [{ name: 'a', image: 'x' }] } }, { placement: { containers: 'First' } }),
      podOf(),
      podOf({ containers: [] }),
      'remembered',
    ],
    [
      'a map that the next Pod does not have',
      PLAN,
      podOf({}, { annotations: { a: 'b' }, labels: { a: 'b' } }),
      { ...podOf(), metadata: null },
      'does not apply: OPERATION_PATH_UNRESOLVABLE',
    ],
    [
      'a key of a map that looks like an index',
      planWith({ spec: { nodeSelector: { 0: 'yes' } } }),
      podOf({ nodeSelector: { a: 'b' } }),
      podOf({ nodeSelector: { c: 'd' } }),
      'whole',
    ],
  ])('%s', (_what, plan, first, next, proved) => {
    expect(proveNext(first, next, plan)).toBe(proved);
  });
});

test('a volume of the Pod that our container mounts has to be there in every Pod', () => {
  const plan = planOf(
    templateWithPod({ spec: { containers: [{ name: 'tail', image: 'x', volumeMounts: mounts('theirs') }] } }),
  );
  const pod = podOf({ volumes: [{ name: 'theirs', emptyDir: {} }] });
  const operations = operationsFor(pod, plan);
  expect(findPatchFaultOnce(pod, operations, plan)).toBeUndefined();
  const lost = 'container tail mounts theirs, which is no volume of the Pod';
  expect(findPatchFaultOnce(podOf(), operations, plan)).toBe(lost);
});

test('of another plan, a removal, a replacement and an addition inside a container of the Pod nothing is remembered', () => {
  const operations = operationsFor(podOf(), PLAN);
  const other = planOf(templateWithPod({ spec: { containers: [{ name: 'other', image: 'x' }] } }));
  expect(findPatchFaultOnce(podOf(), operations, PLAN)).toBeUndefined();
  expect(findPatchFaultOnce(podOf(), operations, other)).toContain('which the templates do not name');
  const inside = { op: 'add', path: '/spec/containers/0/env/-', value: {} } as const;
  for (const odd of [
    { op: 'remove', path: '/spec/x' },
    { op: 'replace', path: '/spec/x', value: 1 },
    inside,
  ] as const) {
    expect(proofOf([odd], PLAN)).toBeUndefined();
  }
});

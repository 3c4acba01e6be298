import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdsFor, proofOf } from '../../functions/injection/prove/proof.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import { findPatchFaultOnce } from '../../functions/injection/prove/verify-once.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { operationsFor, podOf } from '../support/pods.ts';
import { planOf, templateWithPod } from '../support/templates.ts';
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

import { describe, expect, test } from 'vitest';
import { injectPlan } from '../../functions/injection/apply/inject.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import { applyStrictly, injected, operationsFor, podOf } from '../support/pods.ts';
import { planOf, templateOf, templateWithPod } from '../support/templates.ts';
import { at, copyOf, namesOf } from '../support/values.ts';

const FULL = {
  metadata: { labels: { sidecar: 'yes' }, annotations: { 'example.com/a_b': '1', 'example.com/c': '2' } },
  spec: {
    containers: [{ name: 'proxy', image: 'proxy:1', volumeMounts: [{ name: 'conf', mountPath: '/conf' }] }],
    initContainers: [{ name: 'proxy-init', image: 'init:1' }],
    volumes: [{ name: 'conf', configMap: { name: 'conf' } }],
  },
};
const PLAN = planOf(templateWithPod(FULL));
const paths = (...pod: Parameters<typeof podOf>) => operationsFor(podOf(...pod), PLAN).map((o) => `${o.op} ${o.path}`);

describe('how many operations', () => {
  test('into a Pod that has every list and map: one for each thing', () => {
    const spec = { initContainers: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], volumes: [{ name: 'data' }] };
    expect(paths(spec, { labels: { app: 'x' }, annotations: { a: 'b' } })).toEqual([
      'add /metadata/labels/sidecar',
      'add /metadata/annotations/example.com~1a_b',
      'add /metadata/annotations/example.com~1c',
      'add /metadata/annotations/outrigger.dev~1status',
      'add /spec/volumes/-',
      'add /spec/initContainers/0',
      'add /spec/containers/-',
    ]);
  });

  test('1 container, 1 init container, 1 volume, 3 metadata keys into a bare Pod: 6 at most', () => {
    expect(paths()).toEqual([
      'add /metadata/labels',
      'add /metadata/annotations',
      'add /spec/volumes',
      'add /spec/initContainers',
      'add /spec/containers/-',
    ]);
  });

  test('Pod without metadata', () => {
    const { metadata: _, ...bare } = podOf();
    expect(operationsFor(bare, PLAN)[0]).toMatchObject({ op: 'add', path: '/metadata' });
  });
});

// Defects 1 and 4 of research/injection.md §3.2; kubernetes/kubernetes#129459.
describe('defects 1 and 4: absent, empty and null parents in every combination', () => {
  const states = [undefined, null, 'empty'];
  const rows = states.flatMap((labels) =>
    states.flatMap((annotations) =>
      states.flatMap((volumes) => states.map((init) => ({ labels, annotations, volumes, init }))),
    ),
  );
  const some = <T>(key: string, state: string | null | undefined, empty: T) =>
    state === undefined ? {} : { [key]: state === null ? null : empty };

  test.each(rows)('labels $labels, annotations $annotations, volumes $volumes, initContainers $init', (row) => {
    const pod = podOf(
      { ...some('volumes', row.volumes, []), ...some('initContainers', row.init, []) },
      { ...some('labels', row.labels, {}), ...some('annotations', row.annotations, {}) },
    );
    const after = injected(pod, PLAN);
    expect(after).toEqual(injected(podOf(), PLAN));
    expect(injectPlan(after, PLAN)).toEqual({ operations: [] });
  });

  test('annotations that are there stay', () => {
    const after = injected(podOf({}, { annotations: { mine: 'x', 'a/b': 'y' } }), PLAN);
    expect(at(after, 'metadata', 'annotations')).toMatchObject({ mine: 'x', 'a/b': 'y', 'example.com/c': '2' });
  });

  test.each([{}, { mine: 'x' }])('an empty label value is added to %j, too', (labels) => {
    const plan = planOf(templateWithPod({ metadata: { labels: { 'example.com/flag': '' } } }));
    expect(at(injected(podOf({}, { labels }), plan), 'metadata', 'labels')).toEqual({
      ...labels,
      'example.com/flag': '',
    });
  });
});

// Defects 11 and 16: order reversed, init containers sorted by name.
describe('defects 11 and 16: the order of the Pod stays', () => {
  test('containers and init containers keep their order, the default container stays first', () => {
    const list = (...names: string[]) => names.map((name) => ({ name, image: `${name}:1` }));
    const after = injected(podOf({ containers: list('z', 'a', 'm'), initContainers: list('y', 'b') }), PLAN);
    expect(namesOf(at(after, 'spec', 'containers'))).toEqual(['z', 'a', 'm', 'proxy']);
    expect(namesOf(at(after, 'spec', 'initContainers'))).toEqual(['proxy-init', 'y', 'b']);
  });
});

// Defect 10: a typed round trip drops what is newer than the compiled API.
test('defect 10: fields nobody knows yet stay as they are', () => {
  const future = { resources: { claims: [{ name: 'gpu' }] }, hologram: { depth: [1, { x: null }] }, 'x-y/z': 1 };
  const pod = podOf({
    ...future,
    containers: [{ name: 'app', ...future }],
    initContainers: [{ name: 'n', restartPolicy: 'Always', ...future }],
  });
  const after = injected(pod, PLAN);
  expect(at(after, 'spec', 'containers', 0)).toEqual({ name: 'app', ...future });
  expect(at(after, 'spec', 'initContainers', 1)).toEqual({ name: 'n', restartPolicy: 'Always', ...future });
  expect(at(after, 'spec')).toMatchObject(future);
});

// Defect 9: `camelCase` fields dropped on their way out of the template.
test('defect 9: every field of a template arrives, known or not', () => {
  const container = {
    name: 'proxy',
    image: 'p:1',
    imagePullPolicy: 'Always',
    restartPolicy: 'Always',
    futureField: { camelCase: [1] },
  };
  const plan = planOf(templateWithPod({ spec: { initContainers: [container], newPodField: { aB: 'c' } } }));
  const after = injected(podOf(), plan);
  expect(at(after, 'spec', 'initContainers', 0)).toEqual(container);
  expect(at(after, 'spec', 'newPodField')).toEqual({ aB: 'c' });
});

// Defect 8: state of one request shows in the next.
test('defect 8: neither Pod nor plan is changed, and the next Pod gets the same', () => {
  const pod = podOf({ volumes: [{ name: 'data' }] });
  const before = [copyOf(pod), JSON.stringify(PLAN)];
  const first = operationsFor(pod, PLAN);
  applyStrictly(pod, first);
  expect([pod, JSON.stringify(PLAN)]).toEqual(before);
  expect(operationsFor(pod, PLAN)).toEqual(first);
});

/** Whether a value and all in it are frozen. */
function isDeepFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeepFrozen);
}

// Operations are shared by requests, and verification puts their values into the Pod as they are.
test.each<[what: string, spec: Record<string, unknown>]>([
  ['into absent lists', { containers: undefined }],
  ['into lists that are there', { initContainers: [{ name: 'a' }], volumes: [{ name: 'data' }] }],
])('defect 8: nothing of an operation can be changed by who uses it: %s', (_what, spec) => {
  for (const operation of operationsFor(podOf(spec), PLAN)) {
    expect({ path: operation.path, frozen: isDeepFrozen(operation) }).toEqual({ path: operation.path, frozen: true });
  }
});

test('defect 8: what happens to one injected Pod does not reach the next', () => {
  const plan = planOf(templateWithPod(FULL));
  const pod = podOf({ containers: [] });
  expect(findPatchFault(pod, operationsFor(pod, plan), plan)).toBeUndefined();
  const list = at(pod, 'spec', 'containers');
  try {
    if (Array.isArray(list)) list.push({ name: 'leaked' });
  } catch {
    // A frozen list refuses, which is as good.
  }
  expect(namesOf(at(injected(podOf({ containers: [] }), plan), 'spec', 'containers'))).toEqual(['proxy']);
});

test('a label-only template adds one label and the status', () => {
  const plan = planOf(templateWithPod({ metadata: { labels: { team: 'shop' } } }));
  expect(operationsFor(podOf({}, { labels: { app: 'x' } }), plan).map((o) => o.path)).toEqual([
    '/metadata/labels/team',
    '/metadata/annotations',
  ]);
});

test('placement beside a container that is not there is told', () => {
  const plan = planOf(templateOf('proxy', { placement: { containers: { after: 'gone' } } }));
  expect(injectPlan(podOf(), plan)).toEqual({ reason: 'PlacementTargetMissing', detail: 'gone' });
});

test.each<[what: string, pod: Record<string, unknown>, detail: string]>([
  ['no spec', {}, 'spec is not an object'],
  ['spec null', { spec: null }, 'spec is not an object'],
  ['spec a list', { spec: [] }, 'spec is not an object'],
  ['containers a map', { spec: { containers: {} } }, 'spec.containers is not a list'],
  ['initContainers a string', { spec: { initContainers: 'x' } }, 'spec.initContainers is not a list'],
  ['ephemeralContainers false', { spec: { ephemeralContainers: false } }, 'spec.ephemeralContainers is not a list'],
  ['volumes a number', { spec: { volumes: 0 } }, 'spec.volumes is not a list'],
])('defect 12: a Pod of another shape is told, never thrown at: %s', (_what, pod, detail) => {
  expect(injectPlan(pod, PLAN)).toEqual({ reason: 'MalformedPod', detail });
});

import { describe, expect, test } from 'vitest';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import type { Template } from '../../functions/template/template.ts';
import { planOf, templateOf, templateWithPod } from '../support/templates.ts';
import { at, namesOf } from '../support/values.ts';

type Fragment = Record<string, unknown>;
const pod = (name: string, fragment: Fragment): Template => templateWithPod(fragment, name);
const spec = (name: string, fields: Fragment): Template => pod(name, { spec: fields });
const container = (name: string, more: Fragment = {}) => ({ name, image: 'registry.test/x:1', ...more });

/** What the plan of two templates says about a conflict; undefined when there is none. */
function conflictOf(...templates: readonly Template[]): string | undefined {
  const planned = planInjection(templates);
  return 'conflict' in planned ? planned.conflict : undefined;
}

describe('templates that contradict each other', () => {
  const differ = 'b and an earlier template differ in';
  test.each<[what: string, first: Fragment, second: Fragment, conflict: string]>([
    [
      'containers',
      { spec: { containers: [container('x')] } },
      { spec: { containers: [container('x', { tty: true })] } },
      `${differ} container x`,
    ],
    [
      'init containers',
      { spec: { initContainers: [container('x')] } },
      { spec: { initContainers: [container('x', { tty: true })] } },
      `${differ} container x`,
    ],
    [
      'a container and an init container',
      { spec: { containers: [container('x')] } },
      { spec: { initContainers: [container('x')] } },
      `${differ} container x`,
    ],
    [
      'volumes',
      { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      { spec: { volumes: [{ name: 'v', configMap: { name: 'c' } }] } },
      `${differ} spec.volumes`,
    ],
    [
      'labels',
      { metadata: { labels: { a: '1' } } },
      { metadata: { labels: { a: '2' } } },
      `${differ} metadata.labels.a`,
    ],
    [
      'annotations',
      { metadata: { annotations: { a: '1' } } },
      { metadata: { annotations: { a: '2' } } },
      `${differ} metadata.annotations.a`,
    ],
    ['a scalar', { spec: { dnsPolicy: 'None' } }, { spec: { dnsPolicy: 'Default' } }, `${differ} spec.dnsPolicy`],
    [
      'a scalar below',
      { spec: { securityContext: { fsGroup: 1 } } },
      { spec: { securityContext: { fsGroup: 2 } } },
      `${differ} spec.securityContext.fsGroup`,
    ],
    [
      'a list without a key',
      { spec: { readinessGates: [{ conditionType: 'a' }] } },
      { spec: { readinessGates: [{ conditionType: 'b' }] } },
      `${differ} spec.readinessGates`,
    ],
    ['a map and a scalar', { spec: { future: { a: 1 } } }, { spec: { future: 'a' } }, `${differ} spec.future`],
    [
      'a volume that says less',
      { spec: { volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] } },
      { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      `${differ} spec.volumes`,
    ],
  ])('%s', (_what, first, second, conflict) => {
    expect(conflictOf(pod('a', first), pod('b', second))).toMatch(new RegExp(`^${conflict}(?![\\w.])`));
  });

  test.each<[what: string, first: Fragment, second: Fragment]>([
    ['the same container', { spec: { containers: [container('x')] } }, { spec: { containers: [container('x')] } }],
    [
      'the same container, its fields in another order',
      { spec: { containers: [{ name: 'x', image: 'i' }] } },
      { spec: { containers: [{ image: 'i', name: 'x' }] } },
    ],
    ['the same volume', { spec: { volumes: [{ name: 'v' }] } }, { spec: { volumes: [{ name: 'v' }] } }],
    ['quantities in other words', { spec: { overhead: { cpu: '1' } } }, { spec: { overhead: { cpu: '1000m' } } }],
    ['other keys of one map', { spec: { nodeSelector: { a: '1' } } }, { spec: { nodeSelector: { b: '2' } } }],
    [
      'other elements of one list',
      { spec: { imagePullSecrets: [{ name: 'a' }] } },
      { spec: { imagePullSecrets: [{ name: 'b' }] } },
    ],
  ])('no contradiction: %s', (_what, first, second) => {
    expect(conflictOf(pod('a', first), pod('b', second))).toBeUndefined();
  });
});

// Defect 2 of research/injection.md §3.2: each sidecar creates the list, and the second erases the first.
describe('defect 2: templates are laid over each other', () => {
  const plan = planOf(
    pod('a', { metadata: { labels: { a: '1' } }, spec: { containers: [container('x')], volumes: [{ name: 'v' }] } }),
    pod('b', {
      metadata: { labels: { b: '2' } },
      spec: { containers: [container('y')], initContainers: [container('i')], volumes: [{ name: 'w' }] },
    }),
  );

  test('lists and maps hold what all of them say, in their order', () => {
    expect(plan.containers.map((p) => p.container.name)).toEqual(['x', 'y']);
    expect(plan.initContainers.map((p) => p.container.name)).toEqual(['i']);
    expect(namesOf(at(plan.fragment, 'spec', 'volumes'))).toEqual(['v', 'w']);
    expect(at(plan.fragment, 'metadata', 'labels')).toEqual({ a: '1', b: '2' });
    expect([...plan.containerNames].sort()).toEqual(['i', 'x', 'y']);
    expect([...plan.volumeNames]).toEqual(['v', 'w']);
  });

  test('containers stand in no other place of the fragment', () => {
    expect(at(plan.fragment, 'spec', 'containers')).toBeUndefined();
    expect(at(plan.fragment, 'spec', 'initContainers')).toBeUndefined();
  });

  test('every container keeps the place that its template asks for', () => {
    const first = templateOf('a', { placement: { containers: 'First' } });
    const last = templateOf('b', { placement: { containers: { after: 'app' } } });
    expect(planOf(first, last).containers.map((p) => p.position)).toEqual(['First', { after: 'app' }]);
  });
});

describe('the status annotation', () => {
  const templates = [templateOf('a', {}, '7'), templateOf('b', {}, 'abc')];

  test('says which templates, in which version and content, added which containers', () => {
    const status = at(planOf(...templates).fragment, 'metadata', 'annotations', 'outrigger.dev/status');
    expect(JSON.parse(String(status))).toEqual({
      templates: templates.map(({ name, version, hash }) => ({ name, version, hash })),
      containers: ['a', 'b'],
    });
  });

  test('stands beside the annotations of the templates', () => {
    const plan = planOf(pod('a', { metadata: { annotations: { 'example.com/a': '1' } } }));
    expect(Object.keys(Object(at(plan.fragment, 'metadata', 'annotations')))).toEqual([
      'example.com/a',
      'outrigger.dev/status',
    ]);
  });
});

describe('a plan is shared by all requests of an environment', () => {
  test('the templates are not changed by planning', () => {
    const templates = [
      spec('a', { nodeSelector: { a: '1' }, volumes: [{ name: 'v' }] }),
      spec('b', { nodeSelector: { b: '2' }, volumes: [{ name: 'w' }] }),
    ];
    const text = JSON.stringify(templates);
    planOf(...templates);
    expect(JSON.stringify(templates)).toBe(text);
  });

  test('the fragment and its containers are frozen all the way down', () => {
    const { fragment, containers } = planOf(
      spec('a', { containers: [container('x', { env: [{ name: 'A' }] })], volumes: [{ name: 'v', emptyDir: {} }] }),
    );
    const values = [
      fragment,
      at(fragment, 'spec', 'volumes', 0, 'emptyDir'),
      containers[0]?.container,
      at(containers[0]?.container, 'env', 0),
    ];
    expect(values.map((value) => value !== undefined && Object.isFrozen(value))).toEqual([true, true, true, true]);
  });
});

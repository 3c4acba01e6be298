import type { Operation } from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import { applyStrictly, injected, managedFields, operationsFor, podOf } from '../support/pods.ts';
import { planOf, stateOf, templateOf, templateWithPod } from '../support/templates.ts';
import { at, copyOf } from '../support/values.ts';

type Json = Record<string, unknown>;

const mutate = (pod: Readonly<Json>, spec: Json) => {
  const template = templateWithPod({ spec });
  return mutatePod(copyOf(pod), 'shop', stateOf([template]), planInjection, [template.name]);
};

describe("a template's directives, from the template to the verified patch", () => {
  test.each<[sentence: string, live: Json, wanted: Json, operations: string[], after: Json]>([
    ['null deletes', { priorityClassName: 'a' }, { priorityClassName: null }, ['remove /spec/priorityClassName'], {}],
    [
      '$patch: delete takes a map away',
      { dnsConfig: { searches: ['a'] } },
      { dnsConfig: { $patch: 'delete' } },
      ['remove /spec/dnsConfig'],
      {},
    ],
    [
      '$patch: replace replaces a map whole',
      { securityContext: { runAsUser: 1 } },
      { securityContext: { $patch: 'replace', fsGroup: 1 } },
      ['replace /spec/securityContext'],
      { securityContext: { fsGroup: 1 } },
    ],
    [
      '$patch: delete takes an element away',
      { hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
      { hostAliases: [{ ip: '10.0.0.1', $patch: 'delete' }] },
      ['remove /spec/hostAliases/0'],
      { hostAliases: [{ ip: '10.0.0.2' }] },
    ],
    [
      'null deletes in an element',
      { hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2', hostnames: ['a'] }] },
      { hostAliases: [{ ip: '10.0.0.2', hostnames: null }] },
      ['remove /spec/hostAliases/1/hostnames'],
      { hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
    ],
    [
      '$patch: replace replaces tolerations',
      { tolerations: [{ key: 'a' }] },
      { tolerations: [{ $patch: 'replace' }, { key: 'b' }] },
      ['replace /spec/tolerations'],
      { tolerations: [{ key: 'b' }] },
    ],
    [
      '$retainKeys takes other fields away',
      { securityContext: { runAsUser: 1, fsGroup: 2 } },
      { securityContext: { $retainKeys: ['fsGroup'], fsGroup: 1 } },
      ['remove /spec/securityContext/runAsUser', 'replace /spec/securityContext/fsGroup'],
      { securityContext: { fsGroup: 1 } },
    ],
    [
      '$setElementOrder moves',
      { imagePullSecrets: [{ name: 'a' }, { name: 'b' }] },
      { '$setElementOrder/imagePullSecrets': [{ name: 'b' }, { name: 'a' }] },
      ['move /spec/imagePullSecrets/0'],
      { imagePullSecrets: [{ name: 'b' }, { name: 'a' }] },
    ],
    [
      '$deleteFromPrimitiveList takes values away',
      { dnsConfig: { nameservers: ['a', 'b', 'a'] } },
      { dnsConfig: { '$deleteFromPrimitiveList/nameservers': ['a'] } },
      ['remove /spec/dnsConfig/nameservers/2', 'remove /spec/dnsConfig/nameservers/0'],
      { dnsConfig: { nameservers: ['b'] } },
    ],
    [
      'a profile that belongs to another type goes, without a directive',
      { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'p' } } },
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      [
        'remove /spec/securityContext/seccompProfile/localhostProfile',
        'replace /spec/securityContext/seccompProfile/type',
      ],
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    ],
    [
      'a volume of the Pod that nothing mounts may go',
      { volumes: [{ name: 'old' }, { name: 'b' }] },
      { volumes: [{ name: 'old', $patch: 'delete' }] },
      ['remove /spec/volumes/0'],
      { volumes: [{ name: 'b' }] },
    ],
    ['what is not there cannot go', {}, { priorityClassName: null, dnsConfig: { $patch: 'delete' } }, [], {}],
  ])('%s', (_sentence, live, wanted, operations, after) => {
    const pod = podOf(live);
    const outcome = mutate(pod, wanted);
    expect(outcome).toMatchObject({ reason: 'Injected' });
    const ours = outcome.operations.filter((o) => o.path.startsWith('/spec'));
    expect(ours.map((o) => `${o.op} ${o.path}`)).toEqual(operations);
    const injectedPod = applyStrictly(pod, outcome.operations);
    expect(at(injectedPod, 'spec')).toEqual(at(podOf(after), 'spec'));
    expect(mutate(injectedPod, wanted)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  });
});

describe('a volume that the Pod brings', () => {
  const uses: [what: string, container: Json][] = [
    ['mounts', { name: 'app', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    ['uses as a device', { name: 'app', volumeDevices: [{ name: 'data', devicePath: '/dev/x' }] }],
  ];
  test.each(uses)('and that a container %s is not taken from it', (_what, container) => {
    for (const list of ['containers', 'initContainers']) {
      const pod = podOf({ volumes: [{ name: 'data' }], [list]: [container] });
      expect(mutate(pod, { volumes: [{ name: 'data', $patch: 'delete' }] })).toMatchObject({
        reason: 'VerificationFailed',
        sentence: expect.stringContaining('container app mounts data, which the templates delete'),
      });
    }
  });

  test('never gets another source, whatever $retainKeys says', () => {
    const volumes = [{ name: 'data', $retainKeys: ['name', 'emptyDir'], emptyDir: {} }];
    expect(mutate(podOf({ volumes: [{ name: 'data', hostPath: { path: '/' } }] }), { volumes }).reason).toBe(
      'VolumeNameConflict',
    );
  });

  test('may be there already, as the template has it', () => {
    const volumes = [{ name: 'data', $retainKeys: ['name', 'emptyDir'], emptyDir: {} }];
    const outcome = mutate(podOf({ volumes: [{ name: 'data', emptyDir: { medium: 'Memory' } }] }), { volumes });
    expect(outcome.reason).toBe('Injected');
    expect(outcome.operations.filter((o) => o.path.startsWith('/spec'))).toEqual([]);
  });
});

test('a new volume is added without its directives, which kubectl would leave in the Pod (trap 2)', () => {
  const plan = planOf(templateWithPod({ spec: { volumes: [{ name: 'v', $retainKeys: ['name'] }] } }));
  expect(at(injected(podOf(), plan), 'spec', 'volumes')).toEqual([{ name: 'v' }]);
  expect([...plan.volumeNames]).toEqual(['v']);
});

test('an element of another webhook is merged into, one of the Pod is too', () => {
  const hostAliases = [{ ip: '10.0.0.1', hostnames: ['a'] }];
  const pod = podOf({ hostAliases }, { managedFields: managedFields({ containers: ['app'] }) });
  const plan = planOf(templateWithPod({ spec: { hostAliases: [{ ip: '10.0.0.1', hostnames: null }] } }));
  expect(operationsFor(pod, plan).map((o) => o.path)).toContain('/spec/hostAliases/0/hostnames');
});

describe('what one template takes away no other may add', () => {
  test.each<[sentence: string, one: Json, other: Json, conflict: string | undefined]>([
    ['a field', { dnsConfig: null }, { dnsConfig: { searches: ['a'] } }, 'spec.dnsConfig'],
    ['a field, the other way round', { dnsConfig: { searches: ['a'] } }, { dnsConfig: null }, 'spec.dnsConfig'],
    [
      'a map that is replaced',
      { nodeSelector: { $patch: 'replace', a: 'b' } },
      { nodeSelector: { c: 'd' } },
      'spec.nodeSelector',
    ],
    ['a bounded map', { nodeSelector: { $retainKeys: ['a'] } }, { nodeSelector: { c: 'd' } }, 'spec.nodeSelector'],
    [
      'a list that is replaced',
      { hostAliases: [{ $patch: 'replace' }] },
      { hostAliases: [{ ip: '1.1.1.1' }] },
      'spec.hostAliases',
    ],
    [
      'an element',
      { hostAliases: [{ ip: '1.1.1.1', $patch: 'delete' }] },
      { hostAliases: [{ ip: '1.1.1.1' }] },
      'spec.hostAliases 1.1.1.1',
    ],
    [
      'a value of a list',
      { dnsConfig: { '$deleteFromPrimitiveList/searches': ['a'] } },
      { dnsConfig: { searches: ['a'] } },
      'spec.dnsConfig.searches',
    ],
    [
      'the same is no conflict',
      { nodeSelector: { $patch: 'replace', a: 'b' } },
      { nodeSelector: { $patch: 'replace', a: 'b' } },
      undefined,
    ],
    [
      'other elements are none',
      { hostAliases: [{ ip: '1.1.1.1', $patch: 'delete' }] },
      { hostAliases: [{ ip: '1.1.1.2' }] },
      undefined,
    ],
  ])('%s', (_sentence, one, other, conflict) => {
    const planned = planInjection([templateOf('a', { pod: { spec: one } }), templateOf('b', { pod: { spec: other } })]);
    const said = 'conflict' in planned ? planned.conflict : undefined;
    expect(said).toBe(conflict === undefined ? undefined : `b and an earlier template differ in ${conflict}`);
  });
});

describe('a removal or move that no directive asks for', () => {
  const spec = {
    volumes: [{ name: 'old', $patch: 'delete' }],
    securityContext: { $retainKeys: ['fsGroup'], fsGroup: 1, seccompProfile: null },
    dnsConfig: { '$deleteFromPrimitiveList/searches': ['a'] },
    '$setElementOrder/imagePullSecrets': [{ name: 'b' }],
    hostAliases: [{ ip: '1.1.1.1', hostnames: null }],
    priorityClassName: null,
  };
  const pod = podOf({
    volumes: [{ name: 'data' }, { name: 'old' }],
    securityContext: { fsGroup: 1, runAsUser: 1 },
    dnsConfig: { searches: ['b', 'a'], nameservers: ['a'] },
    imagePullSecrets: [{ name: 'a' }, { name: 'b' }],
    hostAliases: [{ ip: '1.1.1.2', hostnames: ['a'] }, { ip: '1.1.1.1' }],
    schedulingGates: [{ name: 'a' }, { name: 'b' }],
  });
  const plan = planOf(templateWithPod({ spec }));
  test.each<[operation: string, path: string, from?: string]>([
    ['remove', '/spec/volumes/0'],
    ['remove', '/spec/volumes/-'],
    ['remove', '/spec/volumes'],
    ['remove', '/spec/securityContext/fsGroup'],
    ['remove', '/spec/securityContext'],
    ['remove', '/spec/dnsConfig/searches/0'],
    ['remove', '/spec/dnsConfig/nameservers/0'],
    ['remove', '/spec/dnsConfig'],
    ['remove', '/spec/hostAliases/0/hostnames'],
    ['remove', '/spec/hostAliases/1'],
    ['remove', '/spec/imagePullSecrets/0'],
    ['remove', '/spec/containers/0'],
    ['remove', '/spec/containers/0/image'],
    ['remove', '/spec/containers/0/env/0'],
    ['remove', '/metadata/name'],
    ['remove', ''],
    ['move', '/spec/imagePullSecrets/0', '/spec/schedulingGates/1'],
    ['move', '/spec/imagePullSecrets/-', '/spec/imagePullSecrets/0'],
    ['move', '/spec/schedulingGates/0', '/spec/schedulingGates/1'],
    ['move', '/spec/containers/0', '/spec/containers/0'],
    ['add', '/spec/priorityClassName'],
  ])('%s %s is refused', (op, path, from = '') => {
    const operations: Readonly<Record<string, Operation>> = {
      remove: { op: 'remove', path },
      move: { op: 'move', path, from },
      add: { op: 'add', path, value: 'x' },
    };
    const asked = Object.entries(operations).flatMap(([name, operation]) => (name === op ? [operation] : []));
    expect(findPatchFault(copyOf(pod), asked, plan)).toBe(`operation on ${path}, which the templates do not name`);
  });

  test.each([
    '/spec/dnsConfig/searches/0',
    '/spec/dnsConfig/searches',
    '/spec/securityContext/seccompProfile',
    '/spec/securityContext/runAsUser',
    '/spec/volumes/0',
    '/spec/hostAliases/0/hostnames',
  ])('remove %s is refused where the Pod has nothing of the kind', (path) => {
    const fault = findPatchFault(podOf(), [{ op: 'remove', path }], plan);
    expect(fault).toBe(`operation on ${path}, which the templates do not name`);
  });

  test('is found on the Pod that it meets: what stood first is gone by then', () => {
    const live = podOf({ volumes: [{ name: 'old' }, { name: 'data' }] });
    const first: Operation = { op: 'remove', path: '/spec/volumes/0' };
    const onlyVolumes = planOf(templateWithPod({ spec: { volumes: [{ name: 'old', $patch: 'delete' }] } }));
    const twice = findPatchFault(copyOf(live), [first, { ...first }], onlyVolumes);
    expect(twice).toBe('operation on /spec/volumes/0, which the templates do not name');
  });

  test('those that they ask for are not', () => {
    expect(findPatchFault(copyOf(pod), operationsFor(pod, plan), plan)).toBeUndefined();
  });
});

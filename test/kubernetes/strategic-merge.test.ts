import { describe, expect, test } from 'vitest';
import type { Json } from '../../functions/json/json.ts';
import { CONTAINER, POD_SPEC } from '../../functions/kubernetes/merge/merge-keys.ts';
import { type KeepElement, mergeMap } from '../../functions/kubernetes/merge/strategic-merge.ts';
import { applyStrictly } from '../support/pods.ts';

type Row = [sentence: string, live: Json, wanted: Json, paths: string[], after: Json];

const keepNothing: KeepElement = () => false;
const operations = (live: Json, wanted: Json, keep = keepNothing) => mergeMap(live, wanted, POD_SPEC, '', keep);

/** The operations' verbs and paths, the result, and that a second merge finds nothing to do. */
function check(_sentence: string, live: Json, wanted: Json, paths: string[], after: Json): void {
  const made = operations(live, wanted);
  expect(made.map((o) => `${o.op} ${o.path}`)).toEqual(paths);
  const result = applyStrictly(live, made);
  expect(result).toEqual(after);
  expect(operations(result, wanted)).toEqual([]);
}

describe('maps, key by key', () => {
  test.each<Row>([
    [
      'an absent map is added in one operation',
      {},
      { nodeSelector: { a: '1', b: '2' } },
      ['add /nodeSelector'],
      { nodeSelector: { a: '1', b: '2' } },
    ],
    [
      'null counts as absent',
      { nodeSelector: null },
      { nodeSelector: { a: '1' } },
      ['add /nodeSelector'],
      { nodeSelector: { a: '1' } },
    ],
    [
      'an empty map takes single keys',
      { nodeSelector: {} },
      { nodeSelector: { a: '1' } },
      ['add /nodeSelector/a'],
      { nodeSelector: { a: '1' } },
    ],
    [
      'the other keys stay',
      { nodeSelector: { b: '2' } },
      { nodeSelector: { a: '1' } },
      ['add /nodeSelector/a'],
      { nodeSelector: { a: '1', b: '2' } },
    ],
    [
      'a key of other content is replaced',
      { nodeSelector: { a: '2' } },
      { nodeSelector: { a: '1' } },
      ['replace /nodeSelector/a'],
      { nodeSelector: { a: '1' } },
    ],
    [
      'the same content is left alone',
      { nodeSelector: { a: '1' } },
      { nodeSelector: { a: '1' } },
      [],
      { nodeSelector: { a: '1' } },
    ],
    [
      'maps in maps',
      { securityContext: { fsGroup: 1 } },
      { securityContext: { seccompProfile: { type: 'X' } } },
      ['add /securityContext/seccompProfile'],
      { securityContext: { fsGroup: 1, seccompProfile: { type: 'X' } } },
    ],
    [
      'quantities in other words are left alone',
      { overhead: { cpu: '1' } },
      { overhead: { cpu: '1000m' } },
      [],
      { overhead: { cpu: '1' } },
    ],
    [
      'fields of a later Kubernetes',
      { future: { a: [1], c: { d: 1 } } },
      { future: { b: true, c: { e: 2 } } },
      ['add /future/b', 'add /future/c/e'],
      { future: { a: [1], b: true, c: { d: 1, e: 2 } } },
    ],
    [
      'keys are escaped',
      { nodeSelector: {} },
      { nodeSelector: { 'a/b~c': '1' } },
      ['add /nodeSelector/a~1b~0c'],
      { nodeSelector: { 'a/b~c': '1' } },
    ],
    // `node-role.kubernetes.io/worker: ""` is how nodes are marked.
    [
      'an empty value of a map is a value',
      { nodeSelector: { b: '2' } },
      { nodeSelector: { 'node-role/worker': '' } },
      ['add /nodeSelector/node-role~1worker'],
      { nodeSelector: { b: '2', 'node-role/worker': '' } },
    ],
  ])('%s', check);
});

describe('scalars', () => {
  test.each<Row>([
    ['an absent one is added', {}, { priorityClassName: 'x' }, ['add /priorityClassName'], { priorityClassName: 'x' }],
    [
      'another one is replaced',
      { dnsPolicy: 'ClusterFirst' },
      { dnsPolicy: 'None' },
      ['replace /dnsPolicy'],
      { dnsPolicy: 'None' },
    ],
    [
      '0 is a value',
      {},
      { terminationGracePeriodSeconds: 0 },
      ['add /terminationGracePeriodSeconds'],
      { terminationGracePeriodSeconds: 0 },
    ],
    [
      'false of a pointer is a value',
      {},
      { automountServiceAccountToken: false },
      ['add /automountServiceAccountToken'],
      { automountServiceAccountToken: false },
    ],
    ['false of hostNetwork is its absence', {}, { hostNetwork: false }, [], {}],
    ['an empty string is absence', {}, { hostname: '' }, [], {}],
    ['an empty list is absence', {}, { readinessGates: [] }, [], {}],
    ['an empty map is absence', {}, { nodeSelector: {} }, [], {}],
    [
      'an empty struct is a pointer, which is written',
      {},
      { securityContext: {} },
      ['add /securityContext'],
      { securityContext: {} },
    ],
  ])('%s', check);
});

describe('keyed lists, element by element', () => {
  const a = { name: 'a' };
  const b = { name: 'b' };
  const alias = (hostname: string) => ({ ip: '10.0.0.1', hostnames: [hostname] });
  test.each<Row>([
    [
      'an absent list is added whole',
      {},
      { imagePullSecrets: [a, b] },
      ['add /imagePullSecrets'],
      { imagePullSecrets: [a, b] },
    ],
    [
      'null counts as absent',
      { imagePullSecrets: null },
      { imagePullSecrets: [a] },
      ['add /imagePullSecrets'],
      { imagePullSecrets: [a] },
    ],
    [
      'an empty list is appended to',
      { imagePullSecrets: [] },
      { imagePullSecrets: [a, b] },
      ['add /imagePullSecrets/-', 'add /imagePullSecrets/-'],
      { imagePullSecrets: [a, b] },
    ],
    [
      'elements go behind those of the Pod, in their order',
      { imagePullSecrets: [b] },
      { imagePullSecrets: [a] },
      ['add /imagePullSecrets/-'],
      { imagePullSecrets: [b, a] },
    ],
    [
      'what is there is left alone',
      { imagePullSecrets: [b, a] },
      { imagePullSecrets: [a, b] },
      [],
      { imagePullSecrets: [b, a] },
    ],
    [
      'elements without a key do not crash',
      { imagePullSecrets: [{}, null] },
      { imagePullSecrets: [a] },
      ['add /imagePullSecrets/-'],
      { imagePullSecrets: [{}, null, a] },
    ],
    [
      'twins of the Pod do not crash',
      { imagePullSecrets: [b, b] },
      { imagePullSecrets: [b] },
      [],
      { imagePullSecrets: [b, b] },
    ],
    [
      'of twins one that says what is wanted is left alone',
      { hostAliases: [alias('a'), alias('b')] },
      { hostAliases: [alias('b')] },
      [],
      { hostAliases: [alias('a'), alias('b')] },
    ],
    [
      'of twins that say something else the first is changed',
      { hostAliases: [alias('a'), alias('b')] },
      { hostAliases: [alias('c')] },
      ['replace /hostAliases/0/hostnames'],
      { hostAliases: [alias('c'), alias('b')] },
    ],
  ])('%s', check);

  test('a map of a later Kubernetes is replaced whole where that is asked for', () => {
    const wanted = { future: { $patch: 'replace', a: 1 } };
    expect(operations({ future: { a: 1, b: 2 } }, wanted)).toEqual([
      { op: 'replace', path: '/future', value: { a: 1 } },
    ]);
    expect(operations({ future: { a: 1 } }, wanted)).toEqual([]);
  });

  // Strategic merge merges the maps of a list: what the template does not name stays.
  test('a constraint of the same key keeps the fields that the template does not name', () => {
    const own = {
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      maxSkew: 1,
      labelSelector: { matchLabels: { a: 'b' } },
    };
    const wanted = { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 2 };
    const live = { topologySpreadConstraints: [own] };
    const after = applyStrictly(live, operations(live, { topologySpreadConstraints: [wanted] }));
    expect(after).toEqual({ topologySpreadConstraints: [{ ...own, maxSkew: 2 }] });
  });

  test('two constraints of one topologyKey are two', () => {
    const hard = { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', maxSkew: 1 };
    const soft = { topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1 };
    const live = { topologySpreadConstraints: [hard] };
    expect(applyStrictly(live, operations(live, { topologySpreadConstraints: [soft] }))).toEqual({
      topologySpreadConstraints: [hard, soft],
    });
    expect(operations({ topologySpreadConstraints: [hard, soft] }, { topologySpreadConstraints: [soft] })).toEqual([]);
  });

  test('an element without a key is never taken for another one without', () => {
    const live = { imagePullSecrets: [{}, null] };
    expect(operations(live, { imagePullSecrets: ['odd'] })).toEqual([
      { op: 'add', path: '/imagePullSecrets/-', value: 'odd' },
    ]);
  });

  test('of two variables of one name the last counts: it is the one that the container sees', () => {
    const env = ['1', '2'].map((value) => ({ name: 'A', value }));
    const made = (value: string) => mergeMap({ env }, { env: [{ name: 'A', value }] }, CONTAINER, '', keepNothing);
    expect(made('2')).toEqual([]);
    expect(made('1')).toEqual([{ op: 'replace', path: '/env/1/value', value: '1' }]);
  });

  test('an element that is to be kept is kept, and asked about by path and key', () => {
    const asked: unknown[] = [];
    const live = { volumes: [{ name: 'a', emptyDir: {} }] };
    const wanted = { volumes: [{ name: 'a', configMap: { name: 'x' } }] };
    const made = operations(live, wanted, (path, key, element) => {
      asked.push([path, key, element]);
      return true;
    });
    expect(made).toEqual([]);
    expect(asked).toEqual([['/volumes', expect.stringContaining('a'), { name: 'a', emptyDir: {} }]]);
  });
});

describe('lists without a key, whole', () => {
  test.each<Row>([
    [
      'an absent one is added',
      {},
      { readinessGates: [{ conditionType: 'x' }] },
      ['add /readinessGates'],
      { readinessGates: [{ conditionType: 'x' }] },
    ],
    [
      'the same is left alone',
      { readinessGates: [{ conditionType: 'x' }] },
      { readinessGates: [{ conditionType: 'x' }] },
      [],
      { readinessGates: [{ conditionType: 'x' }] },
    ],
    [
      'another is replaced',
      { readinessGates: [{ conditionType: 'y' }] },
      { readinessGates: [{ conditionType: 'x' }] },
      ['replace /readinessGates'],
      { readinessGates: [{ conditionType: 'x' }] },
    ],
  ])('%s', check);
});

test('neither side is changed', () => {
  const live = Object.freeze({ nodeSelector: Object.freeze({ b: '2' }), imagePullSecrets: Object.freeze([]) });
  const wanted = Object.freeze({
    nodeSelector: Object.freeze({ a: '1' }),
    imagePullSecrets: Object.freeze([Object.freeze({ name: 'a' })]),
  });
  expect(operations(live, wanted)).toHaveLength(2);
});

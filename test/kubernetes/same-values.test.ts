import { describe, expect, test } from 'vitest';
import { CONTAINER, POD_SPEC, VOLUME } from '../../functions/kubernetes/merge/merge-keys.ts';
import { type Rule, ruleOf } from '../../functions/kubernetes/merge/rule.ts';
import { covers, keyOf } from '../../functions/kubernetes/merge/same-values.ts';

type Row = [sentence: string, live: unknown, wanted: unknown, covered: boolean];
const RESOURCES = ruleOf(CONTAINER, 'resources');
const env = (...list: unknown[]) => ({ env: list });
const limits = (cpu: unknown) => ({ limits: { cpu } });

function check(rule: Rule | undefined): (...row: Row) => void {
  return (_sentence, live, wanted, covered) => expect(covers(live, wanted, rule)).toBe(covered);
}

describe('values without a rule', () => {
  test.each<Row>([
    ['the same string', 'a', 'a', true],
    ['another string', 'a', 'b', false],
    ['a number is not its text', '80', 80, false],
    ['true is not "true"', 'true', true, false],
    ['more keys are welcome', { a: 1, b: 2 }, { a: 1 }, true],
    ['a missing key', { a: 1 }, { a: 1, b: 2 }, false],
    ['a map is not a list', [], { a: 1 }, false],
    ['a list is not a map', {}, ['a'], false],
    ['a list without a key is compared whole', ['a', 'b'], ['a', 'b'], true],
    ['another order is another list', ['b', 'a'], ['a', 'b'], false],
    ['a longer list is another list', ['a', 'b'], ['a'], false],
    ['elements of such a list may have more', [{ a: 1, b: 2 }], [{ a: 1 }], true],
    ['an inherited name is not there', {}, { constructor: 'x' }, false],
  ])('%s', check(undefined));
});

describe('what the API server leaves out when it writes JSON', () => {
  test.each<Row>([
    ['tty false', {}, { tty: false }, true],
    ['an empty string', {}, { subPath: '' }, true],
    ['an empty list', {}, { args: [] }, true],
    ['an empty map', {}, { resources: {} }, true],
    ['null is absence', { tty: null }, { tty: false }, true],
    ['initialDelaySeconds 0', {}, { initialDelaySeconds: 0 }, true],
    ['but not true', {}, { tty: true }, false],
    ['nor a word', {}, { image: 'a' }, false],
    ['nor a filled list', {}, { args: ['a'] }, false],
  ])('%s is covered by absence', check(CONTAINER));

  // kubernetes/api core/v1/types.go: these are pointers, which the API server does write.
  test.each<Row>([
    [
      'allowPrivilegeEscalation false',
      { securityContext: {} },
      { securityContext: { allowPrivilegeEscalation: false } },
      false,
    ],
    ['runAsNonRoot false', { securityContext: {} }, { securityContext: { runAsNonRoot: false } }, false],
    ['runAsUser 0', { securityContext: {} }, { securityContext: { runAsUser: 0 } }, false],
  ])('a pointer is not: %s', check(CONTAINER));
});

describe('containers', () => {
  test.each<Row>([
    ['quantities in other words: cpu 1 and 1000m', { resources: limits('1') }, { resources: limits('1000m') }, true],
    ['a quantity written as a number', { resources: limits('2') }, { resources: limits(2) }, true],
    ['another quantity', { resources: limits('2') }, { resources: limits('1000m') }, false],
    [
      'LimitRanger adds a resource',
      { resources: { limits: { cpu: '1', memory: '1Gi' } } },
      { resources: limits('1') },
      true,
    ],
    [
      'ServiceAccount admission adds a mount',
      {
        volumeMounts: [
          { name: 'a', mountPath: '/a' },
          { name: 't', mountPath: '/t' },
        ],
      },
      { volumeMounts: [{ name: 'a', mountPath: '/a' }] },
      true,
    ],
    [
      'defaults of a port',
      { ports: [{ containerPort: 80, protocol: 'TCP' }] },
      { ports: [{ containerPort: 80 }] },
      true,
    ],
    ['UDP is not TCP', { ports: [{ containerPort: 80, protocol: 'UDP' }] }, { ports: [{ containerPort: 80 }] }, false],
    [
      'both, in either order',
      {
        ports: [
          { containerPort: 53, protocol: 'UDP' },
          { containerPort: 53, protocol: 'TCP' },
        ],
      },
      { ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }] },
      true,
    ],
    [
      'env in another order',
      env({ name: 'B', value: '2' }, { name: 'A', value: '1' }),
      env({ name: 'A', value: '1' }),
      true,
    ],
    ['env with another value', env({ name: 'A', value: '2' }), env({ name: 'A', value: '1' }), false],
    [
      'twins in env: either may be ours',
      env({ name: 'A', value: '2' }, { name: 'A', value: '1' }),
      env({ name: 'A', value: '1' }),
      true,
    ],
    [
      'apiVersion defaulted in fieldRef',
      env({ name: 'A', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'x' } } }),
      env({ name: 'A', valueFrom: { fieldRef: { fieldPath: 'x' } } }),
      true,
    ],
    [
      'divisor in other words',
      env({ name: 'A', valueFrom: { resourceFieldRef: { resource: 'x', divisor: '1' } } }),
      env({ name: 'A', valueFrom: { resourceFieldRef: { resource: 'x', divisor: 1 } } }),
      true,
    ],
    [
      'a mount of the same name at another path',
      { volumeMounts: [{ name: 'a', mountPath: '/b' }] },
      { volumeMounts: [{ name: 'a', mountPath: '/a' }] },
      false,
    ],
    ['args are whole', { args: ['a', 'b'] }, { args: ['a'] }, false],
    ['fields of a later Kubernetes', { future: { deep: [1] } }, { future: { deep: [1] } }, true],
    ['env is null', { env: null }, env({ name: 'A' }), false],
    ['elements that are no maps do not crash', env('A', null, 7), env({ name: 'A' }), false],
  ])('%s', check(CONTAINER));

  test('an env value from elsewhere is not an empty value', () => {
    const secret = { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
    expect(covers(env(secret), env({ name: 'A', value: '' }), CONTAINER)).toBe(false);
  });
});

describe('volumes: one source each', () => {
  test.each<Row>([
    [
      'the same source with a default',
      { name: 'a', configMap: { name: 'x', defaultMode: 420 } },
      { name: 'a', configMap: { name: 'x' } },
      true,
    ],
    [
      'sizes in other words',
      { name: 'a', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'a', emptyDir: { sizeLimit: '1024Mi' } },
      true,
    ],
    ['no source means emptyDir, which the API server writes', { name: 'a', emptyDir: {} }, { name: 'a' }, true],
    ['another source', { name: 'a', secret: { secretName: 'x' } }, { name: 'a', configMap: { name: 'x' } }, false],
    ['a hostPath is not an emptyDir', { name: 'a', hostPath: { path: '/' } }, { name: 'a', emptyDir: {} }, false],
    ['a hostPath is not a volume without source', { name: 'a', hostPath: { path: '/' } }, { name: 'a' }, false],
    [
      'a divisor in a downwardAPI item, in other words',
      {
        name: 'a',
        downwardAPI: { items: [{ path: 'x', resourceFieldRef: { resource: 'limits.cpu', divisor: '1' } }] },
      },
      { name: 'a', downwardAPI: { items: [{ path: 'x', resourceFieldRef: { resource: 'limits.cpu', divisor: 1 } }] } },
      true,
    ],
  ])('%s', check(VOLUME));
});

describe('the key of a list element', () => {
  const key = (list: string, element: unknown): string | undefined => {
    const rule = ruleOf(CONTAINER, list);
    return rule?.kind === 'list' ? keyOf(element, rule.key) : 'no list';
  };

  test.each<[sentence: string, list: string, one: unknown, other: unknown, same: boolean]>([
    ['env by name', 'env', { name: 'A', value: '1' }, { name: 'A', value: '2' }, true],
    ['env by name only', 'env', { name: 'A', value: '1' }, { name: 'B', value: '1' }, false],
    [
      'mounts by path, not by name',
      'volumeMounts',
      { name: 'a', mountPath: '/a' },
      { name: 'b', mountPath: '/a' },
      true,
    ],
    ['ports by protocol as well', 'ports', { containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }, false],
    ['TCP when none is written', 'ports', { containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }, true],
    ['a number is not its text', 'ports', { containerPort: 80 }, { containerPort: '80' }, false],
  ])('%s', (_sentence, list, one, other, same) => {
    expect(key(list, one)).toBeTypeOf('string');
    expect(key(list, one) === key(list, other)).toBe(same);
  });

  test.each([
    { value: 'x' },
    { name: null },
    'A',
    null,
    ['A'],
    Object.create({ name: 'A' }),
  ])('%j has none', (element) => {
    expect(key('env', element)).toBeUndefined();
  });
});

test('quantities inside a map of quantities are compared as such', () => {
  expect(covers({ cpu: '1' }, { cpu: '1000m' }, ruleOf(RESOURCES, 'limits'))).toBe(true);
  expect(covers({ cpu: '250m' }, { cpu: 0.25 }, ruleOf(POD_SPEC, 'overhead'))).toBe(true);
});

describe('unions', () => {
  const http = { httpGet: { path: '/', port: 80 } };
  test.each<Row>([
    ['a probe of another kind', { livenessProbe: { exec: {} } }, { livenessProbe: http }, false],
    ['two kinds are not one', { livenessProbe: { ...http, exec: {} } }, { livenessProbe: http }, false],
    ['null is no kind', { livenessProbe: { ...http, exec: null } }, { livenessProbe: http }, true],
    [
      'one that names no kind',
      { livenessProbe: { ...http, periodSeconds: 5 } },
      { livenessProbe: { periodSeconds: 5 } },
      true,
    ],
    ['another handler', { lifecycle: { preStop: { sleep: {} } } }, { lifecycle: { preStop: { exec: {} } } }, false],
    [
      'another source',
      env({ name: 'A', valueFrom: { fieldRef: {}, secretKeyRef: {} } }),
      env({ name: 'A', valueFrom: { fieldRef: {} } }),
      false,
    ],
  ])('%s', check(CONTAINER));
});

describe('int-or-string', () => {
  const probe = (port: unknown) => ({ readinessProbe: { tcpSocket: { port } } });
  test.each<Row>([
    ['a number and its text', probe('8080'), probe(8080), true],
    ['another number', probe(8081), probe('8080'), false],
    ['a name', probe('http'), probe('http'), true],
    ['nothing of the kind', probe(['8080']), probe(8080), false],
  ])('%s', check(CONTAINER));
});

describe('deep in a PodSpec', () => {
  const claim = (metadata: unknown) => ({ volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { metadata } } }] });
  const near = (matchLabels: unknown) => ({
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels } }] } },
  });
  test.each<Row>([
    ['finalizers in another order', claim({ finalizers: ['b', 'a'] }), claim({ finalizers: ['a'] }), true],
    ['a missing finalizer', claim({ finalizers: ['b'] }), claim({ finalizers: ['a'] }), false],
    ['a label that must be empty', near({}), near({ canary: '' }), false],
    [
      'a toleration of 0 seconds',
      { tolerations: [{ key: 'a' }] },
      { tolerations: [{ key: 'a', tolerationSeconds: 0 }] },
      false,
    ],
  ])('%s', check(POD_SPEC));
});

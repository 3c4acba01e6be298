import { describe, expect, test } from 'vitest';
import { contextOf } from '../../functions/injection/context.ts';
import type { RawPod } from '../../functions/injection/pod.ts';
import { podOf } from '../support/pods.ts';
import { stateOf } from '../support/templates.ts';

const context = (pod: RawPod, record: Record<string, unknown> = {}, namespace = 'shop') =>
  contextOf(pod, namespace, stateOf([], record))();
const owned = (kind: string, name: unknown, more: Record<string, unknown> = {}, hash?: unknown) => ({
  ownerReferences: [{ kind, name, controller: true, ...more }],
  labels: hash === undefined ? {} : { 'pod-template-hash': hash },
});

describe('the owner', () => {
  test.each<[what: string, metadata: Record<string, unknown>, owner: string]>([
    ['a Deployment, through its ReplicaSet', owned('ReplicaSet', 'web-6f7', {}, '6f7'), 'web'],
    ['a ReplicaSet of its own', owned('ReplicaSet', 'web-6f7'), 'web-6f7'],
    ['a ReplicaSet with another hash', owned('ReplicaSet', 'web-6f7', {}, '999'), 'web-6f7'],
    ['a hash that is no text', owned('ReplicaSet', 'web-6', {}, 6), 'web-6'],
    ['a StatefulSet that looks like one', owned('StatefulSet', 'db-0', {}, '0'), 'db-0'],
    ['the controller among several', { ownerReferences: [{ name: 'a' }, { name: 'b', controller: true }] }, 'b'],
    ['the first, where none controls', { ownerReferences: [{ name: 'a' }, { name: 'b' }] }, 'a'],
    ['nobody: its own name', { name: 'shop' }, 'shop'],
    ['nobody: what it is generated from', { name: undefined, generateName: 'web-' }, 'web'],
    ['nobody at all', { name: undefined }, ''],
    ['a name that Kubernetes would refuse', owned('Job', '$(reboot)'), ''],
    ['a name that is none', owned('Job', 5), ''],
    ['a name without end', owned('Job', 'a'.repeat(254)), ''],
    ['owners that are none', { name: undefined, ownerReferences: [null, 'x'] }, ''],
  ])('%s', (_what, metadata, owner) => {
    expect(context(podOf({}, metadata)).owner).toBe(owner);
  });
});

test('what the Pod and the request say', () => {
  expect(context(podOf())).toMatchObject({ cluster: 'test', namespace: 'shop', serviceAccount: 'default' });
  expect(context(podOf({ serviceAccountName: 'web' }))).toMatchObject({ serviceAccount: 'web' });
  expect(context(podOf({ serviceAccountName: '../x' }), {}, 'A B')).toMatchObject({
    serviceAccount: '',
    namespace: '',
  });
  expect(context({})).toMatchObject({ owner: '', serviceAccount: 'default' });
});

test('what the record says; an endpoint that it does not say is absent', () => {
  expect(context(podOf())).toMatchObject({ nativeSidecars: true, clusterDomain: 'cluster.local' });
  expect(Object.keys(context(podOf()))).not.toContain('discovery');
  const discovery = { host: 'd.example.com', port: 8443, ca: 'system', refresh: '30s', routesRefresh: '5s' };
  const record = { nativeSidecars: false, clusterDomain: 'corp.local', audience: 'mesh', discovery };
  expect(context(podOf(), record)).toMatchObject(record);
});

test("the audience is the fleet's where the record names none", () => {
  expect(context(podOf()).audience).toBe('outrigger/default');
  expect(contextOf(podOf(), 'shop', { ...stateOf([]), fleet: 'blue' })().audience).toBe('outrigger/blue');
});

test.each([
  ['d.example.com', 'd.example.com', false],
  ['192.0.2.7', '192.0.2.7', true],
  ['2001:db8::7', '[2001:db8::7]', true],
])('the endpoint %s: Host %s, an address: %s', (host, authority, isAddress) => {
  expect(context(podOf(), { discovery: { host } }).discovery).toMatchObject({ host, authority, isAddress });
});

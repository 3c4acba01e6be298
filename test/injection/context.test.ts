import { describe, expect, test } from 'vitest';
import { contextOf } from '../../functions/injection/context.ts';
import type { Owner } from '../../functions/kubernetes/owner.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { podOf } from '../support/pods.ts';
import { stateOf } from '../support/templates.ts';

const context = (pod: RawPod, record: Record<string, unknown> = {}, namespace = 'shop') =>
  contextOf(pod, namespace, stateOf([], record))();
const owned = (kind: string, name: unknown, more: Record<string, unknown> = {}, hash?: unknown) => ({
  ownerReferences: [{ kind, name, controller: true, ...more }],
  labels: hash === undefined ? {} : { 'pod-template-hash': hash },
});

const rollout = (name: string, labels: Record<string, string>) => ({ ...owned('ReplicaSet', name), labels });
const config = (labels: Record<string, string>) => ({ ...owned('ReplicationController', 'web-3'), labels });

describe('the owner', () => {
  test.each<[what: string, metadata: Record<string, unknown>, owner: string]>([
    ['a Deployment, through its ReplicaSet', owned('ReplicaSet', 'web-6f7', {}, '6f7'), 'web'],
    ['a ReplicaSet of its own', owned('ReplicaSet', 'web-6f7'), 'web-6f7'],
    ['a ReplicaSet with another hash', owned('ReplicaSet', 'web-6f7', {}, '999'), 'web-6f7'],
    ['a hash that is no text', owned('ReplicaSet', 'web-6', {}, 6), 'web-6'],
    ['an empty hash', owned('ReplicaSet', 'web-', {}, ''), ''],
    ['nothing before the hash', owned('ReplicaSet', '-6f7', {}, '6f7'), ''],
    ['a Rollout, through its ReplicaSet', rollout('web-6f7', { 'rollouts-pod-template-hash': '6f7' }), 'web'],
    [
      'a Rollout of a Deployment’s template',
      rollout('web-6f7', { 'rollouts-pod-template-hash': '6f7', 'pod-template-hash': '999' }),
      'web',
    ],
    ['a DeploymentConfig', config({ deploymentconfig: 'web' }), 'web'],
    ['a ReplicationController of its own', config({}), 'web-3'],
    ['a DeploymentConfig that Kubernetes would refuse', config({ deploymentconfig: '$(reboot)' }), ''],
    ['a CronJob, through its Job', owned('Job', 'nightly-29390120'), 'nightly'],
    ['a CronJob, by the second', owned('Job', 'nightly-1763407200'), 'nightly'],
    ['a CronJob of such a name', owned('Job', 'nightly-20261122-29390120'), 'nightly-20261122'],
    ['a Job of its own', owned('Job', 'import'), 'import'],
    ['a Job with a short number', owned('Job', 'import-2026'), 'import-2026'],
    ['a Job with a long one', owned('Job', 'import-20261122213000'), 'import-20261122213000'],
    ['a Job that is but a number', owned('Job', '29390120'), '29390120'],
    ['a Job of dashes and digits without end', owned('Job', '-29390120'.repeat(20)), ''],
    ['a StatefulSet of that form', owned('StatefulSet', 'db-29390120'), 'db-29390120'],
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

test.each<[what: string, metadata: Record<string, unknown>, owner: Owner, name: string]>([
  ['a Deployment to come', { name: undefined }, { kind: 'Deployment', name: 'web' }, 'web'],
  [
    'a ReplicaSet with the hash in its template',
    { labels: { 'pod-template-hash': '6f7' } },
    { kind: 'ReplicaSet', name: 'web-6f7' },
    'web',
  ],
  ['a CronJob to come', {}, { kind: 'CronJob', name: 'nightly' }, 'nightly'],
  [
    'a CronJob to come whose name ends in a date',
    {},
    { kind: 'CronJob', name: 'nightly-20261122' },
    'nightly-20261122',
  ],
  ['in place of what the Pod says', owned('Job', 'other'), { kind: 'StatefulSet', name: 'db' }, 'db'],
  ['a name that Kubernetes would refuse', {}, { kind: 'Deployment', name: 'A B' }, ''],
])('an owner from outside: %s', (_what, metadata, owner, name) => {
  expect(contextOf(podOf({}, metadata), 'shop', stateOf([]), owner)().owner).toBe(name);
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

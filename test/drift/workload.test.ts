import { expect, test } from 'vitest';
import { fixOf } from '../../functions/drift/fix-commands.ts';
import { workloadOf } from '../../functions/drift/workload.ts';
import { podOf } from '../support/pods.ts';

const CREATED = '2026-11-22T21:00:30Z';
const DUE = Date.parse('2026-11-22T21:00:00Z') / 60_000;

const ownedBy = (kind: unknown, name: unknown, labels: Record<string, unknown> = {}) =>
  podOf({}, { name: 'pod-1', creationTimestamp: CREATED, labels, ownerReferences: [{ kind, name, controller: true }] });

test.each<[sentence: string, pod: ReturnType<typeof podOf>, kind: string, name: string]>([
  ['of nobody', podOf({}, { name: 'pod-1' }), 'Pod', 'pod-1'],
  ['a Deployment’s', ownedBy('ReplicaSet', 'web-6f7d9c', { 'pod-template-hash': '6f7d9c' }), 'Deployment', 'web'],
  ['a Rollout’s', ownedBy('ReplicaSet', 'web-6f7d9c', { 'rollouts-pod-template-hash': '6f7d9c' }), 'Rollout', 'web'],
  [
    'a DeploymentConfig’s',
    ownedBy('ReplicationController', 'web-3', { deploymentconfig: 'web' }),
    'DeploymentConfig',
    'web',
  ],
  ['a ReplicationController’s', ownedBy('ReplicationController', 'web-3'), 'ReplicationController', 'web-3'],
  [
    'a config’s name for a shell',
    ownedBy('ReplicationController', 'web-3', { deploymentconfig: 'x;reboot' }),
    'ReplicationController',
    'web-3',
  ],
  ['a ReplicaSet’s of its own', ownedBy('ReplicaSet', 'web'), 'ReplicaSet', 'web'],
  ['another hash', ownedBy('ReplicaSet', 'web-1', { 'pod-template-hash': '2' }), 'ReplicaSet', 'web-1'],
  ['nothing before the hash', ownedBy('ReplicaSet', '-1', { 'pod-template-hash': '1' }), 'Pod', 'pod-1'],
  ['a StatefulSet’s', ownedBy('StatefulSet', 'db'), 'StatefulSet', 'db'],
  ['a DaemonSet’s', ownedBy('DaemonSet', 'agent'), 'DaemonSet', 'agent'],
  ['a CronJob’s', ownedBy('Job', `nightly-${DUE}`), 'CronJob', 'nightly'],
  ['a CronJob’s, late by hours', ownedBy('Job', `nightly-${DUE - 300}`), 'CronJob', 'nightly'],
  ['a Job with a date in its name', ownedBy('Job', 'import-20261122'), 'Job', 'import-20261122'],
  ['a Job that would be due tomorrow', ownedBy('Job', `nightly-${DUE + 1_440}`), 'Job', `nightly-${DUE + 1_440}`],
  ['a Job', ownedBy('Job', 'import'), 'Job', 'import'],
  ['of a kind that nobody knows', ownedBy('SparkApplication', 'etl'), 'SparkApplication', 'etl'],
  ['an owner for a shell', ownedBy('Deployment', 'x;reboot'), 'Pod', 'pod-1'],
  ['an owner with a newline', ownedBy('Deployment', 'x\nreboot'), 'Pod', 'pod-1'],
  ['a kind for a shell', ownedBy('Deployment;reboot', 'x'), 'Pod', 'pod-1'],
  ['a kind that is no text', ownedBy(7, 'x'), 'Pod', 'pod-1'],
])('%s', (_sentence, pod, kind, name) => {
  expect(workloadOf(pod, 'shop')).toEqual({ namespace: 'shop', kind, name });
});

test.each<[kind: string, fix: ReturnType<typeof fixOf>]>([
  ['Deployment', { command: 'kubectl rollout restart deployment/web -n shop' }],
  ['StatefulSet', { command: 'kubectl rollout restart statefulset/web -n shop' }],
  ['DaemonSet', { command: 'kubectl rollout restart daemonset/web -n shop' }],
  ['Rollout', { command: 'kubectl argo rollouts restart web -n shop' }],
  ['Pod', { advice: 'belongs to no controller: delete it and create it from its manifest' }],
  ['CronJob', { advice: 'its next run gets what is served then' }],
  ['Job', { advice: 'runs to its end as it is; where that is too late, delete the Job and create it again' }],
  ['ReplicaSet', { advice: 'delete its Pods one after the other: it makes new ones' }],
  ['Spark', { advice: 'restart it by its own means: its controller (Spark) makes new Pods' }],
])('how a %s is mended', (kind, fix) => {
  expect(fixOf({ namespace: 'shop', kind, name: 'web' }, undefined)).toEqual(fix);
});

test('a restart that would not come to its end is not offered', () => {
  expect(fixOf({ namespace: 'shop', kind: 'Deployment', name: 'web' }, 'why')).toEqual({
    advice: 'do not restart it yet; a new Pod would not be as this one: why',
  });
});

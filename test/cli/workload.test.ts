import { describe, expect, test } from 'vitest';
import { workloadOf as driftWorkloadOf } from '../../functions/drift/workload.ts';
import { workloadOf } from '../../functions/injection/context.ts';
import { findPods } from '../../infra/cli/pod/workload.ts';
import { podOf } from '../support/pods.ts';

const POD = { spec: { containers: [] } };

describe('a Pod is found', () => {
  test.each<[string, string, readonly string[]]>([
    ['v1', 'ReplicationController', ['spec', 'template']],
    ['apps/v1', 'Deployment', ['spec', 'template']],
    ['apps/v1', 'StatefulSet', ['spec', 'template']],
    ['apps/v1', 'DaemonSet', ['spec', 'template']],
    ['apps/v1', 'ReplicaSet', ['spec', 'template']],
    ['batch/v1', 'Job', ['spec', 'template']],
    ['batch/v1', 'CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ])('in %s %s', (apiVersion, kind, path) => {
    const inner = path.reduceRight<unknown>((value, key) => ({ [key]: value }), POD);
    expect(findPods({ apiVersion, kind, metadata: { name: 'web', namespace: 'shop' }, ...Object(inner) })).toEqual([
      {
        path,
        title: `${kind}/web`,
        namespace: 'shop',
        pod: POD,
        owner: { kind, name: 'web' },
      },
    ]);
  });

  test('as the document itself', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-' } };
    expect(findPods(pod)).toEqual([{ path: [], title: 'Pod/web-', namespace: undefined, pod }]);
  });

  test.each(['List', 'PodList', 'DeploymentList'])('among the items of a %s, with its index', (kind) => {
    const items = [
      { kind: 'Service' },
      { apiVersion: 'v1', kind: 'Pod' },
      { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: POD } },
    ];
    expect(findPods({ apiVersion: 'v1', kind, items }).map((p) => p.path)).toEqual([
      ['items', 1],
      ['items', 2, 'spec', 'template'],
    ]);
  });
});

test.each<[string, unknown]>([
  ['null', null],
  ['a text', 'Pod'],
  ['a list', [{ apiVersion: 'v1', kind: 'Pod' }]],
  ['a Deployment of another group', { apiVersion: 'example.com/v1', kind: 'Deployment', spec: { template: POD } }],
  ['a Deployment of the core group', { apiVersion: 'v1', kind: 'Deployment', spec: { template: POD } }],
  ['a Pod of another group', { apiVersion: 'example.com/v1', kind: 'Pod' }],
  ['a kind in lower case', { apiVersion: 'v1', kind: 'pod' }],
  ['a kind that only the prototype has', { apiVersion: 'v1', kind: 'constructor' }],
  ['a Deployment without template', { apiVersion: 'apps/v1', kind: 'Deployment', spec: {} }],
  ['a Deployment whose template is a list', { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: [] } }],
  ['a Deployment whose spec is null', { apiVersion: 'apps/v1', kind: 'Deployment', spec: null }],
  ['a List without items', { apiVersion: 'v1', kind: 'List' }],
  ['a List of texts', { apiVersion: 'v1', kind: 'List', items: ['Pod', null] }],
])('no Pod is found in %s', (_case, document) => {
  expect(findPods(document)).toEqual([]);
});

// ${owner} and the place in a share rest on this name: a manifest and the Pods that come of it must have the same.
const CREATED = '2026-11-22T21:00:30Z';
const DUE = Date.parse('2026-11-22T21:00:00Z') / 60_000;
test.each<[apiVersion: string, kind: string, name: string, child: string, of: string, labels?: Record<string, string>]>(
  [
    ['apps/v1', 'Deployment', 'web', 'ReplicaSet', 'web-6f7', { 'pod-template-hash': '6f7' }],
    ['apps/v1', 'StatefulSet', 'db', 'StatefulSet', 'db'],
    ['batch/v1', 'CronJob', 'nightly', 'Job', `nightly-${DUE}`],
    ['batch/v1', 'CronJob', 'nightly-20261122', 'Job', `nightly-20261122-${DUE}`],
    ['batch/v1', 'Job', 'import', 'Job', 'import'],
    ['v1', 'ReplicationController', 'web-3', 'ReplicationController', 'web-3', { deploymentconfig: 'web' }],
  ],
)('%s %s %s: the command, the webhook and drift name one workload', (apiVersion, kind, name, child, of, labels = {}) => {
  const template = { metadata: { labels }, ...POD };
  const inner = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  const [found] = findPods({ apiVersion, kind, metadata: { name }, spec: inner });
  const ownerReferences = [{ kind: child, name: of, controller: true }];
  const pod = podOf({}, { name: `${of}-x2b7q`, creationTimestamp: CREATED, labels, ownerReferences });
  const expected = kind === 'ReplicationController' ? 'web' : name;
  const names = [workloadOf(found?.pod ?? {}, found?.owner), workloadOf(pod), driftWorkloadOf(pod, 'shop').name];
  expect(names).toEqual([expected, expected, expected]);
});

import { describe, expect, test } from 'vitest';
import { managerOf } from '../../functions/canary/workloads/managed-by.ts';
import { copyDifference, copyOf } from '../../functions/canary/workloads/template-copy.ts';
import { workloadOf } from '../../functions/canary/workloads/workload-of.ts';
import { type WorkloadParts, workloadObject } from '../support/workloads.ts';

const templateOf = (name: string, parts: WorkloadParts) =>
  workloadOf(workloadObject({ kind: 'Deployment', name }, parts)).podTemplate;
const AFFINITY = { podAntiAffinity: {} };

describe('the copy of a Pod template', () => {
  const stable = templateOf('cart', {
    labels: { app: 'cart', track: 'stable', 'app.kubernetes.io/version': 'v1' },
    annotations: { 'checksum/config': '1', gone: 'x', 'kubectl.kubernetes.io/restartedAt': 'monday' },
    podSpec: { affinity: AFFINITY, serviceAccountName: 'cart' },
  });
  const canary = templateOf('cart-canary', {
    image: 'cart:v2',
    labels: { app: 'cart-canary', track: 'canary', extra: 'y' },
    annotations: { 'checksum/config': '2', 'kubectl.kubernetes.io/restartedAt': 'tuesday' },
    podSpec: { topologySpreadConstraints: [{ maxSkew: 1 }], terminationGracePeriodSeconds: 5 },
  });

  test("runs what the canary runs, with stable's own labels and what chooses Pods by labels", () => {
    expect(copyOf(stable, canary)).toEqual({
      labels: stable.labels,
      annotations: { 'checksum/config': '2', 'kubectl.kubernetes.io/restartedAt': 'monday' },
      spec: { containers: [{ name: 'app', image: 'cart:v2' }], terminationGracePeriodSeconds: 5, affinity: AFFINITY },
    });
  });

  test('done twice is done once', () => {
    const copied = copyOf(stable, canary);
    expect(copyOf(copied, canary)).toEqual(copied);
    expect(copyDifference(stable, canary)).toBe('containers[app].image');
    expect(copyDifference(copied, canary)).toBeUndefined();
  });

  test('an annotation alone is a difference: the configuration may be another', () => {
    const [one, two] = ['1', '2'].map((sum) => templateOf('cart', { annotations: { 'checksum/config': sum } }));
    expect(one && two && copyDifference(one, two)).toBe('annotations.checksum/config');
  });
});

test.each<[by: string | undefined, metadata: object]>([
  ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'cart:apps/Deployment:shop/cart' } }],
  ['Argo CD', { labels: { 'argocd.argoproj.io/instance': 'cart' } }],
  ['Argo CD', { managedFields: [{ manager: 'kubectl' }, { manager: 'argocd-controller', operation: 'Apply' }] }],
  ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }],
  ['Flux', { labels: { 'helm.toolkit.fluxcd.io/name': 'cart', 'app.kubernetes.io/managed-by': 'Helm' } }],
  ['Flux', { managedFields: [{ manager: 'kustomize-controller' }] }],
  ['Flux', { managedFields: [{ manager: 'helm-controller' }] }],
  ['Helm', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
  ['Helm', { annotations: { 'meta.helm.sh/release-name': 'cart' } }],
  ['Helm', { managedFields: [{ manager: 'helm' }] }],
  [undefined, { labels: { 'app.kubernetes.io/managed-by': 'a-team' } }],
  [undefined, { labels: { 'app.kubernetes.io/instance': 'cart' } }],
  // A controller that writes the status alone.
  [undefined, { managedFields: [{ manager: 'argocd-controller', subresource: 'status' }] }],
  [undefined, { managedFields: [null, 1, {}, { manager: {} }], labels: [], annotations: 'x' }],
  [undefined, { managedFields: 'argocd-controller' }],
])('%s rolls out an object with %j', (by, metadata) => {
  const object = workloadObject({ kind: 'Deployment', name: 'cart' });
  expect(managerOf({ ...object, metadata: { ...object.metadata, ...metadata } })).toBe(by);
});

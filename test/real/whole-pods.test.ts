import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fieldsOfPodSpec, fieldsSetIn, type Schemas } from './support/pod-fields.ts';
import { whyNotApiServer } from './support/requirements.ts';
import {
  applyClasses,
  normalised,
  readWholePod,
  WHOLE_POD_FLAGS,
  WHOLE_PODS,
  wholePodNamespace,
} from './support/stored-pods.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster, type TestGateway } from './support/test-cluster.ts';

const TEMPLATE = `
apiVersion: outrigger.dev/v1alpha1
kind: SidecarTemplate
metadata: { name: sidecar }
spec:
  allow: { hostNetwork: true, windows: true }
  pod:
    metadata: { labels: { example.com/added: 'yes' }, annotations: { example.com/added: 'yes' } }
    spec:
      containers: [{ name: added, image: 'added:1', volumeMounts: [{ name: added, mountPath: /added }] }]
      initContainers: [{ name: added-init, image: 'added:1' }, { name: added-native, image: 'added:1', restartPolicy: Always }]
      volumes: [{ name: added, emptyDir: {} }]
`;

/** What no client can set in a new Pod: `Type.field`, or a whole type. */
const NOT_AT_CREATION: Readonly<Record<string, string>> = {
  'PodSpec.ephemeralContainers': 'refused at creation; the subresource adds them to a running Pod',
  EphemeralContainer: 'as the list that holds them',
  // Of ObjectMeta below PodSpec there is only the metadata of an ephemeral volume's claim template.
  'ObjectMeta.creationTimestamp': 'of the claim template only labels and annotations are taken',
  'ObjectMeta.deletionGracePeriodSeconds': 'as above',
  'ObjectMeta.deletionTimestamp': 'as above',
  'ObjectMeta.finalizers': 'as above',
  'ObjectMeta.generateName': 'as above',
  'ObjectMeta.generation': 'as above',
  'ObjectMeta.managedFields': 'as above',
  'ObjectMeta.name': 'as above',
  'ObjectMeta.namespace': 'as above',
  'ObjectMeta.ownerReferences': 'as above',
  'ObjectMeta.resourceVersion': 'as above',
  'ObjectMeta.selfLink': 'as above',
  'ObjectMeta.uid': 'as above',
  ManagedFieldsEntry: 'as ObjectMeta.managedFields',
  OwnerReference: 'as ObjectMeta.ownerReferences',
};

const isNotAtCreation = (field: string): boolean =>
  Object.hasOwn(NOT_AT_CREATION, field) || Object.hasOwn(NOT_AT_CREATION, field.split('.')[0] ?? '');

/** The Pod without what the template adds to it. */
function withoutAdded(pod: V1Pod): V1Pod {
  const { metadata, spec } = structuredClone(normalised(pod));
  const drop = (map?: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !/added|outrigger/.test(key)));
  const kept = <T extends { name: string }>(list: readonly T[] = []): T[] =>
    list.filter(({ name }) => !name.startsWith('added'));
  return {
    metadata: { ...metadata, labels: drop(metadata?.labels), annotations: drop(metadata?.annotations) },
    spec: {
      ...spec,
      containers: kept(spec?.containers),
      initContainers: kept(spec?.initContainers),
      volumes: kept(spec?.volumes),
    },
  };
}

await describeReal('Pods that set every field of PodSpec', whyNotApiServer, () => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  beforeAll(async () => {
    cluster = await startTestCluster(WHOLE_POD_FLAGS);
    gateway = await cluster.gateway({ 'sidecar.yaml': TEMPLATE }, 'defaultTemplates: [sidecar]');
    await applyClasses(cluster);
    await cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' });
  });
  afterAll(async () => await cluster?.stop());

  test.each(WHOLE_PODS)('%s: loses nothing, changes nothing, in the order of its lists', async (name) => {
    const pod = readWholePod(name);
    const [optedIn, other] = [await wholePodNamespace(cluster), await wholePodNamespace(cluster, false)];
    const injected = await cluster.createPod(optedIn, pod);
    const untouched = await cluster.createPod(other, pod);
    expect(gateway.log.at(-1)).toMatchObject({ reason: 'Injected' });
    expect(injected.spec?.containers.at(-1)?.name).toBe('added');
    expect(injected.spec?.initContainers?.slice(0, 2).map((c) => c.name)).toEqual(['added-init', 'added-native']);
    expect(withoutAdded(injected)).toEqual(withoutAdded(untouched));
  });

  test('they set every field that the API server serves', async () => {
    const { stdout } = await cluster.api.kubectl(['get', '--raw', '/openapi/v3/api/v1']);
    const schemas: Schemas = JSON.parse(stdout).components.schemas;
    const known = fieldsOfPodSpec(schemas);
    // As stored, so that a field which the API server dropped does not count.
    const namespace = await wholePodNamespace(cluster, false);
    const stored = await Promise.all(WHOLE_PODS.map((name) => cluster.createPod(namespace, readWholePod(name))));
    const set = new Set(stored.flatMap(({ spec }) => [...fieldsSetIn(spec ?? {}, schemas)]));
    expect(known.size).toBeGreaterThan(500);
    expect([...known.difference(set)].filter((field) => !isNotAtCreation(field))).toEqual([]);
    expect([...set].filter(isNotAtCreation)).toEqual([]);
  });
});

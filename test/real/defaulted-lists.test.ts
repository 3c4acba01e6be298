import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { templateDocument } from '../support/templates.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { asSentAgain } from './support/stored-pods.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster, type TestGateway } from './support/test-cluster.ts';

type Json = Record<string, unknown>;

/** A template that changes only the Pod's spec. */
const changing = (name: string, spec: Json): Json => templateDocument(name, { pod: { spec } });
const spread = (maxSkew: number, whenUnsatisfiable: string): Json => ({
  ...{ maxSkew, topologyKey: 'zone', whenUnsatisfiable },
  labelSelector: { matchLabels: { app: 'shop' } },
});
const namesOf = (list: readonly { name?: string }[] = []): unknown[] => list.map(({ name }) => name);

const TEMPLATES: readonly Json[] = [
  changing('tolerations', { tolerations: [{ key: 'mesh' }, { key: 'own', operator: 'Exists' }] }),
  changing('tolerations-replaced', { tolerations: [{ $patch: 'replace' }, { key: 'only', operator: 'Exists' }] }),
  changing('spread', { topologySpreadConstraints: [spread(3, 'DoNotSchedule'), spread(2, 'ScheduleAnyway')] }),
  changing('resources', { resources: { limits: { cpu: '4000m', memory: '2048Mi' } } }),
  changing('field-null', { nodeSelector: { disk: null }, terminationGracePeriodSeconds: 7 }),
  changing('map-deleted', { securityContext: { seLinuxOptions: { $patch: 'delete' }, runAsUser: 7 } }),
  changing('map-replaced', { nodeSelector: { $patch: 'replace', zone: 'a' } }),
  changing('element-deleted', { imagePullSecrets: [{ $patch: 'delete', name: 'first' }, { name: 'ours' }] }),
  changing('keys-retained', { securityContext: { $retainKeys: ['runAsUser'], runAsUser: 8 } }),
  changing('order', {
    '$setElementOrder/imagePullSecrets': [{ name: 'second' }, { name: 'first' }],
    imagePullSecrets: [{ name: 'second' }],
  }),
  templateDocument('each', { eachContainer: { fragment: { env: [{ name: 'MESH', value: 'on' }] } } }),
];

const POD: V1Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'shop' },
  spec: {
    initContainers: [
      { name: 'first', image: 'first:1' },
      { name: 'own-sidecar', image: 'own:1', restartPolicy: 'Always' },
      { name: 'last', image: 'last:1' },
    ],
    containers: [{ name: 'app', image: 'app:1' }],
    imagePullSecrets: [{ name: 'first' }, { name: 'second' }],
    nodeSelector: { disk: 'ssd' },
    securityContext: { runAsGroup: 9, seLinuxOptions: { level: 's0' } },
    tolerations: [{ key: 'own', operator: 'Exists' }],
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
    ],
  },
};

/** What the API server itself adds to every Pod's tolerations. */
const NODE_TOLERATIONS = /^node\.kubernetes\.io/;
/** By template, what becomes of the Pod: a part of its spec, and how it reads. */
const RESULTS: Readonly<Record<string, (spec: NonNullable<V1Pod['spec']>) => void>> = {
  tolerations: ({ tolerations = [] }) =>
    expect(tolerations.flatMap((t) => (NODE_TOLERATIONS.test(t.key ?? '') ? [] : [t.key]))).toEqual(['own', 'mesh']),
  'tolerations-replaced': ({ tolerations = [] }) => expect(tolerations.map((t) => t.key)).toContain('only'),
  spread: ({ topologySpreadConstraints }) =>
    expect(topologySpreadConstraints).toEqual([spread(3, 'DoNotSchedule'), spread(2, 'ScheduleAnyway')]),
  resources: ({ resources }) =>
    expect(resources).toEqual({ limits: { cpu: '4', memory: '2Gi' }, requests: { cpu: '4', memory: '2Gi' } }),
  'field-null': ({ nodeSelector }) => expect(nodeSelector ?? {}).toEqual({}),
  'map-deleted': ({ securityContext }) => expect(securityContext).toEqual({ runAsGroup: 9, runAsUser: 7 }),
  'map-replaced': ({ nodeSelector }) => expect(nodeSelector).toEqual({ zone: 'a' }),
  'element-deleted': ({ imagePullSecrets }) => expect(namesOf(imagePullSecrets)).toEqual(['second', 'ours']),
  'keys-retained': ({ securityContext }) => expect(securityContext).toEqual({ runAsUser: 8 }),
  order: ({ imagePullSecrets }) => expect(namesOf(imagePullSecrets)).toEqual(['second', 'first']),
  each: ({ containers, initContainers = [] }) =>
    expect([...containers, ...initContainers].flatMap((c) => namesOf(c.env))).toHaveLength(4),
};

await describeReal('lists and directives that the API server fills in', whyNotApiServer, () => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  beforeAll(async () => {
    cluster = await startTestCluster();
    const files = TEMPLATES.map((template): [string, string] => {
      const { name } = template['metadata'] as { name: string };
      // JSON is YAML; a writer of YAML 1.2 would leave `on` without quotes.
      return [`${name}.yaml`, JSON.stringify(template)];
    });
    gateway = await cluster.gateway(Object.fromEntries(files), 'defaultTemplates: []');
    await cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' });
  });
  afterAll(async () => await cluster?.stop());

  test.each(Object.keys(RESULTS))('%s: applied, and the second time nothing is left to do', async (template) => {
    const namespace = await cluster.namespace();
    const metadata = { ...POD.metadata, annotations: { 'outrigger.dev/templates': template } };
    const stored = await cluster.createPod(namespace, { ...POD, metadata }, ['--dry-run=server']);
    expect(gateway.log.at(-1)).toMatchObject({ reason: 'Injected' });
    RESULTS[template]?.(stored.spec ?? expect.fail());
    const again = await cluster.createPod(namespace, asSentAgain(stored));
    expect(gateway.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected', operations: 0 });
    expect(asSentAgain(again)).toEqual(asSentAgain(stored));
    // The application's own native sidecar stays one, in its place.
    expect(again.spec?.initContainers).toMatchObject([
      { name: 'first' },
      { name: 'own-sidecar', restartPolicy: 'Always' },
      { name: 'last' },
    ]);
  });

  test('every template has its result', () => {
    expect(TEMPLATES.map((t) => (t['metadata'] as { name: string }).name)).toEqual(Object.keys(RESULTS));
  });
});

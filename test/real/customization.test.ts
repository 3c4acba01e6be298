import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNotApiServer } from './support/requirements.ts';
import { asSentAgain } from './support/stored-pods.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster, type TestGateway } from './support/test-cluster.ts';

const templateOf = (name: string, placement: object): string =>
  JSON.stringify({
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'SidecarTemplate',
    metadata: { name },
    spec: {
      placement,
      customization: { fields: ['env', 'resources', 'readinessProbe'] },
      pod: {
        spec: {
          containers: [
            {
              name: 'proxy',
              image: 'proxy:1',
              env: [
                { name: 'LEVEL', value: 'info' },
                { name: 'MODE', value: 'full' },
              ],
              resources: { limits: { memory: '64Mi' } },
              readinessProbe: { httpGet: { path: '/ready', port: 1 } },
            },
          ],
          initContainers: [{ name: 'native', image: 'native:1', restartPolicy: 'Always' }],
        },
      },
    },
  });

const PLACEMENTS: Readonly<Record<string, readonly [placement: object, order: readonly string[]]>> = {
  first: [{ initContainers: 'First' }, ['native', 'setup', 'own', 'last']],
  last: [{ initContainers: 'Last' }, ['setup', 'own', 'last', 'native']],
  before: [{ initContainers: { before: 'own' } }, ['setup', 'native', 'own', 'last']],
  after: [{ initContainers: { after: 'own' } }, ['setup', 'own', 'native', 'last']],
};

const APP = { name: 'app', image: 'app:1' };
const OWN = {
  name: 'proxy',
  env: [{ name: 'LEVEL', value: 'debug' }],
  resources: { requests: { cpu: '50m' } },
  readinessProbe: { exec: { command: ['ready'] } },
};

/** The ways in which a client makes a Pod; each leaves managedFields of its own. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  'kubectl create': ['create'],
  'kubectl apply': ['apply'],
  'kubectl apply --server-side': ['apply', '--server-side'],
};

await describeReal('what the Pod itself brings', whyNotApiServer, () => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  beforeAll(async () => {
    cluster = await startTestCluster();
    const files = Object.entries(PLACEMENTS).map(([name, [placement]]) => [
      `${name}.yaml`,
      templateOf(name, placement),
    ]);
    gateway = await cluster.gateway(Object.fromEntries(files), 'defaultTemplates: [first]');
    await cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' });
  });
  afterAll(async () => await cluster?.stop());

  async function make(way: string, namespace: string, pod: object): Promise<V1Pod> {
    const args = [...(WAYS[way] ?? []), '-n', namespace, '-o', 'json', '-f', '-'];
    return JSON.parse((await cluster.api.kubectl(args, JSON.stringify(pod))).stdout);
  }
  const podOf = (spec: object, template = 'first', name = 'shop'): V1Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, annotations: { 'outrigger.dev/templates': template } },
    spec: { containers: [APP], ...spec },
  });

  describe.each(Object.keys(WAYS))('%s', (way) => {
    test('a container of our name with allowed fields keeps them and its place', async () => {
      const namespace = await cluster.namespace();
      const pod = await make(way, namespace, podOf({ containers: [OWN, APP] }));
      expect(gateway.log.at(-1)).toMatchObject({ reason: 'Injected' });
      const [proxy, app] = pod.spec?.containers ?? [];
      expect(app?.name).toBe('app');
      expect(proxy).toMatchObject({
        name: 'proxy',
        image: 'proxy:1',
        readinessProbe: { exec: { command: ['ready'] } },
      });
      expect(proxy?.readinessProbe).not.toHaveProperty('httpGet');
      expect(proxy?.env).toEqual([...OWN.env, { name: 'MODE', value: 'full' }]);
      expect(proxy?.resources).toEqual({ requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '64Mi' } });

      // Sent again, everything is the Pod's own, the template's image included.
      const sent = asSentAgain(pod);
      const again = await make(way, await cluster.namespace(), sent);
      expect(gateway.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected', operations: 0 });
      expect(asSentAgain(again).spec).toEqual(sent.spec);
    });

    test.each([
      ['a field that is not allowed', { ...OWN, command: ['mine'] }],
      ['what would grant something', { ...OWN, securityContext: { privileged: true } }],
      ['another image', { ...OWN, image: 'mine:1' }],
    ])('a container of our name with %s is refused', async (_, container) => {
      const creation = make(way, await cluster.namespace(), podOf({ containers: [container, APP] }));
      await expect(creation).rejects.toThrow(/ContainerNameConflict/);
    });
  });

  test.each(
    Object.keys(PLACEMENTS),
  )('native sidecars of the application keep their order and nature: %s', async (t) => {
    const initContainers = ['setup', 'own', 'last'].map((name) => ({ name, image: `${name}:1` }));
    Object.assign(initContainers[1] ?? {}, { restartPolicy: 'Always' });
    const pod = await make('kubectl create', await cluster.namespace(), podOf({ initContainers }, t));
    expect(pod.spec?.initContainers?.map((c) => c.name)).toEqual(PLACEMENTS[t]?.[1]);
    const always = pod.spec?.initContainers?.filter((c) => c.restartPolicy === 'Always').map((c) => c.name);
    expect(always?.sort()).toEqual(['native', 'own']);
  });
});

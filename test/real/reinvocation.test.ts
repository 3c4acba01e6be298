import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ForeignWebhook, startForeignWebhook } from './support/foreign-webhook.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster, type TestGateway } from './support/test-cluster.ts';

const MIRROR = 'mirror.test/';

const templateOf = (name: string, more: string): string => `
apiVersion: outrigger.dev/v1alpha1
kind: SidecarTemplate
metadata: { name: ${name} }
spec:
  customization: { fields: [env, resources] }
  pod:
    metadata: { labels: { example.com/${name}: 'yes' } }
    spec:
      containers: [{ name: ${name}, image: '${name}:1', args: [--run], volumeMounts: [{ name: ${name}, mountPath: /${name} }] }]
      volumes: [{ name: ${name}, emptyDir: {} }]
      ${more}
`;
const TEMPLATES = {
  'one.yaml': templateOf('one', `initContainers: [{ name: one-init, image: 'one:1', restartPolicy: Always }]`),
  'two.yaml': templateOf('two', 'tolerations: [{ key: two, operator: Exists }]'),
};
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'shop' },
  spec: {
    initContainers: [{ name: 'setup', image: 'setup:1' }],
    containers: [{ name: 'app', image: 'app:1' }],
  },
};

/** Rewrites every image that is there and not the mirror's yet, and puts a label on the Pod. */
function mirrorImages({ spec, metadata }: V1Pod): Operation[] {
  const rewrite = (list: string, containers: readonly V1Container[] = []): Operation[] =>
    containers.flatMap(({ image = '' }, i) =>
      image === '' || image.startsWith(MIRROR)
        ? []
        : [{ op: 'replace', path: `/spec/${list}/${i}/image`, value: MIRROR + image } as const],
    );
  const labels = { ...metadata?.labels, 'mirror.test/seen': 'yes' };
  const label: Operation[] =
    metadata?.labels?.['mirror.test/seen'] === undefined
      ? [{ op: 'add', path: '/metadata/labels', value: labels }]
      : [];
  return [...rewrite('containers', spec?.containers), ...rewrite('initContainers', spec?.initContainers), ...label];
}

await describeReal('two templates and a webhook that rewrites images, all reinvoked', whyNotApiServer, () => {
  let cluster: TestCluster;
  let both: TestGateway;
  let alone: readonly TestGateway[];
  let foreign: ForeignWebhook | undefined;
  let foreignCalls = 0;

  beforeAll(async () => {
    cluster = await startTestCluster();
    both = await cluster.gateway(TEMPLATES, 'defaultTemplates: [one, two]');
    const one = await cluster.gateway(TEMPLATES, 'defaultTemplates: [one]');
    alone = [one, await cluster.gateway(TEMPLATES, 'defaultTemplates: [two]')];
  });
  afterEach(async () => {
    foreign?.close();
    await cluster.unregister();
  });
  afterAll(async () => await cluster?.stop());

  /** Registers gateways (`outrigger`, `outrigger-2`) and the foreign webhook under a name before or after them. */
  async function register(gateways: readonly TestGateway[], foreignName: string): Promise<void> {
    foreignCalls = 0;
    foreign = await startForeignWebhook((pod) => {
      foreignCalls++;
      return mirrorImages(pod);
    });
    for (const [i, { endpoint, ca }] of gateways.entries()) {
      const options = { url: endpoint.webhookUrl, ca, failurePolicy: 'Fail', reinvocationPolicy: 'IfNeeded' } as const;
      await cluster.register(options, undefined, i === 0 ? 'outrigger' : `outrigger-${i + 1}`);
    }
    await cluster.registerForeign(foreign, foreignName, 'IfNeeded');
  }

  /** What each of our registrations answered, in its order. */
  function reviewsOf(gateways: readonly TestGateway[], from: readonly number[]): unknown[] {
    return gateways.map(({ log }, i) =>
      log
        .slice(from[i])
        .flatMap((line) => (line['message'] === 'review' ? [`${line['reason']}/${line['operations']}`] : [])),
    );
  }

  // Each is called again once, because the other changed the Pod after it. The status annotation is one for all
  // registrations and says what the last one applied: where there are two, writing it is the only thing left to do.
  const again = ['Injected/5', 'Injected/1'];
  test.each<[how: string, foreignName: string, gateways: () => readonly TestGateway[], reviews: readonly string[][]]>([
    ['registered once, before it', 'zz-foreign', () => [both], [['Injected/8', 'AlreadyInjected/0']]],
    ['registered once, after it', 'aa-foreign', () => [both], [['Injected/9', 'AlreadyInjected/0']]],
    ['registered twice, before it', 'zz-foreign', () => alone, [again, again]],
    ['registered twice, after it', 'aa-foreign', () => alone, [again, again]],
    ['registered twice, around it', 'outrigger-1', () => alone, [again, again]],
  ])('%s', async (_, foreignName, gatewaysOf, reviews) => {
    const gateways = gatewaysOf();
    await register(gateways, foreignName);
    const from = gateways.map(({ log }) => log.length);
    const { spec, metadata } = await cluster.createPod(await cluster.namespace(), POD);
    const imageOf = ({ name, image }: V1Container): string => `${name} ${image}`;
    expect(spec?.containers.map(imageOf)).toEqual([`app ${MIRROR}app:1`, `one ${MIRROR}one:1`, `two ${MIRROR}two:1`]);
    expect(spec?.initContainers?.map(imageOf)).toEqual([`one-init ${MIRROR}one:1`, `setup ${MIRROR}setup:1`]);
    expect(spec?.volumes?.map((v) => v.name).filter((name) => !name.startsWith('kube-api'))).toEqual(['one', 'two']);
    expect(spec?.tolerations?.map((t) => t.key).filter((key) => key === 'two')).toEqual(['two']);
    const labels = { 'example.com/one': 'yes', 'example.com/two': 'yes', 'mirror.test/seen': 'yes' };
    expect(metadata?.labels).toEqual(labels);
    for (const container of spec?.containers ?? []) {
      const paths = container.volumeMounts?.map((m) => m.mountPath);
      expect(paths).toEqual([...new Set(paths)]);
    }
    expect([reviewsOf(gateways, from), foreignCalls]).toEqual([reviews, 2]);
  });

  test.each(['zz-foreign', 'aa-foreign'])('a container that the Pod brings and customizes, with %s', async (name) => {
    await register([both], name);
    const own = { name: 'one', env: [{ name: 'LEVEL', value: 'debug' }], resources: { requests: { cpu: '50m' } } };
    const spec = { containers: [own, ...POD.spec.containers] };
    const pod = await cluster.createPod(await cluster.namespace(), { ...POD, spec });
    expect(pod.spec?.containers).toMatchObject([
      { name: 'one', image: `${MIRROR}one:1`, args: ['--run'], env: own.env, resources: own.resources },
      { name: 'app' },
      { name: 'two', image: `${MIRROR}two:1` },
    ]);
    expect(both.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected', operations: 0 });
  });
});

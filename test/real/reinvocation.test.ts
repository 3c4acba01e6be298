import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ForeignWebhook, startForeignWebhook } from './support/foreign-webhook.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { asSentAgain } from './support/stored-pods.ts';
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

const IRSA = '/var/run/secrets/eks.amazonaws.com/serviceaccount';

/** What the webhook of EKS adds to every container that has none of it, and the volume of it. */
function addIdentity({ spec }: V1Pod): Operation[] {
  const role = { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/shop' };
  const mount = { name: 'aws-iam-token', mountPath: IRSA, readOnly: true };
  const into = (list: string, containers: readonly V1Container[] = []): Operation[] =>
    containers.flatMap(({ env = [], volumeMounts = [] }, i) =>
      env.some(({ name }) => name === role.name)
        ? []
        : [
            { op: 'add', path: `/spec/${list}/${i}/env`, value: [...env, role] } as const,
            { op: 'add', path: `/spec/${list}/${i}/volumeMounts`, value: [...volumeMounts, mount] } as const,
          ],
    );
  const token = { serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } };
  const volume = { name: mount.name, projected: { sources: [token] } };
  const isThere = spec?.volumes?.some(({ name }) => name === volume.name) === true;
  return [
    ...into('containers', spec?.containers),
    ...into('initContainers', spec?.initContainers),
    ...(isThere ? [] : [{ op: 'add', path: '/spec/volumes/-', value: volume } as const]),
  ];
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
  async function register(gateways: readonly TestGateway[], foreignName: string, change = mirrorImages): Promise<void> {
    foreignCalls = 0;
    foreign = await startForeignWebhook((pod) => {
      foreignCalls++;
      return change(pod);
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

  test.each([
    'zz-foreign',
    'aa-foreign',
  ])('an identity for every container, by %s; then all sent again', async (name) => {
    await register([both], name, addIdentity);
    const pod = await cluster.createPod(await cluster.namespace(), POD);
    for (const { volumeMounts } of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
      expect(volumeMounts?.map((mount) => mount.mountPath)).toContain(IRSA);
    }
    expect(both.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected', operations: 0 });
    const again = await cluster.createPod(await cluster.namespace(), asSentAgain(pod));
    expect(both.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected', operations: 0 });
    expect(asSentAgain(again).spec).toEqual(asSentAgain(pod).spec);
  });

  test.each([
    ['a command', { command: ['sleep', 'inf'] }],
    ['privileges', { securityContext: { privileged: true } }],
    ['a mount', { volumeMounts: [{ name: 'two', mountPath: '/lib' }] }],
  ])('the whole container of a template with %s beside it is refused', async (_, more) => {
    await register([both], 'zz-foreign');
    const mount = { name: 'one', mountPath: '/one' };
    const own = { name: 'one', image: 'one:1', args: ['--run'], ...more };
    const volumeMounts = [mount, ...('volumeMounts' in more ? more.volumeMounts : [])];
    const volumes = ['one', 'two'].map((name) => ({ name, emptyDir: {} }));
    const spec = { containers: [...POD.spec.containers, { ...own, volumeMounts }], volumes };
    const creation = cluster.createPod(await cluster.namespace(), { ...POD, spec });
    await expect(creation).rejects.toThrow(/ContainerNameConflict/);
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

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ForeignWebhook, startForeignWebhook } from './support/foreign-webhook.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { normalised } from './support/stored-pods.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster, type TestGateway } from './support/test-cluster.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'seed');
const ROOT = join(import.meta.dirname, '..', '..');
const STATUS = 'outrigger.dev/status';
const bare = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'bare' },
  spec: { containers: [{ name: 'app', image: 'busybox' }] },
};

/** A container without what the API server and ServiceAccount admission add to every container. */
function asWritten(container: V1Container): unknown {
  const { terminationMessagePath, terminationMessagePolicy, imagePullPolicy, ...rest } = container;
  const mounts = rest.volumeMounts?.filter((m) => m.mountPath !== '/var/run/secrets/kubernetes.io/serviceaccount');
  return { ...rest, volumeMounts: mounts };
}

await describeReal('kube-apiserver calls the endpoint', whyNotApiServer, () => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  const foreign: ForeignWebhook[] = [];

  beforeAll(async () => {
    cluster = await startTestCluster();
    gateway = await cluster.gateway();
  });
  afterEach(async () => {
    for (const webhook of foreign.splice(0)) webhook.close();
    await cluster.unregister();
  });
  afterAll(async () => await cluster?.stop());

  const registered = (change?: Parameters<TestCluster['register']>[1]): Promise<void> =>
    cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' }, change);

  test('the seed, word for word: kubectl create, registered by what `outrigger webhook` prints', async () => {
    const stateDir = dirname(dirname(gateway.endpoint.caFile ?? ''));
    const command = ['webhook', '--state-dir', stateDir, '--failure-policy', 'Fail'];
    const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'infra/cli/bin.mjs'), ...command]);
    await cluster.api.kubectl(['apply', '-f', '-'], stdout);
    const seed = parse(await readFile(join(FIXTURES, 'myapp-pod.yaml'), 'utf8'));
    const wanted = parse(await readFile(join(FIXTURES, 'envoy-initializer.yaml'), 'utf8')).data.config;
    const [optedIn, other] = [await cluster.namespace(), await cluster.namespace(false)];
    await new Promise((resolve) => setTimeout(resolve, 1_000));

    const injected = await cluster.createPod(optedIn, seed);
    const untouched = await cluster.createPod(other, seed);

    const [, envoy] = injected.spec?.containers ?? [];
    expect(injected.spec?.containers.map((c) => c.name)).toEqual(['myapp-container', 'envoy']);
    // The API server writes quantities in its canonical form: 1000m is 1.
    const resources = { ...wanted.containers[0].resources, limits: { cpu: '1', memory: '512Mi' } };
    expect(envoy && asWritten(envoy)).toEqual({ ...wanted.containers[0], resources });
    const configVolume = { name: 'envoy-conf', configMap: { name: 'envoy', defaultMode: 420 } };
    expect(injected.spec?.volumes).toContainEqual(configVolume);
    const status = JSON.parse(injected.metadata?.annotations?.[STATUS] ?? '');
    expect(status).toMatchObject({ templates: [{ name: 'envoy-initializer' }], containers: ['envoy'] });

    // Nothing else is different from the same Pod in a namespace that is not opted in.
    injected.spec?.containers.splice(1, 1);
    // The quality-of-service class is what the API server makes of the added resources.
    expect(injected.status).toEqual({ phase: 'Pending', qosClass: 'Burstable' });
    injected.status = untouched.status ?? {};
    injected.spec?.volumes?.splice(
      injected.spec.volumes.findIndex((v) => v.name === 'envoy-conf'),
      1,
    );
    delete injected.metadata?.annotations;
    expect(normalised(injected)).toEqual(normalised(untouched));
  });

  test('a bare Pod without annotations, labels and volumes', async () => {
    await registered();
    const namespace = await cluster.namespace();
    const pod = await cluster.createPod(namespace, {
      ...bare,
      spec: { ...bare.spec, automountServiceAccountToken: false },
    });
    expect(pod.spec?.containers.map((c) => c.name)).toEqual(['app', 'envoy']);
    expect(pod.spec?.volumes?.map((v) => v.name)).toEqual(['envoy-conf']);
    expect(gateway.log.at(-1)).toMatchObject({ message: 'review', reason: 'Injected', name: 'bare', namespace });
  });

  test('kubectl --dry-run=server shows the injected Pod and stores nothing', async () => {
    await registered();
    const namespace = await cluster.namespace();
    const pod = await cluster.createPod(namespace, bare, ['--dry-run=server']);
    expect(pod.spec?.containers.map((c) => c.name)).toEqual(['app', 'envoy']);
    expect(gateway.log.at(-1)).toMatchObject({ dryRun: true, reason: 'Injected' });
    expect((await cluster.core.listNamespacedPod({ namespace })).items).toEqual([]);
  });

  test('a label-only template puts its labels on every Pod of an opted-in namespace, and on none elsewhere', async () => {
    const labels = await cluster.gateway(
      { 'team.yaml': 'metadata: {labels: {team: payments, cost-center: "42"}}' },
      'defaultTemplates: [team]',
    );
    await cluster.register({ url: labels.endpoint.webhookUrl, ca: labels.ca, failurePolicy: 'Fail' });
    const [optedIn, other] = [await cluster.namespace(), await cluster.namespace(false)];
    const first = await cluster.createPod(optedIn, bare);
    const second = await cluster.createPod(optedIn, { ...bare, metadata: { name: 'b', labels: { app: 'b' } } });
    const elsewhere = await cluster.createPod(other, bare);
    expect(first.metadata?.labels).toEqual({ team: 'payments', 'cost-center': '42' });
    expect(second.metadata?.labels).toEqual({ app: 'b', team: 'payments', 'cost-center': '42' });
    expect(first.spec?.containers).toHaveLength(1);
    expect(elsewhere.metadata?.labels).toBeUndefined();
  });

  test.each(['labels', 'annotations'])('opt-out by %s makes no call at all', async (where) => {
    await registered();
    const before = gateway.log.length;
    const metadata = { name: 'out', [where]: { 'outrigger.dev/inject': 'false' } };
    const pod = await cluster.createPod(await cluster.namespace(), { ...bare, metadata });
    expect(pod.spec?.containers.map((c) => c.name)).toEqual(['app']);
    expect(gateway.log).toHaveLength(before);
  });

  test.each([
    ['opt-out by label', 'OptedOut', { name: 'a', labels: { 'outrigger.dev/inject': 'false' } }],
    ['opt-out by annotation', 'OptedOut', { name: 'b', annotations: { 'outrigger.dev/inject': 'false' } }],
    ['a mirror Pod', 'MirrorPod', { name: 'c', annotations: { 'kubernetes.io/config.mirror': 'x' } }],
  ])('%s is respected by the function too, when the registration lets it through', async (_, reason, metadata) => {
    await registered((webhook) => delete webhook['matchConditions']);
    const namespace = await cluster.namespace();
    const isMirror = reason === 'MirrorPod';
    const spec = { ...bare.spec, ...(isMirror ? { nodeName: 'n', automountServiceAccountToken: false } : {}) };
    const pod = await cluster.createPod(namespace, { ...bare, metadata, spec });
    expect(pod.spec?.containers.map((c) => c.name)).toEqual(['app']);
    expect(gateway.log.at(-1)).toMatchObject({ verdict: 'skip', reason });
  });

  test('kube-system is not called for by the registration, and skipped by the function', async () => {
    await cluster.api.kubectl(['label', 'namespace', 'kube-system', 'outrigger.dev/injection=enabled', '--overwrite']);
    await cluster.api.kubectl(['create', 'serviceaccount', 'default', '-n', 'kube-system']).catch(() => {});
    await registered();
    const before = gateway.log.length;
    const first = await cluster.createPod('kube-system', bare);
    expect(gateway.log).toHaveLength(before);
    await registered((webhook) => {
      webhook['namespaceSelector'] = {};
    });
    const second = await cluster.createPod('kube-system', { ...bare, metadata: { name: 'second' } });
    expect(gateway.log.at(-1)).toMatchObject({ verdict: 'skip', reason: 'SystemNamespace' });
    for (const pod of [first, second]) expect(pod.spec?.containers.map((c) => c.name)).toEqual(['app']);
  });

  test.each([
    ['adds a label', () => [{ op: 'add' as const, path: '/metadata/labels', value: { seen: 'yes' } }], undefined],
    [
      'rewrites the registry of our image',
      (pod: V1Pod) =>
        pod.spec?.containers.map((c, i) => ({
          op: 'replace' as const,
          path: `/spec/containers/${i}/image`,
          value: `mirror.corp/${c.image}`,
        })) ?? [],
      /^mirror\.corp\//,
    ],
  ])('reinvoked after a webhook that %s, ours adds nothing the second time', async (_, mutate, image) => {
    const other = await startForeignWebhook((pod) =>
      pod.metadata?.labels?.['seen'] === undefined || image ? mutate(pod) : [],
    );
    foreign.push(other);
    await registered((webhook) => {
      webhook['reinvocationPolicy'] = 'IfNeeded';
    });
    await cluster.registerForeign(other);
    const before = gateway.log.length;
    const pod = await cluster.createPod(await cluster.namespace(), bare);
    const calls = gateway.log.slice(before).filter((line) => line['message'] === 'review');
    expect(calls).toMatchObject([{ reason: 'Injected' }, { reason: 'AlreadyInjected', operations: 0 }]);
    expect(pod.spec?.containers.map((c) => c.name)).toEqual(['app', 'envoy']);
    expect(pod.spec?.containers[1]?.volumeMounts?.length).toBe(2);
    if (image !== undefined) expect(pod.spec?.containers[1]?.image).toMatch(image);
  });

  test('the stored Pod, created again elsewhere, is not changed again', async () => {
    await registered();
    const pod = await cluster.createPod(await cluster.namespace(), bare);
    const { uid, resourceVersion, creationTimestamp, namespace, managedFields, ...metadata } = pod.metadata ?? {};
    const spec = { ...pod.spec, volumes: pod.spec?.volumes?.filter((v) => !v.name.startsWith('kube-api-access')) };
    for (const c of spec.containers ?? []) {
      c.volumeMounts = c.volumeMounts?.filter((m) => !m.name.startsWith('kube-api-access')) ?? [];
    }
    const again = await cluster.createPod(await cluster.namespace(), { ...pod, metadata, spec, status: undefined });
    expect(again.spec?.containers.map((c) => c.name)).toEqual(['app', 'envoy']);
    expect(gateway.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected', operations: 0 });
  });

  test('a container of the same name that the Pod brings is never overwritten: the cluster decides, and is told why', async () => {
    await registered();
    const spec = { containers: [...bare.spec.containers, { name: 'envoy', image: 'my/own-envoy' }] };
    const creation = cluster.createPod(await cluster.namespace(), { ...bare, spec });
    await expect(creation).rejects.toThrow(/ContainerNameConflict/);
  });

  test('asking for a template that does not exist is refused with a sentence', async () => {
    await registered();
    const metadata = { name: 'x', annotations: { 'outrigger.dev/templates': 'nope' } };
    const creation = cluster.createPod(await cluster.namespace(), { ...bare, metadata });
    await expect(creation).rejects.toThrow(
      /admission webhook "inject\.outrigger\.dev" denied the request: outrigger: the Pod asks for a template that does not exist: "nope"/,
    );
  });

  test('hot-pluggable: registering and removing changes the running API server, without a restart', async () => {
    const namespace = await cluster.namespace();
    const names = async (name: string): Promise<string[] | undefined> =>
      (await cluster.createPod(namespace, { ...bare, metadata: { name } })).spec?.containers.map((c) => c.name);
    expect(await names('before')).toEqual(['app']);
    await registered();
    expect(await names('during')).toEqual(['app', 'envoy']);
    await cluster.unregister();
    expect(await names('after')).toEqual(['app']);
  });
});

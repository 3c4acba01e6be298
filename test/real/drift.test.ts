import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDrift } from '../../functions/drift/read-drift.ts';
import type { DriftReport } from '../../functions/drift/report.ts';
import { type ClusterApi, ClusterApiError } from '../../functions/kube-api/cluster-api.ts';
import { createClusterApi } from '../../functions/kube-api/https-cluster-api.ts';
import { accessRules } from '../../functions/registration/access-rules.ts';
import { loadClusterState } from '../../infra/cli/cluster/drift-state.ts';
import { readKubeconfig } from '../../infra/cli/cluster/kubeconfig.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { casesIn } from '../support/golden-cases.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster, type TestGateway } from './support/test-cluster.ts';

const BIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'bin.mjs');
const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'templates');
const TEMPLATES = [...new Set([TEMPLATES_DIR_DEFAULT, FIXTURES].flatMap(casesIn))];
const PROXY = (image: string): string => `containers: [{name: proxy, image: 'proxy:${image}'}]\n`;
/** Longer than the local gateway takes a template file for fresh. */
const REREAD_MS = 500;

const stateDirOf = (gateway: TestGateway): string => dirname(dirname(gateway.endpoint.caFile ?? ''));

async function templateFiles(): Promise<Record<string, string>> {
  const folders = [TEMPLATES_DIR_DEFAULT, FIXTURES].map(async (folder) => {
    const names = await readdir(folder);
    return await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const));
  });
  return Object.fromEntries((await Promise.all(folders)).flat());
}

await describeReal('drift of running Pods, on a real API server', whyNotApiServer, () => {
  let cluster: TestCluster;
  let api: ClusterApi;
  beforeAll(async () => {
    cluster = await startTestCluster();
    api = createClusterApi(await readKubeconfig({ kubeconfig: cluster.api.kubeconfig }, {}));
  });
  afterAll(async () => await cluster?.stop());

  const report = async (
    gateway: TestGateway,
    more: { namespace?: string; pageSize?: number; api?: Pick<ClusterApi, 'get' | 'list'> } = {},
  ): Promise<DriftReport> => {
    const stateDir = stateDirOf(gateway);
    const options = { templates: join(stateDir, 'templates'), stateDir, fleet: 'default', cluster: 'local' };
    const served = await loadClusterState(options);
    return await readDrift({ api, ...served, now: Date.now, signal: AbortSignal.timeout(60_000), ...more });
  };
  /** `outrigger cluster drift --exit-code`, as people run it. */
  const command = async (gateway: TestGateway, ...more: string[]): Promise<{ code: number; stdout: string }> => {
    const stateDir = stateDirOf(gateway);
    const where = ['--state-dir', stateDir, '--templates', join(stateDir, 'templates')];
    const args = [BIN, 'cluster', 'drift', '--exit-code', '--kubeconfig', cluster.api.kubeconfig, ...where, ...more];
    return await new Promise((resolve) => {
      execFile(process.execPath, args, (error, stdout) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout }),
      );
    });
  };
  const podOf = (name: string, metadata: object = {}, spec: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'app', image: 'busybox' }], ...spec },
  });
  const ownedBy = (kind: string, name: string, labels: object = {}): object => ({
    labels,
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: '1b2c', controller: true }],
  });
  const register = async ({ endpoint, ca }: TestGateway): Promise<void> =>
    await cluster.register({ url: endpoint.webhookUrl, ca, failurePolicy: 'Fail' });

  test('the report names exactly the Pods that differ, by owner, on pages of any size', async () => {
    const gateway = await cluster.gateway({ 'proxy.yaml': PROXY('1') }, 'defaultTemplates: [proxy]');
    const [namespace, off] = [await cluster.namespace(), await cluster.namespace(false)];
    const web = ownedBy('ReplicaSet', 'web-5d', { 'pod-template-hash': '5d' });
    await cluster.createPod(namespace, podOf('web-5d-before', web));
    await cluster.createPod(namespace, podOf('bare-before'));
    await cluster.createPod(namespace, podOf('done', ownedBy('Job', 'done')));
    const done = [
      'patch',
      'pod',
      'done',
      '-n',
      namespace,
      '--subresource=status',
      '-p',
      '{"status":{"phase":"Succeeded"}}',
    ];
    await cluster.api.kubectl(done);
    await cluster.createPod(namespace, podOf('leaving', { finalizers: ['test.outrigger.dev/stay'] }));
    await cluster.api.kubectl(['delete', 'pod', 'leaving', '-n', namespace, '--wait=false', '--grace-period=0']);

    await register(gateway);
    await cluster.createPod(namespace, podOf('web-5d-old', web));
    await cluster.createPod(namespace, podOf('db-0', ownedBy('StatefulSet', 'db')));
    await cluster.createPod(namespace, podOf('late', { labels: { app: 'late' } }));
    await writeFile(join(stateDirOf(gateway), 'templates', 'proxy.yaml'), PROXY('2'));
    await new Promise((resolve) => setTimeout(resolve, REREAD_MS));
    await cluster.createPod(namespace, podOf('web-5d-new', web));
    await cluster.createPod(namespace, podOf('out', { labels: { 'outrigger.dev/inject': 'false' } }));
    await cluster.createPod(off, podOf('elsewhere'));
    // What happens to running Pods later changes nothing: an image set by hand, a label, an opt-out.
    await cluster.api.kubectl(['set', 'image', 'pod/web-5d-new', 'proxy=other:1', '-n', namespace]);
    await cluster.api.kubectl(['label', 'pod', 'late', '-n', namespace, 'outrigger.dev/inject=false']);
    await cluster.api.kubectl(['annotate', 'pod', 'db-0', '-n', namespace, 'outrigger.dev/status-']);

    const whole = await report(gateway);
    expect(whole).toMatchObject({ pods: 8, drifted: 5, missing: 2, outdated: 2, extra: 1, refused: 0 });
    const seen = whole.workloads.map(
      (w) => `${w.kind}/${w.name}: ${w.examples} of ${w.pods}, ${w.command ?? 'advice'}`,
    );
    expect(seen).toEqual([
      `Deployment/web: web-5d-before,web-5d-old of 3, kubectl rollout restart deployment/web -n ${namespace}`,
      'Pod/bare-before: bare-before of 1, advice',
      'Pod/late: late of 1, advice',
      `StatefulSet/db: db-0 of 1, kubectl rollout restart statefulset/db -n ${namespace}`,
    ]);
    const { asOf: _, ...rest } = whole;
    expect(await command(gateway, '-o', 'json')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"drifted": 5'),
    });
    const table = await command(gateway);
    expect(table.stdout).toMatch(new RegExp(`^${namespace} +Deployment +web +3 +1 +1 +0 +proxy@\\w+ missing`, 'm'));
    expect(table.stdout).toContain(`  kubectl rollout restart deployment/web -n ${namespace}\n`);
    expect(await command(gateway, '-n', off)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^No drift: 1 /),
    });
    expect((await command(gateway, '-n', 'nowhere')).code).toBe(2);
    for (const pageSize of [1, 3]) expect(await report(gateway, { pageSize })).toMatchObject(rest);
    expect(await report(gateway, { namespace: off })).toMatchObject({ pods: 1, drifted: 0, workloads: [] });
  });

  test.each([
    true,
    false,
  ])('an injected Pod of the present version is never reported; native sidecars: %s', async (native) => {
    await cluster.unregister();
    const record = { defaultTemplates: [], nativeSidecars: native };
    const gateway = await cluster.gateway(await templateFiles(), JSON.stringify(record));
    await register(gateway);
    const namespace = await cluster.namespace();
    const spec = {
      initContainers: [{ name: 'setup', image: 'busybox' }],
      containers: [
        { name: 'app', image: 'busybox', resources: { requests: { cpu: '0.5' } } },
        { name: 'side', image: 'busybox' },
      ],
    };
    let injected = 0;
    for (const template of TEMPLATES) {
      const annotations = { 'outrigger.dev/templates': template };
      for (const pod of [
        podOf(`bare-${template}`, { annotations }),
        podOf('', { name: undefined, generateName: `made-${template}-`, annotations, labels: { app: 'x' } }, spec),
      ]) {
        await cluster.createPod(namespace, pod);
        const { reason } = gateway.log.findLast((line) => line['message'] === 'review') ?? {};
        expect(reason, `${template}`).toBe('Injected');
        injected++;
      }
    }
    expect(await report(gateway, { namespace })).toMatchObject({ pods: injected, drifted: 0, workloads: [] });
  });

  test('a ServiceAccount that may only get and list Pods and namespaces can make the report, and nothing else', async () => {
    const gateway = await cluster.gateway({ 'proxy.yaml': PROXY('1') }, 'defaultTemplates: [proxy]');
    const namespace = await cluster.namespace();
    const roles = { apiVersion: 'v1', kind: 'List', items: accessRules() };
    await cluster.api.kubectl(['apply', '-f', '-'], JSON.stringify(roles));
    const who = `--serviceaccount=${namespace}:default`;
    await cluster.api.kubectl(['create', 'clusterrolebinding', 'reader', '--clusterrole=outrigger-drift', who]);
    const { stdout } = await cluster.api.kubectl(['create', 'token', 'default', '-n', namespace]);
    const { certificate: _, ...access } = await readKubeconfig({ kubeconfig: cluster.api.kubeconfig }, {});
    const reader = createClusterApi({ ...access, token: async () => stdout.trim() });

    const { asOf: _as, ...seen } = await report(gateway, { api: reader });
    expect(seen).toMatchObject(await report(gateway).then(({ asOf: __, ...rest }) => rest));
    expect(seen.pods).toBeGreaterThan(0);
    const path = `/api/v1/namespaces/${namespace}`;
    const signal = AbortSignal.timeout(60_000);
    await expect(reader.delete(`${path}/pods/x`, signal)).rejects.toMatchObject({ status: 403 });
    await expect(reader.list(`${path}/secrets`, { limit: 1 }, signal)).rejects.toThrow(ClusterApiError);
  });
});

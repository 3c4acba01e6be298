import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster } from './support/test-cluster.ts';

const BIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'bin.mjs');
const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 1000,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

await describeReal(
  'the shipped templates, in a namespace of the Pod Security level restricted',
  whyNotApiServer,
  () => {
    let cluster: TestCluster;
    let namespace = '';
    let log: readonly unknown[] = [];

    beforeAll(async () => {
      cluster = await startTestCluster();
      const { endpoint, ca, log: lines } = await cluster.gateway();
      log = lines;
      await cluster.register({ url: endpoint.webhookUrl, ca, failurePolicy: 'Fail' });
      namespace = await cluster.namespace();
      await cluster.api.kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
    });
    afterAll(async () => await cluster?.stop());

    const podWith = (name: string, templates: string): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        annotations: {
          'outrigger.dev/templates': templates,
          'parameters.outrigger.dev/team': 'payments',
          'parameters.outrigger.dev/output': 'http',
        },
      },
      spec: { containers: [{ name: 'app', image: 'busybox', securityContext: RESTRICTED }] },
    });

    test('labels and log-shipper are admitted as they are', async () => {
      const pod = await cluster.createPod(namespace, podWith('app', 'labels,log-shipper'));
      expect(pod.metadata?.labels).toMatchObject({ team: 'payments', 'cost-center': 'unassigned' });
      const [shipper] = pod.spec?.initContainers ?? [];
      expect(shipper).toMatchObject({ name: 'log-shipper', restartPolicy: 'Always' });
      expect(shipper?.args).toContain('--output=http');
      // ServiceAccount admission found its place taken.
      expect(shipper?.volumeMounts?.map((mount) => mount.name)).toEqual([
        'log-shipper-logs',
        'log-shipper-state',
        'log-shipper-no-token',
      ]);
      expect(pod.spec?.containers[0]?.volumeMounts?.map((mount) => mount.mountPath)).toContain('/var/log/app');
    });

    const lint = async (file: string, ...args: string[]): Promise<{ code: number; text: string }> =>
      await new Promise((resolve) => {
        const asking = ['template', 'lint', '-f', file, '--validate', 'server', '--kubeconfig', cluster.api.kubeconfig];
        execFile(process.execPath, [BIN, ...asking, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr });
        });
      });

    test.each<[name: string, namespace: 'any' | 'restricted', args: readonly string[]]>([
      ['labels', 'restricted', ['--set', 'team=payments']],
      ['log-shipper', 'restricted', []],
      ['envoy', 'any', []],
      ['envoy-initializer', 'any', []],
    ])('a dry run takes %s (%s), without asking our webhook and without a Pod', async (name, where, args) => {
      const home = where === 'any' ? await cluster.namespace() : namespace;
      const before = log.length;
      const { code, text } = await lint(join(TEMPLATES_DIR_DEFAULT, `${name}.yaml`), '-n', home, ...args);
      expect(text).not.toContain('(api-server)');
      expect(code).toBe(0);
      expect(log.slice(before)).toEqual([]);
      const { items } = await cluster.core.listNamespacedPod({ namespace: home });
      expect(items.filter((pod) => pod.metadata?.name?.startsWith('outrigger-dry-run-'))).toEqual([]);
    });

    test('a dry run finds what lint does not know, by the template’s path', async () => {
      const home = await cluster.namespace();
      const folder = await mkdtemp(join(tmpdir(), 'outrigger-lint-'));
      const file = join(folder, 'bad.yaml');
      const readinessProbe = { tcpSocket: { port: 1 }, periodSeconds: -1 };
      const bad = {
        name: 'a',
        image: 'a:1',
        ports: [{ name: 'Bad_Name', containerPort: 1 }],
        readinessProbe,
        future: true,
      };
      await writeFile(file, JSON.stringify({ containers: [bad] }));
      const strict = await lint(file, '-n', home);
      const { future: _, ...invalid } = bad;
      await writeFile(file, JSON.stringify({ initContainers: [{ ...invalid, restartPolicy: 'Always' }] }));
      const found = await lint(file, '-n', home);
      await rm(folder, { recursive: true });
      const at = 'bad.yaml: error: spec.pod.spec';
      expect([strict.code, strict.text]).toEqual([
        1,
        expect.stringContaining(`${at}.containers[0].future: is a field`),
      ]);
      expect(found.code).toBe(1);
      expect(found.text).toContain(`${at}.initContainers[0].ports[0].name: Invalid value: "Bad_Name"`);
      expect(found.text).toContain(`${at}.initContainers[0].readinessProbe.periodSeconds: Invalid value: -1`);
    });

    test('a dry run says what is in its way', async () => {
      const labels = join(TEMPLATES_DIR_DEFAULT, 'labels.yaml');
      const set = ['--set', 'team=payments'];
      expect((await lint(labels, '-n', 'no-such-namespace', ...set)).text).toContain(
        'has no namespace no-such-namespace',
      );
      const seed = await lint(join(TEMPLATES_DIR_DEFAULT, 'envoy-initializer.yaml'), '-n', namespace);
      expect([seed.code, seed.text]).toEqual([1, expect.stringContaining('violates PodSecurity "restricted:latest"')]);
    });

    test("the seed's is not, as lint says of it", async () => {
      const creating = cluster.createPod(namespace, podWith('seed', 'envoy-initializer'));
      await expect(creating).rejects.toThrow('violates PodSecurity "restricted:latest"');
    });
  },
);

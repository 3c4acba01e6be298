import type { ChildProcess } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClusterNode, startNode } from './support/node.ts';
import { whyNotNode } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FIXTURES = join(ROOT, 'test', 'fixtures');

await describeReal('on a real node', whyNotNode, () => {
  let node: ClusterNode;
  let gateway: ChildProcess;

  const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
    (await node.run('kubectl', args, input)).stdout;
  const getPod = async (name: string): Promise<V1Pod> => JSON.parse(await kubectl(['get', 'pod', name, '-o', 'json']));
  const podsOf = async (app: string): Promise<V1Pod[]> =>
    JSON.parse(await kubectl(['get', 'pods', '-l', `app=${app}`, '-o', 'json'])).items;

  beforeAll(async () => {
    node = await startNode();
    const stateDir = join(node.dir, 'outrigger');
    const start = [join(ROOT, 'infra/local/server/start.ts'), '--https', '--port', '0', '--state-dir', stateDir];
    gateway = node.start(process.execPath, start);
    await new Promise<void>((resolve, reject) => {
      gateway.stdout?.on('data', (text: Buffer) => text.includes('registration:') && resolve());
      gateway.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
    });
    const how = ['--failure-policy', 'Fail', '--timeout-seconds', '30'];
    const webhook = [join(ROOT, 'infra/cli/bin.mjs'), 'webhook', '--state-dir', stateDir, ...how];
    const { stdout } = await node.run(process.execPath, webhook);
    await kubectl(['apply', '-f', '-'], stdout);
    await kubectl(['label', 'namespace', 'default', 'outrigger.dev/injection=enabled']);
    await kubectl(['create', 'configmap', 'envoy', `--from-file=envoy.json=${join(FIXTURES, 'envoy', 'envoy.json')}`]);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  });
  afterAll(async () => {
    gateway?.kill();
    await node?.stop();
  });

  test("the seed's Pod becomes Running 2/2, says hello, and Envoy answers on port 80 of its address", async () => {
    await kubectl(['create', '-f', join(FIXTURES, 'seed', 'myapp-pod.yaml')]);
    await kubectl(['wait', '--for=condition=Ready', 'pod/myapp-pod', '--timeout=150s']);
    const pod = await getPod('myapp-pod');
    expect(pod.status?.phase).toBe('Running');
    expect(pod.status?.containerStatuses?.map((c) => [c.name, c.ready, c.restartCount])).toEqual([
      ['envoy', true, 0],
      ['myapp-container', true, 0],
    ]);
    expect(await kubectl(['logs', 'myapp-pod', '-c', 'myapp-container'])).toBe('Hello Kubernetes!\n');
    const answer = await node.run('timeout', ['10', 'busybox', 'wget', '-qO-', `http://${pod.status?.podIP}:80/`]);
    expect(answer.stdout).toContain('Envoy answers');
    expect(await kubectl(['exec', 'myapp-pod', '-c', 'envoy', '--', '/usr/local/bin/envoy', '--version'])).toContain(
      '/1.40.0/',
    );
  });

  test('the Pods of a Deployment are injected and run', async () => {
    await kubectl(['create', 'deployment', 'web', '--image=busybox', '--replicas=2', '--', 'sh', '-c', 'sleep 3600']);
    await kubectl(['rollout', 'status', 'deployment/web', '--timeout=150s']);
    const pods = await podsOf('web');
    expect(pods.map((p) => p.spec?.containers.map((c) => c.name))).toEqual([
      ['busybox', 'envoy'],
      ['busybox', 'envoy'],
    ]);
    expect(pods.flatMap((p) => p.status?.containerStatuses?.map((c) => c.ready))).toEqual([true, true, true, true]);
  });

  test('the Pod of a Job is injected, and its own container completes', async () => {
    const template = {
      metadata: { labels: { app: 'once' } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'busybox', command: ['true'] }] },
    };
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: { template } };
    await kubectl(['create', '-f', '-'], JSON.stringify(job));
    const completed = "--for=jsonpath={.status.containerStatuses[?(@.name=='app')].state.terminated.reason}=Completed";
    await expect.poll(() => podsOf('once'), { timeout: 60_000 }).toHaveLength(1);
    await kubectl(['wait', completed, 'pod', '-l', 'app=once', '--timeout=150s']);
    const [pod] = await podsOf('once');
    expect(pod?.spec?.containers.map((c) => c.name)).toEqual(['app', 'envoy']);
    await kubectl(['delete', 'job', 'once', '--wait=false']);
  });

  test('a static Pod runs, and its mirror Pod is not touched', async () => {
    const manifest = join(node.dir, 'static-pods', 'static.yaml');
    await writeFile(manifest, await readFile(join(FIXTURES, 'pods', 'static.yaml')));
    try {
      await expect.poll(() => kubectl(['get', 'pods', '-o', 'name']), { timeout: 60_000 }).toContain('pod/static-');
      await kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'app=static', '--timeout=150s']);
      const [pod] = await podsOf('static');
      expect(pod?.metadata?.annotations).toHaveProperty(['kubernetes.io/config.mirror']);
      expect(pod?.spec?.containers.map((c) => c.name)).toEqual(['app']);
    } finally {
      await rm(manifest);
    }
  });
});

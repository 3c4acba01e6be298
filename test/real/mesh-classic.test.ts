import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { appPod, job } from './support/mesh-objects.ts';
import { writeRecord } from './support/node-gateway.ts';
import { type LoadResult, type Mesh, startMesh } from './support/node-mesh.ts';
import { whyNotNode } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

/** What an application does with its last breath: a call a second after SIGTERM; Envoy is kept for three. */
const LAST_CALL = `
  const last = () => fetch('http://cart.shop:8080/').then((r) => console.log('LAST', r.status), (e) => console.log('LAST', e.message));
  process.on('SIGTERM', () => setTimeout(() => last().finally(() => process.exit()), 1000));
  setInterval(() => {}, 1e6);`;

await describeReal('on a cluster without native sidecars', whyNotNode, () => {
  let mesh: Mesh;
  beforeAll(async () => {
    mesh = await startMesh();
    await writeRecord(mesh.node, { nativeSidecars: false });
    // Once the record is read anew, Pods that are only tried are so too.
    const isClassic = async (): Promise<void> =>
      expect((await mesh.tryPod('tried')).spec?.initContainers?.map((c) => c.name)).toEqual(['proxy-init']);
    await vi.waitFor(isClassic, { timeout: 60_000, interval: 200 });
    await mesh.startPod('classic');
    await mesh.shift('classic', 50);
  });
  afterAll(async () => await mesh?.stop());

  test('Envoy is an ordinary container, before the application, and splits its traffic', async () => {
    const { spec } = await mesh.getPod('classic');
    expect(spec?.initContainers?.map(({ name }) => name)).toEqual(['proxy-init']);
    expect(spec?.containers.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ['envoy', undefined],
      ['app', undefined],
    ]);
    const load = await mesh.client<LoadResult>('classic', 'load', { requests: 2_000, keep: 4, fresh: 2 });
    expect(load).toMatchObject({ n: 2_000, failed: 0 });
    // Five points are 4.5 standard deviations.
    expect(Math.abs((load.versions['canary'] ?? 0) / 20 - 50)).toBeLessThanOrEqual(5);
  });

  test('the kubelet waits for /wait before it ends Envoy: a call in the application’s SIGTERM handler works', async () => {
    const container = { command: ['node', '-e', LAST_CALL] };
    await mesh.startPod('ending', { isMeshed: true, container, spec: { terminationGracePeriodSeconds: 20 } });
    const logs = mesh.kubectl(['logs', '-f', 'ending', '-c', 'app']);
    await mesh.kubectl(['delete', 'pod', 'ending', '--wait=false']);
    expect(await logs).toContain('LAST 200');
    const events = await mesh.kubectl(['get', 'events', '--field-selector', 'reason=FailedPreStopHook', '-o', 'name']);
    expect(events).toBe('');
  });

  test('a Job works but does not complete, and whoever creates its Pod is warned', async () => {
    const once = job('once', ['sh', '-ec', 'until wget -q -O - http://cart.shop:8080/; do sleep 0.2; done']);
    await mesh.apply(once);
    const logs = (): Promise<string> => mesh.kubectl(['logs', 'job/once', '-c', 'app']).catch(() => '');
    await expect.poll(logs, { timeout: 60_000 }).toMatch(/"version":"(stable|canary)"/);
    const pod = async (path: string): Promise<string> =>
      await mesh.kubectl(['get', 'pods', '-l', 'job-name=once', '-o', `jsonpath=${path}`]);
    const ended = '{.items[0].status.containerStatuses[?(@.name=="app")].state.terminated.exitCode}';
    await expect.poll(() => pod(ended), { timeout: 60_000 }).toBe('0');
    expect(await mesh.kubectl(['get', 'job/once', '-o', 'jsonpath={.status.active}{.status.succeeded}'])).toBe('1');
    // The Job's controller drops warnings; kubectl shows what it was told.
    const uid = await mesh.kubectl(['get', 'job/once', '-o', 'jsonpath={.metadata.uid}']);
    const { metadata, ...rest } = appPod('once-more', { isMeshed: true, spec: { restartPolicy: 'Never' } });
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'once', uid, controller: true };
    const { stderr } = await mesh.apply({ ...rest, metadata: { ...metadata, ownerReferences: [owner] } });
    expect(stderr).toContain('Warning: outrigger: without native sidecars this Job will not complete by itself: envoy');
  });
});

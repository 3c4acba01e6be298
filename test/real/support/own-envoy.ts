import { beforeAll, describe, expect, test } from 'vitest';
import type { LoadResult, Mesh } from './node-mesh.ts';

/** Lists the containers of the node as processes. */
const TASKS = ['-a', '/run/containerd/containerd.sock', '-n', 'k8s.io', 'task', 'ls'];

/** What is so of the Envoy of a meshed Pod itself. @param where the mesh and the Pod, once they are there */
export function describeOwnEnvoy(where: () => { readonly mesh: Mesh; readonly pod: string }): void {
  describe('its Envoy', () => {
    let mesh: Mesh;
    let pod: string;
    beforeAll(() => {
      ({ mesh, pod } = where());
    });

    test('polls past its own redirection, and with a short body', async () => {
      await mesh.startPod('idle');
      await expect
        .poll(() => mesh.stat('idle', 'envoy_cluster_upstream_rq_total', '"xds"'), { timeout: 60_000 })
        .toBeGreaterThan(5);
      expect(await mesh.stat('idle', 'envoy_listener_downstream_cx_total', '15001')).toBe(0);
      const polls = await mesh.stat('idle', 'envoy_cluster_upstream_rq_total', '"xds"');
      const bytes = await mesh.stat('idle', 'envoy_cluster_upstream_cx_tx_bytes_total', '"xds"');
      // A token has 1.2 KB, a whole node 77 KB.
      expect(bytes / polls).toBeLessThan(4_000);
      await mesh.removePods('idle');
    });

    test.each([
      ['/ready', 200],
      ['/stats/prometheus', 200],
      ['/stats', 404],
      ['/config_dump', 404],
      ['/quitquitquit', 404],
    ])('%s on the readiness port: %i', async (path, status) => {
      expect((await mesh.page(pod, path)).status).toBe(status);
    });

    test('has nothing of the application, and the application nothing of it', async () => {
      const ls = async (path: string): Promise<string> =>
        await mesh.kubectl(['exec', pod, '-c', 'app', '--', 'ls', path]).catch(() => 'nothing');
      expect(await ls('/var/run/secrets/kubernetes.io/serviceaccount')).toContain('token');
      expect(await ls('/var/run/secrets/outrigger')).toBe('nothing');
      expect(await ls('/run/outrigger')).toBe('nothing');
      const containers = (await mesh.getPod(pod)).spec?.initContainers ?? [];
      const mounts = containers
        .flatMap((c) => c.volumeMounts ?? [])
        .filter((m) => m.mountPath.includes('kubernetes.io'));
      expect(mounts.map((m) => m.name)).toEqual(['outrigger-run', 'outrigger-run']);
    });

    test('comes back alone when it is killed', async () => {
      const before = await mesh.getPod(pod);
      const envoy = before.status?.initContainerStatuses?.find(({ name }) => name === 'envoy');
      const tasks = await mesh.node.run('ctr', TASKS);
      const id = envoy?.containerID?.replace('containerd://', '') ?? 'none';
      const [, pid = ''] =
        tasks.stdout
          .split('\n')
          .find((line) => line.startsWith(id))
          ?.split(/\s+/) ?? [];
      await mesh.node.run('kill', ['-KILL', pid]);
      const restarts = async (): Promise<unknown> => {
        const { status } = await mesh.getPod(pod);
        return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map((c) => [
          c.name,
          c.restartCount,
          c.ready,
        ]);
      };
      await expect.poll(restarts, { timeout: 60_000 }).toEqual([
        ['proxy-init', 0, true],
        ['envoy', 1, true],
        ['app', 0, true],
      ]);
      const load = (): Promise<LoadResult> => mesh.client(pod, 'load', { requests: 200 });
      const versions = async (): Promise<number> => Object.keys((await load()).versions).length;
      await expect.poll(versions, { timeout: 60_000 }).toBe(2);
    });
  });
}

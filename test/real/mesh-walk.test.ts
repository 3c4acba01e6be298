import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LoadResult, type Mesh, startMesh } from './support/node-mesh.ts';
import { whyNotNode } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

/** Requests that a plateau is measured by: with 2,000 a fair split of 50/50 is 4.5 standard deviations inside 5 points. */
const REQUESTS = 2_000;
const POINTS = 5;
/** A download goes on for so many chunks of 200 ms: half the walk. */
const CHUNKS = 100;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

await describeReal('a release under load', whyNotNode, () => {
  let mesh: Mesh;
  const sample = async (pod: string, requests = REQUESTS): Promise<LoadResult> =>
    await mesh.client(pod, 'load', { requests, keep: 4, fresh: 2 });
  const shareOf = ({ versions, n }: LoadResult): number => (100 * (versions['canary'] ?? 0)) / n;
  /** Ends what goes on in a Pod. */
  const stopIn = async (pod: string): Promise<void> => {
    await mesh.kubectl(['exec', pod, '-c', 'app', '--', 'touch', '/tmp/stop']);
  };

  beforeAll(async () => {
    mesh = await startMesh();
    await mesh.startPod('client');
    await mesh.startPod('user');
    // From here on both know the routes.
    await mesh.shift('client', 1);
    await mesh.shift('user', 0);
  });
  afterAll(async () => await mesh?.stop());

  test('100/0, 90/10, 80/20, 50/50, 0/100, 100/0: nobody notices', async () => {
    const streams = Promise.all([
      mesh.client('user', 'load', { keep: 4, fresh: 2 }),
      mesh.client('user', 'websocket', { count: 1e6, ms: 100 }),
      mesh.client('user', 'grpc', { count: 1e6, ms: 100 }),
      mesh.client('user', 'download', { url: `http://cart.shop:8080/download?chunks=${CHUNKS}` }),
    ]);
    for (const weight of [10, 20, 50, 100, 0]) {
      await mesh.shift('client', weight);
      const plateau = await sample('client');
      const share = shareOf(plateau);
      say(`at ${100 - weight}/${weight}: ${share.toFixed(1)} % of ${plateau.n} requests went to the canary`);
      expect(plateau.failed).toBe(0);
      const off = weight === 0 || weight === 100 ? 0 : POINTS;
      expect(Math.abs(share - weight)).toBeLessThanOrEqual(off);
    }
    const cut = 'envoy_cluster_upstream_cx_destroy_with_active_rq';
    expect(await mesh.stat('user', cut, 'shop/cart')).toBe(0);
    await stopIn('user');
    const [load, websocket, grpc, download] = await streams;
    say(`${load.failed} failed of ${load.n} requests: ${JSON.stringify(load.versions)}`);
    expect(load).toMatchObject({ failed: 0, errors: {} });
    expect(load.n).toBeGreaterThan(1_000);
    // What was begun at 100/0 stays where it began.
    const { sent } = countsOf(websocket);
    expect(websocket).toEqual({ version: 'stable', sent, messages: sent });
    const calls = countsOf(grpc).sent;
    expect(grpc).toEqual({ version: 'stable', status: '0', sent: calls, messages: calls });
    expect(Math.min(sent, calls)).toBeGreaterThan(100);
    expect(download).toEqual({ version: 'stable', bytes: CHUNKS * 1_024, complete: true });
    await mesh.kubectl(['exec', 'user', '-c', 'app', '--', 'rm', '/tmp/stop']);
  });

  test('a canary that loses its last Pod at 50/50: stable takes over', async () => {
    await mesh.shift('client', 50);
    const load = mesh.client('client', 'load', { keep: 4, fresh: 2 });
    await mesh.kubectl(['scale', 'deployment/cart-canary', '--replicas=0']);
    await mesh.kubectl(['wait', '--for=delete', 'pod', '-l', 'track=canary', '--timeout=60s']);
    const members = (): Promise<number> =>
      mesh.stat('client', 'envoy_cluster_membership_total', 'shop/cart/8080', '|canary');
    await expect.poll(members, { timeout: 30_000 }).toBe(0);
    await stopIn('client');
    const during = await load;
    say(`while it emptied: ${during.failed} failed of ${during.n} requests, ${JSON.stringify(during.errors)}`);
    await mesh.kubectl(['exec', 'client', '-c', 'app', '--', 'rm', '/tmp/stop']);
    expect(await sample('client')).toMatchObject({ failed: 0, versions: { stable: REQUESTS } });
  });

  test('a Pod that is born while the control plane is down is ready and reaches everything', async () => {
    const back = async (): Promise<number> => shareOf(await sample('born', 100));
    for (const [how, verdict] of [['refuses connections', 'REJECT'] as const, ['is not heard of', 'DROP'] as const]) {
      await mesh.cutControl(verdict);
      const ms = await mesh.startPod('born');
      say(`a Pod whose control plane ${how} was ready after ${ms} ms`);
      expect(await sample('born', 200)).toMatchObject({ failed: 0, versions: { stable: 200 } });
      const tcp = { host: 'catalog.shop', port: 9_999, text: 'hello' };
      expect(await mesh.client('born', 'raw', tcp)).toMatchObject({ answer: 'hello' });
      await mesh.cutControl();
      // And then it is told.
      await mesh.kubectl(['scale', 'deployment/cart-canary', '--replicas=1']);
      await expect.poll(back, { timeout: 60_000 }).toBeGreaterThan(0);
      await mesh.removePods('born');
    }
  });
});

function countsOf(stream: object): { readonly sent: number } {
  return { sent: 0, ...stream };
}

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AppOptions } from './support/mesh-objects.ts';
import { type LoadResult, type Mesh, startMesh } from './support/node-mesh.ts';
import { whyNotNode } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

/** Requests that a plateau is measured by: with 2,000 a fair split of 50/50 is 4.5 standard deviations inside 5 points. */
const REQUESTS = 2_000;
const POINTS = 5;
/** A download goes on for so many chunks of 200 ms: half the walk. */
const CHUNKS = 100;

/** What a silent control plane adds to a birth: Envoy waits two `initial_fetch_timeout`, of a second each, and no third. */
const BIRTH_WAIT_MS_MAX = 3_000;

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

  /** The median of three births, one after another, in milliseconds. */
  const births = async (name: string, options?: AppOptions): Promise<number> => {
    const times: number[] = [];
    for (const i of [1, 2, 3]) times.push(await mesh.startPod(`${name}-${i}`, options));
    await mesh.removePods(`${name}-2`, `${name}-3`);
    return times.toSorted((a, b) => a - b)[1] ?? Number.NaN;
  };

  beforeAll(async () => {
    mesh = await startMesh();
    await mesh.startPod('client');
    await mesh.startPod('user');
    // From here on both know the routes.
    await mesh.shift('client', 0);
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
      expect(plateau).toMatchObject({ failed: 0, errors: {} });
      const off = weight === 0 || weight === 100 ? 0 : POINTS;
      expect(Math.abs(share - weight)).toBeLessThanOrEqual(off);
    }
    const cut = ['envoy_cluster_upstream_cx_destroy_with_active_rq', 'envoy_http_downstream_cx_destroy_active_rq'];
    const { body: statistics } = await mesh.page('user', '/stats/prometheus');
    for (const name of cut) expect(statistics).toContain(`${name}{`);
    expect(await mesh.stat('user', cut[0] ?? '', 'shop/cart')).toBe(0);
    expect(await mesh.stat('user', cut[1] ?? '', '"outbound_8080"')).toBe(0);
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
    await mesh.kubectl(['wait', '--for=delete', 'pod', '-l', 'track=canary', '--timeout=150s']);
    const members = (): Promise<number> =>
      mesh.stat('client', 'envoy_cluster_membership_total', 'shop/cart/8080', '|canary');
    await expect.poll(members, { timeout: 60_000 }).toBe(0);
    await stopIn('client');
    const during = await load;
    say(`while it emptied: ${during.failed} failed of ${during.n} requests, ${JSON.stringify(during.errors)}`);
    await mesh.kubectl(['exec', 'client', '-c', 'app', '--', 'rm', '/tmp/stop']);
    expect(await sample('client')).toMatchObject({ failed: 0, versions: { stable: REQUESTS } });
  });

  test('a Pod that is born while the control plane is down is ready and reaches everything', async () => {
    const back = async (): Promise<number> => shareOf(await sample('refused-1', 100));
    const [bare, up] = [await births('bare', {}), await births('up')];
    say(`ready after (median of 3): without a sidecar ${bare} ms, with the mesh ${up} ms`);
    for (const [name, verdict] of [['refused', 'REJECT'] as const, ['unheard', 'DROP'] as const]) {
      await mesh.cutControl(verdict);
      const down = await births(name);
      const init = await mesh.stat(`${name}-1`, 'envoy_server_initialization_time_ms_sum');
      say(`with the control plane ${name} ${down} ms, of which Envoy waited ${Math.round(init)} ms`);
      expect(init).toBeLessThan(BIRTH_WAIT_MS_MAX);
      expect(await sample(`${name}-1`, 200)).toMatchObject({ failed: 0, versions: { stable: 200 } });
      const tcp = { host: 'catalog.shop', port: 9_999, text: 'hello', until: 'hello' };
      expect(await mesh.client(`${name}-1`, 'raw', tcp)).toMatchObject({ answer: 'hello' });
      await mesh.cutControl();
    }
    // And then they are told.
    await mesh.kubectl(['scale', 'deployment/cart-canary', '--replicas=2']);
    await expect.poll(back, { timeout: 60_000 }).toBeGreaterThan(0);
  });
});

function countsOf(stream: object): { readonly sent: number } {
  return { sent: 0, ...stream };
}

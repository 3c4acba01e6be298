import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../functions/log.ts';
import { openDiscovery } from '../../functions/traffic/open-discovery.ts';
import { generateIssuerKeys, mintServiceAccountToken } from '../../infra/local/server/service-account-token.ts';
import { createTestReader } from '../support/canary-reader.ts';
import { startContainer, type TestContainer } from '../support/poll-container.ts';
import { releaseOf } from '../support/releases.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { describeReal } from './support/suite.ts';
import { startTemplateProxy, type TemplateProxy } from './support/template-proxy.ts';

const ISSUER = 'https://issuer.test';
const POLLS = 20;
/** For hangs only. */
const WAIT = { timeout: 60_000, interval: 100 };

await describeReal('the container and a real Envoy with the bootstrap of the shipped template', whyNotEnvoy, () => {
  const store = createTestReader();
  const lines: string[] = [];
  let container: TestContainer;
  let proxy: TemplateProxy;

  beforeAll(async () => {
    const keys = await generateIssuerKeys('container');
    const records = new Map<string, unknown>();
    const { handler } = openDiscovery({
      fleet: 'default',
      readRecords: async () => records,
      recordsTtlMs: 30_000,
      serveStale: true,
      store,
      log: createLog((line) => lines.push(line), Date.now),
      now: Date.now,
    });
    container = await startContainer(handler);
    const { port, ca } = container.place;
    const paces = { refresh: '500ms', routesRefresh: '500ms', idle: '1s' };
    const discovery = { host: '127.0.0.1', port, ca, ...paces };
    records.set('local', { issuer: ISSUER, jwks: { keys: [keys.publicJwk] }, discovery });
    const token = await mintServiceAccountToken(keys.privateJwk, {
      namespace: 'shop',
      serviceAccount: 'default',
      pod: { name: 'web-1', uid: 'web-1' },
      audience: 'outrigger/default',
      issuer: ISSUER,
      duration: 3_600,
      now: Date.now(),
    });
    store.set(releaseOf({ weight: 10 }));
    proxy = await startTemplateProxy(discovery, token);
  });
  afterAll(async () => {
    await proxy?.stop();
    await container?.server.leave(0);
  });

  test('speak HTTP/2 over one connection, and it follows', async () => {
    const of = async (name: string): Promise<number> => [...(await proxy.stats(name)).values()][0] ?? 0;
    await expect.poll(async () => await of('cluster.shop/cart/8080/r1|canary.membership_total'), WAIT).toBeDefined();
    await expect.poll(async () => await of('listener_manager.total_listeners_active'), WAIT).toBe(3);
    await expect.poll(async () => (await proxy.polls())['304'] ?? 0, WAIT).toBeGreaterThanOrEqual(POLLS);
    expect(await of('cluster.xds.upstream_cx_http2_total')).toBe(1);
    expect([await of('cluster.xds.ssl.handshake'), await of('cluster.xds.upstream_cx_http1_total')]).toEqual([1, 0]);
    const { '200': _news, '304': _same, others } = await proxy.polls();
    expect([others, container.failures, await of('lua.errors')]).toEqual([0, [], 0]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appPod, deployment, job } from './support/mesh-objects.ts';
import { type LoadResult, type Mesh, startMesh } from './support/node-mesh.ts';
import { describeOwnEnvoy } from './support/own-envoy.ts';
import { whyNotNode } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

interface Raw {
  readonly answer: string;
  readonly error?: string;
}
interface Stream {
  readonly version: string;
  readonly sent: number;
  readonly messages: number;
  readonly status?: string;
}

await describeReal('an application in the mesh', whyNotNode, () => {
  let mesh: Mesh;
  let shopper: string;
  const raw = async (pod: string, options: Record<string, unknown>): Promise<Raw> =>
    await mesh.client<Raw>(pod, 'raw', options);
  const load = async (url: string, more: Record<string, unknown> = {}): Promise<LoadResult> =>
    await mesh.client(shopper, 'load', { url, requests: 200, ...more });

  beforeAll(async () => {
    mesh = await startMesh();
    await mesh.apply(deployment('shopper', 1, { isMeshed: true }), appPod('plain'));
    await mesh.kubectl(['rollout', 'status', 'deployment/shopper', '--timeout=150s']);
    const { stdout } = await mesh.node.run('kubectl', ['-n', 'shop', 'get', 'pods', '-l', 'app=shopper', '-o', 'name']);
    shopper = stdout.trim().replace('pod/', '');
    await mesh.kubectl(['wait', '--for=condition=Ready', 'pod/plain', '--timeout=150s']);
    await mesh.shift(shopper, 50);
  });
  afterAll(async () => await mesh?.stop());

  describe('is split by its own sidecar', () => {
    test.each(['cart', 'cart.shop', 'cart.shop.svc', 'cart.shop.svc.cluster.local'])('as %s:8080', async (name) => {
      const { failed, versions } = await load(`http://${name}:8080/`);
      expect({ failed, versions: Object.keys(versions).toSorted() }).toEqual({
        failed: 0,
        versions: ['canary', 'stable'],
      });
    });

    test('a Pod outside the mesh is not: it gets the main Service', async () => {
      const { failed, versions } = await mesh.client('plain', 'load', { requests: 100 });
      expect({ failed, versions }).toEqual({ failed: 0, versions: { stable: 100 } });
    });

    test('HTTP/2 without TLS, gRPC and WebSocket go through, each to one version', async () => {
      const h2 = await mesh.client<LoadResult>(shopper, 'h2', { count: 100 });
      expect(h2).toMatchObject({ failed: 0, versions: { stable: expect.any(Number), canary: expect.any(Number) } });
      const grpc = await mesh.client<Stream>(shopper, 'grpc', { count: 20, ms: 20 });
      expect(grpc).toMatchObject({ status: '0', sent: 20, messages: 20 });
      expect(await mesh.client<Stream>(shopper, 'websocket', { count: 20, ms: 20 })).toMatchObject({ messages: 20 });
    });

    test('a Job beside which a sidecar runs completes', async () => {
      await mesh.apply(job('once', ['sh', '-ec', 'wget -q -O - http://cart.shop:8080/']));
      await mesh.kubectl(['wait', '--for=condition=Complete', 'job/once', '--timeout=150s']);
      expect(await mesh.kubectl(['logs', 'job/once', '-c', 'app'])).toMatch(/"version":"(stable|canary)"/);
    });
  });

  describe('reaches everything else as if nothing were there', () => {
    test.each([
      ['another service on the same port', 'http://catalog.shop:8080/'],
      ['another port', 'http://catalog.shop/'],
    ])('%s', async (_what, url) => {
      expect(await load(url)).toMatchObject({ failed: 0, versions: { others: expect.any(Number) } });
    });

    test.each([
      ['TCP', { host: 'catalog.shop', port: 9999, text: 'hello' }, 'hello'],
      ['a server that speaks first', { host: 'catalog.shop', port: 2525 }, '220 ready\n'],
      ['a server that speaks first, on a canaried port', { host: 'mail.shop', port: 8080 }, '220 ready\n'],
    ])('%s', async (_what, options, answer) => {
      expect((await raw(shopper, { ...options, until: answer })).answer).toBe(answer);
    });

    test('HTTP/1.0 is answered', async () => {
      const { answer } = await raw(shopper, { text: 'GET / HTTP/1.0\r\nHost: cart.shop:8080\r\n\r\n', until: '}' });
      expect(answer).toMatch(/^HTTP\/1\.[01] 200 /);
    });

    test('the API server, with its own token', async () => {
      expect(await mesh.client(shopper, 'api')).toEqual({ status: 200 });
    });

    test('1,500 TCP connections at once', async () => {
      const many = { host: 'catalog.shop', port: 9999, count: 1_500 };
      expect(await mesh.client(shopper, 'connections', many)).toEqual({ ok: 1_500, open: 1_500 });
    });

    test('1,300 slow HTTP requests at once', async () => {
      const slow = { requests: 1_300, keep: 0, fresh: 1_300 };
      expect(await load('http://cart.shop:8080/?ms=1500', slow)).toMatchObject({ n: 1_300, failed: 0 });
    });

    test('a connection to 15001 itself does not go round', async () => {
      await raw(shopper, { host: '127.0.0.1', port: 15_001, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', ms: 500 });
      expect(await mesh.stat(shopper, 'envoy_cluster_upstream_cx_active', '"passthrough"')).toBeLessThan(20);
    });
  });

  // What the server read, as it came: names in their case and order, doubles, the path untouched.
  test.each([
    ['a canaried service', 'cart.shop'],
    ['another on the same port', 'catalog.shop'],
  ])('the bytes of a request reach %s as without a sidecar', async (_what, host) => {
    const lines = [
      `GET //a/../b%2Fc//d?x=1&y=%zz HTTP/1.1\r\nhOsT: ${host}:8080\r\nX-Odd_Header: A\r\nx-MiXed: b\r\nCookie: a=1\r\n`,
      'X-Odd_Header: B\r\nUser-Agent: Me/1\r\nAccept: */*\r\nX-Forwarded-For: 192.0.2.1\r\nX-Request-Id: mine\r\n\r\n',
    ];
    const read = async (pod: string): Promise<unknown> => {
      const { answer } = await raw(pod, { host, port: 8080, text: lines.join(''), until: '}\n' });
      const { httpVersion, url, rawHeaders } = JSON.parse(
        answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1),
      );
      return { httpVersion, url, rawHeaders };
    };
    const without = await read('plain');
    expect(without).toMatchObject({ url: '//a/../b%2Fc//d?x=1&y=%zz' });
    expect(await read(shopper)).toEqual(without);
  });

  describeOwnEnvoy(() => ({ mesh, pod: shopper }));
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appPod, serverContainer } from './support/mesh-objects.ts';
import type { Mesh } from './support/node-mesh.ts';
import { startMesh } from './support/node-mesh.ts';
import { whyNotNode } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

interface Raw {
  readonly answer: string;
  readonly error?: string;
}

const PROBES = {
  startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
};

await describeReal('a server in the mesh', whyNotNode, () => {
  let mesh: Mesh;
  const raw = async (pod: string, options: Record<string, unknown>): Promise<Raw> =>
    await mesh.client(pod, 'raw', options);

  beforeAll(async () => {
    mesh = await startMesh();
    await mesh.startPod('plain', {});
    await mesh.startPod('client');
  });
  afterAll(async () => await mesh?.stop());

  describe.each(['Ignore', 'Capture'] as const)('inbound: %s', (inbound) => {
    const name = `served-${inbound.toLowerCase()}`;
    const meshed = { isMeshed: true, parameters: { inbound, 'skip-inbound-ports': '2525' } };
    let address: string;

    beforeAll(async () => {
      const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
      await mesh.apply({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { selector: { app: name }, ports },
      });
      const container = { ...serverContainer(name), ...PROBES };
      // Ready: httpGet, tcpSocket and exec probes work.
      await mesh.startPod(name, { ...meshed, container });
      address = (await mesh.getPod(name)).status?.podIP ?? '';
    });

    test.each([
      'plain',
      'client',
    ])('answers HTTP from the Pod %s, by its address and through its Service', async (from) => {
      for (const url of [`http://${address}:8080/`, `http://${name}.shop/`]) {
        const seen = (): Promise<object> => mesh.client(from, 'load', { url, requests: 50 });
        await expect.poll(seen, { timeout: 60_000 }).toMatchObject({ failed: 0, versions: { [name]: 50 } });
      }
    });

    test('answers itself, by its address and through its Service', async () => {
      for (const url of [`http://${address}:8080/`, `http://${name}.shop/`]) {
        expect(await mesh.client(name, 'load', { url, requests: 10 })).toMatchObject({ failed: 0 });
      }
    });

    test.each([
      ['TCP', 9_999, 'hello', 'hello'],
      ['a protocol in which the server speaks first, on a skipped port', 2_525, '', '220 ready\n'],
    ])('answers %s', async (_what, port, text, answer) => {
      expect((await raw('plain', { host: address, port, text, until: answer })).answer).toBe(answer);
    });

    test('HTTP/2, gRPC and WebSocket come in', async () => {
      const url = `http://${address}:8080/`;
      expect(await mesh.client('plain', 'h2', { url, count: 5 })).toMatchObject({ failed: 0, versions: { [name]: 5 } });
      const stream = { url, count: 5, ms: 20 };
      expect(await mesh.client('plain', 'grpc', stream)).toMatchObject({ status: '0', messages: 5 });
      expect(await mesh.client('plain', 'websocket', stream)).toMatchObject({ messages: 5 });
    });

    test('the request arrives as it was sent', async () => {
      const text = 'GET //a/../b%2Fc HTTP/1.1\r\nhOsT: x\r\nX-Odd_Header: A\r\nx-MiXed: b\r\nX-Odd_Header: B\r\n\r\n';
      const { answer } = await raw('plain', { host: address, port: 8080, text, until: '}\n' });
      const seen: unknown = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
      const rawHeaders = ['hOsT', 'x', 'X-Odd_Header', 'A', 'x-MiXed', 'b', 'X-Odd_Header', 'B'];
      expect(seen).toMatchObject({ url: '//a/../b%2Fc', rawHeaders });
      const own = (await mesh.getPod('plain')).status?.podIP;
      // What docs/reference/envoy-template.md has of captured traffic: every client has the Pod's own address.
      expect(seen).toMatchObject({ from: inbound === 'Capture' ? address : own });
    });

    test(`Envoy ${inbound === 'Capture' ? 'sees' : 'does not see'} what comes in`, async () => {
      const seen = await mesh.stat(name, 'envoy_listener_downstream_cx_total', '15006');
      if (inbound === 'Capture') expect(seen).toBeGreaterThan(0);
      else expect(seen).toBe(0);
    });

    test('a connection of a stranger to 15001 or 15006 does not go round', async () => {
      for (const port of [15_001, 15_006]) {
        await raw('plain', { host: address, port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', ms: 500 });
        await raw(name, { host: '127.0.0.1', port, text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', ms: 500 });
      }
      for (const cluster of ['"passthrough"', '"inbound-tcp"', '"inbound-http"']) {
        expect(await mesh.stat(name, 'envoy_cluster_upstream_cx_active', cluster)).toBeLessThan(20);
      }
    });

    test('a request in flight when the Pod is deleted is finished, and the Pod may still call others', async () => {
      const ending = `ending-${inbound.toLowerCase()}`;
      const last = `
        process.on('SIGTERM', () => setTimeout(() => fetch('http://cart.shop:8080/').then((r) => console.log('LAST', r.status), (e) => console.log('LAST', e.message)), 2000));
        await import('/scripts/server.ts');`;
      const container = { ...serverContainer(ending), command: ['node', '--input-type=module', '-e', last] };
      await mesh.startPod(ending, { ...meshed, container, spec: { terminationGracePeriodSeconds: 20 } });
      const host = (await mesh.getPod(ending)).status?.podIP ?? '';
      const url = `http://${host}:8080/?ms=6000&say=1`;
      const slow = mesh.client('plain', 'load', { url, requests: 1, keep: 1, fresh: 0 });
      const said = (): Promise<string> => mesh.kubectl(['logs', ending, '-c', 'app']);
      await expect.poll(said, { timeout: 60_000 }).toContain('busy');
      const logs = mesh.kubectl(['logs', '-f', ending, '-c', 'app']);
      await mesh.kubectl(['delete', 'pod', ending, '--wait=false']);
      expect(await slow).toMatchObject({ n: 1, failed: 0 });
      expect(await logs).toContain('LAST 200');
    });
  });

  // The price of capturing: docs/reference/envoy-template.md names it.
  test.each([
    ['none', undefined, false],
    ['Ignore', 'Ignore', false],
    ['Capture', 'Capture', true],
  ] as const)('a tcpSocket probe of an application that listens on nothing, inbound %s', async (what, inbound, ready) => {
    const name = `liar-${what.toLowerCase()}`;
    const container = { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } };
    const options = inbound === undefined ? {} : { isMeshed: true, parameters: { inbound } };
    await mesh.apply(appPod(name, { ...options, container }));
    const isReady = async (): Promise<unknown> => (await mesh.getPod(name)).status?.containerStatuses?.[0]?.ready;
    if (ready) return await expect.poll(isReady, { timeout: 60_000 }).toBe(true);
    // Not only not yet: the kubelet has asked, and says so.
    const asked = `involvedObject.name=${name},reason=Unhealthy`;
    const events = (): Promise<string> => mesh.kubectl(['get', 'events', '--field-selector', asked, '-o', 'name']);
    await expect.poll(events, { timeout: 60_000 }).not.toBe('');
    expect(await isReady()).toBe(false);
  });
});

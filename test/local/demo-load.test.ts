import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startLoad } from '../../infra/local/demo/load.ts';

let server: http.Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function listen(listener: http.RequestListener): Promise<number> {
  server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('every request is counted once; anything but a whole answer of a track has failed', async () => {
  const answers: http.RequestListener[] = [
    (_request, response) => response.end('stable'),
    (_request, response) => response.end('canary'),
    // The application of a bad version: that is no request that was lost on its way.
    (_request, response) => response.writeHead(500).end('canary'),
    (_request, response) => response.writeHead(500).end('stable'),
    (_request, response) => response.end('something else'),
    (_request, response) =>
      void response.writeHead(200, { 'content-length': 9 }).write('stable', () => response.destroy()),
    (request) => request.socket.destroy(),
  ];
  const hosts = new Set<string | undefined>();
  let asked = 0;
  const port = await listen((request, response) => {
    hosts.add(request.headers.host);
    answers[asked++ % answers.length]?.(request, response);
  });
  const load = startLoad(port, 'cart.shop:8080', 200);
  await expect.poll(() => load.outcomes.length, { timeout: 10_000 }).toBeGreaterThan(60);
  await load.stop();
  expect(load.outcomes).toHaveLength(asked);
  const count = (outcome: string): number => load.outcomes.filter((each) => each === outcome).length;
  const [stable, canary, error, failed] = ['stable', 'canary', 'error', 'failed'].map(count);
  // A request that is cut off before it was read is nobody's answer, but it is a failure.
  expect([stable, canary, error]).toEqual([0, 1, 2].map((before) => Math.ceil((asked - before) / 7)));
  expect(failed).toBe(asked - (stable ?? 0) - (canary ?? 0) - (error ?? 0));
  expect(load.firstFailure).toBeDefined();
  expect([...hosts]).toEqual(['cart.shop:8080']);
});

test('where nobody listens everything has failed, with the reason', async () => {
  const port = await listen(() => {});
  server?.close();
  const load = startLoad(port, 'cart.shop:8080', 200);
  await expect.poll(() => load.outcomes.length, { timeout: 10_000 }).toBeGreaterThan(3);
  await load.stop();
  expect([...new Set(load.outcomes)]).toEqual(['failed']);
  expect(load.firstFailure).toContain('ECONNREFUSED');
});

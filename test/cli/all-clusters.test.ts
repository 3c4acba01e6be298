import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { canaryOf } from '../support/canaries.ts';
import { outrigger, type Run } from '../support/outrigger.ts';

/** Requests that the release API had: method and path. */
let asked: string[];
/** The Kubernetes clusters whose API refuses writes. */
let refusing: readonly string[];
let canary: Canary;
let server: http.Server;

beforeEach(async () => {
  asked = [];
  refusing = [];
  canary = canaryOf();
  canary = { ...canary, spec: { ...canary.spec, clusters: { names: ['east', 'west', 'north'], order: 'AtOnce' } } };
  server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url?.replace('/apis/outrigger.dev/v1alpha1', '')}`);
    const isRefused = request.method === 'POST' && refusing.some((cluster) => request.url?.includes(`/${cluster}/`));
    const refusal = { kind: 'Status', status: 'Failure', reason: 'Conflict', message: 'a release goes on', code: 409 };
    response.writeHead(isRefused ? 409 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isRefused ? refusal : canary));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

async function run(verb: string, ...more: readonly string[]): Promise<Run> {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return await outrigger(['canary', verb, 'cart', '-n', 'shop', '--url', url, '--cluster', 'east', ...more]);
}
const path = (cluster: string, verb = ''): string => `/clusters/${cluster}/namespaces/shop/canaries/cart${verb}`;

test('each Kubernetes cluster of the canary is asked by its own path, in their order', async () => {
  expect(await run('start', '--all-clusters')).toEqual({
    code: 0,
    stdout: ['east', 'west', 'north'].map((one) => `canary.outrigger.dev/cart started in ${one}\n`).join(''),
    stderr: '',
  });
  expect(asked).toEqual([
    `GET ${path('east')}`,
    ...['east', 'west', 'north'].map((one) => `POST ${path(one, '/start')}`),
  ]);
});

test('one that refuses keeps none of the others from being asked, and is told', async () => {
  refusing = ['east', 'west'];
  const { code, stdout, stderr } = await run('abort', '--all-clusters', '--reason', 'p99');
  expect([code, stdout]).toEqual([1, 'canary.outrigger.dev/cart aborted in north\n']);
  expect(stderr).toMatch(/^east: .*a release goes on\nwest: .*a release goes on\nerror: not done in east, west\n$/);
  expect(asked.filter((one) => one.startsWith('POST'))).toHaveLength(3);
});

test('without it one is asked; with it a canary of one Kubernetes cluster is refused', async () => {
  expect((await run('pause')).stdout).toBe('canary.outrigger.dev/cart paused\n');
  expect(asked).toEqual([`POST ${path('east', '/pause')}`]);
  const { clusters: _, ...spec } = canary.spec;
  canary = { ...canary, spec };
  const { code, stderr } = await run('pause', '--all-clusters');
  expect([code, stderr]).toEqual([1, 'error: cart has no spec.clusters: leave --all-clusters out\n']);
  expect(asked.filter((one) => one.startsWith('POST'))).toHaveLength(1);
});

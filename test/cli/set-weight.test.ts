import { once } from 'node:events';
import http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { portOf } from '../real/support/loopback-app.ts';
import { outrigger, type Run } from '../support/outrigger.ts';

const weights = (phase: string, resourceVersion: string, canary = 0): object => ({
  ...{ apiVersion: 'outrigger.dev/v1alpha1', kind: 'CanaryWeights', totalWeight: 100, phase },
  metadata: { name: 'cart', namespace: 'shop', resourceVersion },
  backends: [
    { name: 'stable', weight: 100 - canary },
    { name: 'canary', weight: canary },
  ],
});
const MOVED = {
  kind: 'Status',
  status: 'Failure',
  reason: 'PreconditionFailed',
  message: 'it has another version',
  code: 412,
};

let server: http.Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Runs `set-weight cart 10` against an API that shows these weights in turn, and takes a write of the last of them alone. */
async function setWeight(...shown: readonly object[]): Promise<Run & { readonly writes: number }> {
  let [reads, writes] = [0, 0];
  server = http.createServer((request, response) => {
    const isRead = request.method === 'GET';
    const version = isRead ? Math.min(++reads, shown.length) : reads;
    if (!isRead) writes++;
    const isTaken = isRead || (version === shown.length && request.headers['if-match'] === `"${version}"`);
    response.writeHead(isTaken ? 200 : 412, { 'content-type': 'application/json', etag: `"${version}"` });
    response.end(JSON.stringify(isTaken ? shown[version - 1] : MOVED));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${portOf(server)}`;
  return { ...(await outrigger(['canary', 'set-weight', 'cart', '10', '-n', 'shop', '--url', url])), writes };
}

describe('a share whose canary has moved since it was read', () => {
  test('is set where only the clock has moved it: Initialized', async () => {
    const run = await setWeight(weights('Initializing', '1'), weights('Initialized', '2'));
    expect(run).toMatchObject({ code: 0, stderr: '', writes: 2 });
    expect(run.stdout).toBe('canary.outrigger.dev/cart weights set: stable 90%, canary 10%\n');
  });

  test.each([
    ['somebody else', weights('Initializing', '1'), weights('Initialized', '2', 5)],
    ['an abort', weights('Initializing', '1'), weights('Failed', '2')],
    ['another step', weights('Initialized', '1'), weights('Initialized', '2')],
  ])('is a conflict where %s has', async (_, first, second) => {
    const run = await setWeight(first, second);
    expect(run).toMatchObject({ code: 1, stdout: '', writes: 1 });
    expect(run.stderr).toBe('Error from server (PreconditionFailed): it has another version\n');
  });
});

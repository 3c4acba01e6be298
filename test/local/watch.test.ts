import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HttpResult } from '../../functions/http/result.ts';
import { pathWithCluster } from '../../infra/local/kubectl/cluster-path.ts';
import { openWatch, type WatchStream } from '../../infra/local/kubectl/watch-stream.ts';
import { readLocalEndpoint } from '../../infra/local/server/endpoint-file.ts';
import { manifestOf } from '../support/canaries.ts';
import { type LocalGateway, startLocalGateway } from '../support/local-gateway.ts';

describe('pathWithCluster', () => {
  const api = '/apis/outrigger.dev/v1alpha1';
  test.each([
    [`/clusters/eu1${api}/canaries`, `${api}/clusters/eu1/canaries`],
    [
      `/clusters/eu1${api}/namespaces/shop/canaries/cart/abort`,
      `${api}/clusters/eu1/namespaces/shop/canaries/cart/abort`,
    ],
    ['/clusters/eu1/api/v1/namespaces/shop/events', '/api/v1/clusters/eu1/namespaces/shop/events'],
    [`/clusters/eu1${api}/fleet/freezes`, `${api}/fleet/freezes`],
    ['/clusters/eu1/api', '/api'],
    ['/clusters/eu1/openapi/v3', '/openapi/v3'],
    [`/clusters/eu1${api}`, api],
    [`${api}/canaries`, `${api}/canaries`],
    // Two clusters lead nowhere: the API knows no such path.
    [`/clusters/eu1${api}/clusters/eu2/canaries`, `${api}/clusters/eu1/clusters/eu2/canaries`],
  ])('%s is %s', (path, expected) => {
    expect(pathWithCluster(path)).toBe(expected);
  });
});

describe('openWatch', () => {
  const BOOKMARK = (version: string): string =>
    `{"type":"BOOKMARK","object":{"kind":"Canary","metadata":{"resourceVersion":"${version}"}}}\n`;
  const answer = (statusCode: number, body: string): HttpResult => ({ statusCode, headers: {}, body });
  const open = async (query: string, answers: readonly HttpResult[]): Promise<[string[], string[]]> => {
    const asked: string[] = [];
    const controller = new AbortController();
    const ask = async (now: URLSearchParams): Promise<HttpResult> => {
      asked.push(now.get('resourceVersion') ?? '');
      const next = answers[asked.length - 1];
      if (next !== undefined) return next;
      controller.abort();
      return answer(429, '');
    };
    const stream = await openWatch(new URLSearchParams(query), ask, { everyMs: 1, signal: controller.signal });
    const lines: string[] = [];
    if ('lines' in stream) for await (const line of stream.lines) lines.push(line);
    return [lines, asked];
  };

  test('goes on from each bookmark, and keeps it from clients that take none', async () => {
    const answers = [answer(200, `a\n${BOOKMARK('5')}`), answer(429, '{}'), answer(200, `b\n${BOOKMARK('7')}`)];
    expect(await open('resourceVersion=4', answers)).toEqual([
      ['a\n', 'b\n'],
      ['4', '5', '5', '7'],
    ]);
    const [lines] = await open('allowWatchBookmarks=true', [answer(200, BOOKMARK('5'))]);
    expect(lines).toEqual([BOOKMARK('5')]);
  });

  test('survives failures, and ends where the version is too old', async () => {
    const answers = [answer(200, BOOKMARK('5')), answer(503, '{}'), answer(200, 'a\n'), answer(410, '{"code":410}')];
    const [lines] = await open('', answers);
    expect(lines).toEqual(['a\n', '{"type":"ERROR","object":{"code":410}}\n']);
  });

  test('ends after timeoutSeconds', async () => {
    const ask = async (): Promise<HttpResult> => answer(429, '');
    const signal = new AbortController().signal;
    const stream = await openWatch(new URLSearchParams('timeoutSeconds=1'), ask, { everyMs: 200, signal });
    const started = performance.now();
    for await (const _ of (stream as WatchStream).lines) expect.unreachable();
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('only a list within the watch is refused by a response', async () => {
    const refusal = answer(422, '{"code":422}');
    const signal = new AbortController().signal;
    const query = new URLSearchParams('sendInitialEvents=true');
    expect(await openWatch(query, async () => refusal, { everyMs: 1, signal })).toBe(refusal);
    expect(await open('', [answer(403, '{"code":403}')])).toEqual([['{"type":"ERROR","object":{"code":403}}\n'], ['']]);
  });
});

describe('npm start', () => {
  let gateway: LocalGateway;
  beforeEach(async () => {
    gateway = await startLocalGateway();
  });
  afterEach(async () => await gateway.close());

  test('streams a watch: headers at once, then each change as it comes', async () => {
    const url = (await readLocalEndpoint(gateway.stateDir))?.url ?? '';
    const canaries = `${url}/clusters/local/apis/outrigger.dev/v1alpha1/namespaces/shop/canaries`;
    const controller = new AbortController();
    const response = await fetch(`${canaries}?watch=true`, { signal: controller.signal });
    expect(response.status).toBe(200);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const headers = { 'content-type': 'application/json' };
    const created = await fetch(canaries, { method: 'POST', headers, body: JSON.stringify(manifestOf()) });
    expect(created.status).toBe(201);
    const { value = '' } = (await reader?.read()) ?? {};
    expect(JSON.parse(value)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'cart' } } });
    controller.abort();
  });
});

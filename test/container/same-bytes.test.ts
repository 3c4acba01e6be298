import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HttpResult } from '../../functions/http/result.ts';
import { FIRST_ROUTES } from '../../functions/traffic/answers.ts';
import {
  type DiscoveryEntryPoint,
  openDiscoveryEntryPoint,
  routesAt,
  versionIn,
} from '../support/discovery-entry-point.ts';
import { httpApiEvent } from '../support/mutate-entry-point.ts';
import { type PollCall, PROTOCOLS, sendPoll } from '../support/poll-client.ts';
import { startContainer, type TestContainer } from '../support/poll-container.ts';
import { releaseOf } from '../support/releases.ts';

/** The first poll for routes of an Envoy 1.40.0, as it came: 77 KB. */
const FULL = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const ROUTES = '/v3/discovery:routes';

/** What is asked, but for the token: a status, and a request as a proxy may send it. */
interface Asked {
  readonly title: string;
  readonly status: number;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The store cannot be read. */
  readonly isDown?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const CASES: readonly Asked[] = [
  { title: 'first routes, whole', status: 200, body: FULL },
  { title: 'routes of an older version', status: 200, body: JSON.stringify(routesAt('0123456789abcdef')) },
  { title: 'routes of the first version', status: 200, body: JSON.stringify(routesAt(FIRST_ROUTES.version)) },
  { title: 'listeners', status: 200, path: '/v3/discovery:listeners', body: '{}' },
  { title: 'the colon encoded, and a query', status: 200, path: '/v3/discovery%3Aclusters?a=b', body: '{}' },
  { title: 'a letter beyond ASCII', status: 200, body: '{"node":{"id":"ü€😀"},"resource_names":["outbound"]}' },
  { title: 'no token', status: 401, headers: { ...JSON_TYPE }, body: FULL },
  { title: 'a token that is none', status: 401, headers: { ...JSON_TYPE, authorization: 'Bearer x' }, body: FULL },
  { title: 'another resource type', status: 404, path: '/v3/discovery:endpoints', body: '{}' },
  { title: 'another path', status: 404, path: '/', body: '' },
  { title: 'a path that is not to be decoded', status: 404, path: '/v3/%zz', body: '{}' },
  { title: 'GET', status: 405, method: 'GET' },
  { title: 'another type', status: 415, headers: { 'content-type': 'text/plain' }, body: '{}' },
  { title: 'no body', status: 400 },
  { title: 'no JSON', status: 400, body: '{"version_info":' },
  { title: 'bytes that are no UTF-8', status: 400, body: Buffer.from([0x7b, 0xff, 0x7d]) },
  { title: '300 KB', status: 400, body: `{"node":"${'x'.repeat(300_000)}"}` },
  { title: '1 MB', status: 400, body: `{"node":"${'x'.repeat(1_000_000)}"}` },
  { title: 'a byte more than 6 MB', status: 413, body: Buffer.alloc(6 * 1_024 * 1_024 + 1, 'x') },
  { title: 'a store that is down', status: 503, path: '/v3/discovery:listeners', body: '{}', isDown: true },
];

/** Lambda's answer to the same request: what is compared, without a `content-length` of its own. */
async function asLambda(entryPoint: DiscoveryEntryPoint, call: Omit<PollCall, 'port' | 'ca'>): Promise<HttpResult> {
  const [path = '', query = ''] = call.path.split('?');
  const isBase64Encoded = Buffer.isBuffer(call.body) && call.body.length < 10;
  return await entryPoint.handler({
    ...httpApiEvent({ ...(call.method === undefined ? {} : { method: call.method }), path: decoded(path), query }),
    headers: { ...call.headers },
    ...(call.body === undefined ? {} : { body: call.body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  });
}

function decoded(path: string): string {
  return path.includes('%zz') ? path : decodeURIComponent(path);
}

/** Two entry points alike, one of them behind a container: each has polls of its own to remember. */
async function openBoth(): Promise<{
  lambda: DiscoveryEntryPoint;
  behind: DiscoveryEntryPoint;
  container: TestContainer;
}> {
  const [lambda, behind] = [openDiscoveryEntryPoint(), openDiscoveryEntryPoint()];
  for (const { store } of [lambda, behind]) store.set(releaseOf({ weight: 30 }));
  return { lambda, behind, container: await startContainer(behind.handler) };
}

describe.each(PROTOCOLS)('over %s a container answers as Lambda does', (protocol) => {
  let both: Awaited<ReturnType<typeof openBoth>>;
  let token: string;

  beforeAll(async () => {
    both = await openBoth();
    token = await both.lambda.token();
  });
  afterAll(async () => {
    await both.container.server.leave(0);
  });

  test.each(CASES)('$status: $title', async ({ status, isDown = false, path = ROUTES, ...asked }) => {
    const ends = isDown ? await openBoth() : both;
    if (isDown) {
      for (const { store } of [ends.lambda, ends.behind]) {
        store.trouble = () => Promise.reject(new Error('down'));
      }
    }
    const call = { headers: { ...JSON_TYPE, authorization: `Bearer ${token}` }, path, ...asked };
    const expected = await asLambda(ends.lambda, call);
    const { statusCode, headers, body } = await sendPoll(protocol, { ...ends.container.place, ...call });
    if (isDown) await ends.container.server.leave(0);
    expect(expected.statusCode).toBe(status);
    const { 'content-length': length, ...others } = headers;
    expect({ statusCode, headers: others, body }).toEqual(expected);
    expect(length).toBe(String(Buffer.byteLength(expected.body)));
    expect(ends.behind.logged.map(({ message }) => message)).toEqual(ends.lambda.logged.map(({ message }) => message));
  });

  test('304: the version that it runs', async () => {
    for (const kind of ['listeners', 'clusters', 'routes']) {
      const first = await both.lambda.poll(kind, kind === 'routes' ? routesAt('x') : {});
      const body = JSON.stringify(kind === 'routes' ? routesAt(versionIn(first)) : { version_info: versionIn(first) });
      const call = {
        path: `/v3/discovery:${kind}`,
        headers: { ...JSON_TYPE, authorization: `Bearer ${token}` },
        body,
      };
      const expected = await asLambda(both.lambda, call);
      expect(expected.statusCode).toBe(304);
      const { statusCode, headers, body: text } = await sendPoll(protocol, { ...both.container.place, ...call });
      expect({ statusCode, headers, body: text }).toEqual(expected);
    }
  });
});

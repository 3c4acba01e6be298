import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterAccess } from '../../functions/kube-api/cluster-access.ts';
import type { ClusterApi, KubeObject } from '../../functions/kube-api/cluster-api.ts';
import { isGone } from '../../functions/kube-api/cluster-failure.ts';
import { createClusterApi } from '../../functions/kube-api/https-cluster-api.ts';
import { type Answering, startTlsServer, type TlsServer } from '../support/tls-server.ts';

const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/outrigger';
const OBJECT: KubeObject = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'outrigger' },
};
const TOKEN = 'k8s-aws-v1.c2VjcmV0LW9mLXRoZS10ZXN0';
const plenty = (): AbortSignal => AbortSignal.timeout(600_000);

let server: TlsServer;
let waits: number[];

beforeAll(async () => {
  server = await startTlsServer();
});
beforeEach(() => {
  waits = [];
});
afterAll(() => server.close());

function apiOf(more: Partial<ClusterAccess> = {}, callMs?: number): ClusterApi {
  const access = { server: server.url, ca: server.ca, token: async () => TOKEN, ...more };
  const wait = async (ms: number): Promise<void> => void waits.push(ms);
  return createClusterApi(access, { wait, ...(callMs === undefined ? {} : { callMs }) });
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answering {
  return (response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

function status(code: number, reason: string, message: string): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
}

/** Answers by each in turn, and by the last from then on. */
function inTurn(...answers: readonly Answering[]): Answering {
  let n = 0;
  return (response, request) => answers[Math.min(n++, answers.length - 1)]?.(response, request);
}

/** The error, and everything that can be printed of it. */
async function failureOf(promise: Promise<unknown>): Promise<{ error: Error; printed: string }> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('nothing was thrown');
  return { error, printed: inspect(error, { depth: 6 }) };
}

describe('what goes over the wire:', () => {
  test('get reads an object with the bearer token', async () => {
    server.answerBy(json(200, { ...OBJECT, extra: 1 }));
    expect(await apiOf().get(PATH, plenty())).toEqual({ ...OBJECT, extra: 1 });
    expect(server.seen).toMatchObject([
      { method: 'GET', url: PATH, headers: { authorization: `Bearer ${TOKEN}`, accept: 'application/json' } },
    ]);
  });

  test('an object that is not there is undefined', async () => {
    server.answerBy(json(404, status(404, 'NotFound', 'not found')));
    expect(await apiOf().get(PATH, plenty())).toBeUndefined();
  });

  test.each([
    [{ force: false, dryRun: false }, '?fieldManager=outrigger&fieldValidation=Strict&force=false'],
    [{ force: true, dryRun: true }, '?fieldManager=outrigger&fieldValidation=Strict&force=true&dryRun=All'],
  ])('apply is a server-side apply: %j', async (options, query) => {
    server.answerBy(json(200, OBJECT));
    expect(await apiOf().apply(PATH, OBJECT, options, plenty())).toEqual(OBJECT);
    expect(server.seen).toMatchObject([
      { method: 'PATCH', url: `${PATH}${query}`, headers: { 'content-type': 'application/apply-patch+yaml' } },
    ]);
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual(OBJECT);
  });

  test.each([
    [{ dryRun: false }, '?fieldManager=outrigger&fieldValidation=Strict'],
    [{ dryRun: true }, '?fieldManager=outrigger&fieldValidation=Strict&dryRun=All'],
  ])('patch is a JSON Patch: %j', async (options, query) => {
    server.answerBy(json(200, OBJECT));
    const operations = [{ op: 'add', path: '/metadata/resourceVersion', value: '7' }] as const;
    expect(await apiOf().patch(PATH, operations, options, plenty())).toEqual(OBJECT);
    expect(server.seen).toMatchObject([
      { method: 'PATCH', url: `${PATH}${query}`, headers: { 'content-type': 'application/json-patch+json' } },
    ]);
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual(operations);
  });

  test('list asks for a page and hands the continuation on; items get the type that the list says', async () => {
    const pods = {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { continue: 'n/e=x&t' },
      items: [{ metadata: { name: 'a' } }],
    };
    server.answerBy(inTurn(json(200, pods), json(200, { ...pods, metadata: {}, items: [] })));
    const api = apiOf();
    const query = { limit: 2, labelSelector: 'a in (b,c)' };
    expect(await api.list('/api/v1/pods', query, plenty())).toEqual({
      items: [{ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' } }],
      continue: 'n/e=x&t',
    });
    expect(await api.list('/api/v1/pods', { ...query, continue: 'n/e=x&t' }, plenty())).toEqual({ items: [] });
    const asked = server.seen.map(({ url }) => Object.fromEntries(new URL(url, 'https://x').searchParams));
    expect(asked).toEqual([
      { limit: '2', labelSelector: 'a in (b,c)' },
      { limit: '2', continue: 'n/e=x&t', labelSelector: 'a in (b,c)' },
    ]);
  });

  test.each([
    ['was there', json(200, status(200, '', '')), true],
    ['was not there', json(404, status(404, 'NotFound', 'not found')), false],
    ['was there, and the answer got lost', inTurn((r) => r.destroy(), json(404, {})), true],
  ])('delete says whether it %s', async (_, answering, expected) => {
    server.answerBy(answering);
    expect(await apiOf().delete(PATH, plenty())).toBe(expected);
    expect(server.seen[0]).toMatchObject({ method: 'DELETE', url: PATH });
  });

  test('an API server below a path, as Rancher has them, keeps its path', async () => {
    server.answerBy(json(200, OBJECT));
    await apiOf({ server: `${server.url}/k8s/clusters/c-1` }).get(PATH, plenty());
    expect(server.seen[0]?.url).toBe(`/k8s/clusters/c-1${PATH}`);
  });

  test('one connection serves calls after each other, and each asks for a token', async () => {
    server.answerBy(json(200, OBJECT));
    let tokens = 0;
    const ports = new Set<unknown>();
    server.answerBy((response) => {
      ports.add(response.socket?.remotePort);
      response.end(JSON.stringify(OBJECT));
    });
    const api = apiOf({ token: async () => `t${++tokens}` });
    for (let i = 0; i < 3; i++) await api.get(PATH, plenty());
    expect(ports.size).toBe(1);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2', 'Bearer t3']);
  });

  test('without a token nothing is said of one', async () => {
    server.answerBy(json(200, OBJECT));
    const { server: url, ca } = { server: server.url, ca: server.ca };
    await createClusterApi({ server: url, ca }).get(PATH, plenty());
    expect(server.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  test.each([
    '/api/v1/../secrets',
    '/api/v1/pods?limit=1',
    '/api/v1/pods#x',
    'api/v1',
  ])('a path that leads elsewhere is never asked for: %s', async (path) => {
    server.answerBy(json(200, OBJECT));
    await expect(apiOf().get(path, plenty())).rejects.toThrow(TypeError);
    expect(server.seen).toEqual([]);
  });

  test('a token is never sent in clear', () => {
    expect(() => apiOf({ server: 'http://127.0.0.1:8080' })).toThrow('https only');
  });
});

describe('refusals:', () => {
  const forbidden =
    'mutatingwebhookconfigurations.admissionregistration.k8s.io "outrigger" is forbidden: User "r" cannot patch resource';
  test.each<[string, number, string, string, RegExp]>([
    [
      'no credentials',
      401,
      'Unauthorized',
      'Unauthorized',
      /^Unauthorized: the credentials are not accepted; .*access entry/,
    ],
    [
      'no role',
      403,
      'Forbidden',
      forbidden,
      /cannot patch resource; fix it with: outrigger cluster rbac \| kubectl apply -f -$/,
    ],
    ['an admission policy', 403, 'Forbidden', 'denied by policy p', /^denied by policy p$/],
    ['a conflict', 409, 'Conflict', 'Apply failed with 1 conflict', /^Apply failed with 1 conflict$/],
    ['a field that is wrong', 422, 'Invalid', 'spec.x: Invalid value: 3', /^spec\.x: Invalid value: 3$/],
    [
      'a field that it does not know',
      500,
      'InternalError',
      '.x: field not declared in schema',
      /not declared in schema$/,
    ],
    ['a list that expired', 410, 'Expired', 'too old', /^too old$/],
  ])('%s', async (_, code, reason, message, expected) => {
    server.answerBy(json(code, status(code, reason, message)));
    const { error, printed } = await failureOf(apiOf().apply(PATH, OBJECT, { force: false, dryRun: false }, plenty()));
    expect(error).toMatchObject({
      name: 'ClusterApiError',
      status: code,
      reason,
      message: expect.stringMatching(expected),
    });
    expect(printed).not.toContain(TOKEN);
    expect(server.seen).toHaveLength(1);
  });

  test('a message is bounded, one line, and repeats no token of a webhook URL', async () => {
    const url = 'https://api.example/v1/mutate/c/eyJhbGciOiJFZERTQSJ9.eyJhdWQiOiJmIn0.c2ln-natu_re';
    server.answerBy(json(422, status(422, 'Invalid', `url: Invalid value: "${url}": bad\nline ${'x'.repeat(5_000)}`)));
    const { error } = await failureOf(apiOf().apply(PATH, OBJECT, { force: false, dryRun: false }, plenty()));
    expect(error.message).toContain('https://api.example/v1/mutate/c/[token]": bad line x');
    expect(error.message).not.toMatch(/eyJ|c2ln|\n/);
    expect(error.message.length).toBeLessThanOrEqual(1_000);
  });

  test.each<[string, Answering, number]>([
    ['a page of HTML as a success', (r) => r.writeHead(200).end('<html>'), 200],
    ['an object without a name', json(200, { apiVersion: 'v1', kind: 'Pod', metadata: {} }), 200],
    ['nothing', (r) => r.writeHead(204).end(), 204],
    ['a redirect, which is not followed', (r) => r.writeHead(307, { location: '/elsewhere' }).end(), 307],
    ['HTML as a failure', (r) => r.writeHead(400).end('<html>secret</html>'), 400],
  ])('%s', async (_, answering, code) => {
    server.answerBy(answering);
    const { error } = await failureOf(apiOf().get(PATH, plenty()));
    expect(error).toMatchObject({ name: 'ClusterApiError', status: code });
    expect(error.message).not.toContain('secret');
    expect(server.seen).toHaveLength(1);
  });

  test('a list of another shape', async () => {
    server.answerBy(inTurn(json(200, OBJECT), json(200, { kind: 'PodList', items: [{}] })));
    const api = apiOf();
    for (let i = 0; i < 2; i++) {
      await expect(api.list('/api/v1/pods', { limit: 1 }, plenty())).rejects.toMatchObject({ reason: 'InvalidAnswer' });
    }
  });
});

describe('troubles that pass are tried again:', () => {
  test.each<[string, Answering, number[]]>([
    ['429 with its Retry-After', json(429, status(429, 'TooManyRequests', 'busy'), { 'retry-after': '1' }), [1_000]],
    ['one that asks for too long', json(503, {}, { 'retry-after': '3600' }), [5_000]],
    ['one that says a date', json(503, {}, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }), [250]],
    ['500 that asks to come back', json(500, {}, { 'retry-after': '2' }), [2_000]],
    ['502', json(502, {}), [250]],
    ['504', json(504, {}), [250]],
    ['a connection that ends', (r) => r.destroy(), [250]],
    ['no answer in the time of one call', () => undefined, [250]],
  ])('%s', async (_, first, expected) => {
    server.answerBy(inTurn(first, json(200, OBJECT)));
    expect(await apiOf({}, 1_000).apply(PATH, OBJECT, { force: false, dryRun: false }, plenty())).toEqual(OBJECT);
    expect(waits).toEqual(expected);
    expect(server.seen).toHaveLength(2);
    expect(server.seen[1]?.body).toBe(server.seen[0]?.body);
  });

  test('four times in all, each time later; the last answer is the error', async () => {
    server.answerBy(json(503, status(503, 'ServiceUnavailable', 'etcd is away')));
    await expect(apiOf().get(PATH, plenty())).rejects.toMatchObject({ status: 503, message: 'etcd is away' });
    expect(waits).toEqual([250, 500, 1_000]);
    expect(server.seen).toHaveLength(4);
  });

  test('when the time ends while waiting, what went wrong is said, not that time is up', async () => {
    server.answerBy(json(503, status(503, 'ServiceUnavailable', 'etcd is away'), { 'retry-after': '5' }));
    const api = createClusterApi({ server: server.url, ca: server.ca });
    await expect(api.get(PATH, AbortSignal.timeout(700))).rejects.toMatchObject({ message: 'etcd is away' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('no answer:', () => {
  const never: Answering = () => undefined;

  test('one that never comes ends by the bound of the call', async () => {
    server.answerBy(never);
    const { error, printed } = await failureOf(apiOf({}, 200).get(PATH, plenty()));
    expect(error).toMatchObject({
      name: 'ClusterUnreachableError',
      message: expect.stringMatching(/did not answer in time$/),
    });
    expect(printed).not.toContain(TOKEN);
  });

  test('or by the caller, without a second try', async () => {
    server.answerBy(never);
    await expect(apiOf().get(PATH, AbortSignal.timeout(200))).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
    });
    expect(waits).toEqual([]);
  });

  test('one without end is given up at its bound', async () => {
    server.answerBy((response) => {
      const more = (): void =>
        void (response.destroyed || response.write('x'.repeat(1_048_576), () => setImmediate(more)));
      more();
    });
    await expect(apiOf().get(PATH, plenty())).rejects.toMatchObject({
      message: expect.stringMatching(/smaller pages$/),
    });
  });

  test.each<[string, () => Partial<ClusterAccess>, RegExp]>([
    ['no such host', () => ({ server: 'https://gone.invalid' }), /no such host \(ENOTFOUND\)$/],
    ['no server listens', () => ({ server: 'https://127.0.0.1:1' }), /no server listens there \(ECONNREFUSED\)$/],
    ['an authority that nobody trusts', () => ({}), /certificate that is not trusted/],
    [
      'a certificate of another host',
      () => ({ ca: server.ca, tlsServerName: 'api.example' }),
      /not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    ],
  ])('%s', async (_, more, expected) => {
    server.answerBy(never);
    const { error } = await failureOf(createClusterApi({ server: server.url, ...more() }).get(PATH, plenty()));
    expect(error).toMatchObject({ name: 'ClusterUnreachableError', message: expect.stringMatching(expected) });
    expect(isGone(error)).toBe(String(error.message).includes('ENOTFOUND'));
    expect(server.seen).toEqual([]);
  });

  test('a certificate that is not to be checked is not', async () => {
    server.answerBy(json(200, OBJECT));
    const api = createClusterApi({ server: server.url, insecureSkipTlsVerify: true });
    expect(await api.get(PATH, plenty())).toEqual(OBJECT);
  });

  test('a token that cannot be had is the failure of who makes it', async () => {
    server.answerBy(never);
    const token = async (): Promise<string> => {
      throw new Error('no credentials');
    };
    await expect(apiOf({ token }).get(PATH, plenty())).rejects.toThrow('no credentials');
    expect(server.seen).toEqual([]);
  });
});

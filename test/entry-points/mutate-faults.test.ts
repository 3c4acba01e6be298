import { afterEach, describe, expect, test, vi } from 'vitest';
import type { HttpResult } from '../../functions/http/result.ts';
import { mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import { FLEET, httpApiEvent, KEYS, openMutateEntryPoint, patchOf, responseOf } from '../support/mutate-entry-point.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';
import { oneContainer, templateDocument } from '../support/templates.ts';

const bodyOf = (pod: unknown, request: Record<string, unknown> = {}) => JSON.stringify(reviewDocument(pod, request));
const BODY = bodyOf(podOf());
const DOWN: TemplateStore = {
  ...createMemoryStore(),
  listTemplates: () => Promise.reject(new Error('connect ECONNREFUSED')),
  getClusterRecord: () => Promise.reject(new Error('connect ECONNREFUSED')),
};
/** A store that never answers, until it is told to stop. */
const STUCK: TemplateStore = {
  ...createMemoryStore(),
  listTemplates: (_channel, signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
  getClusterRecord: (_cluster, signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
};

afterEach(() => void vi.useRealTimers());

describe('the store is down', () => {
  const unavailable = 'outrigger: the template store cannot be read (TemplateStoreUnavailable)\n';

  test('500, so that the cluster’s failurePolicy decides', async () => {
    const result = await openMutateEntryPoint({ reads: DOWN }).handler(httpApiEvent({ body: BODY }));
    expect(result).toEqual({
      statusCode: 500,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: unavailable,
    });
  });

  test('the cluster record is not valid: 500', async () => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.putClusterRecord('local', { policy: 'sometimes' });
    expect(await entryPoint.handler(httpApiEvent({ body: BODY }))).toMatchObject({
      statusCode: 500,
      body: unavailable,
    });
    expect(entryPoint.logged().map((line) => line['message'])).toContain('cluster record refused');
  });

  test.each([
    { operation: 'UPDATE' },
    { subResource: 'status' },
    { namespace: 'kube-system' },
    { object: null },
  ])('what is not ours passes all the same: %j (dapr/dapr#3699)', async (request) => {
    const result = await openMutateEntryPoint({ reads: DOWN }).handler(
      httpApiEvent({ body: bodyOf(podOf(), request) }),
    );
    expect(responseOf(result)).toMatchObject({ allowed: true });
  });

  test('what was read once is served on', async () => {
    vi.useFakeTimers();
    const entryPoint = openMutateEntryPoint();
    const good = await entryPoint.handler(httpApiEvent({ body: BODY }));
    vi.spyOn(entryPoint.store, 'listTemplates').mockRejectedValue(new Error('down'));
    vi.advanceTimersByTime(3_600_000);
    expect(await entryPoint.handler(httpApiEvent({ body: BODY }))).toEqual(good);
    await vi.runAllTimersAsync();
    expect(await entryPoint.handler(httpApiEvent({ body: BODY }))).toEqual(good);
  });
});

describe('?timeout= bounds every wait', () => {
  /** Milliseconds until an entry point whose store never answers gives up. */
  async function waited(query: string): Promise<number> {
    const { handler } = openMutateEntryPoint({ reads: STUCK });
    // Needs no store, and leaves the token verified: what follows waits for nothing but timers.
    await handler(httpApiEvent({ body: bodyOf(podOf(), { operation: 'UPDATE' }) }));
    vi.useFakeTimers();
    const started = Date.now();
    let ended = Number.NaN;
    const answer = handler(httpApiEvent({ body: BODY, query })).then((result) => {
      ended = Date.now() - started;
      return result.statusCode;
    });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await answer).toBe(500);
    return ended;
  }

  test.each([
    ['timeout=1s', 750],
    ['timeout=500ms', 250],
    ['timeout=100ms', 0],
    ['timeout=3s', 1_200],
    ['timeout=30s', 1_200],
    ['timeout=1m', 1_200],
    ['', 1_200],
    ['timeout=', 1_200],
    ['timeout=0s', 1_200],
    ['timeout=-1s', 1_200],
    ['timeout=abc', 1_200],
    ['timeout=9999h', 1_200],
    ['timeout=99999999999s', 1_200],
    ['timeout=1e3s', 1_200],
    ['timeout=%31s', 750],
    ['timeout=%', 1_200],
    ['timeout=1s&timeout=30s', 750],
    ['nottimeout=1s', 1_200],
  ])('%j: %i ms', async (query, ms) => {
    expect(await waited(query)).toBe(ms);
  });
});

test('a caller whose time is over has no Pod injected by a late answer of the store (21)', async () => {
  vi.useFakeTimers();
  const store = createMemoryStore();
  store.put('proxy', templateDocument('proxy'), 'stable');
  store.putClusterRecord('local', { defaultTemplates: ['proxy'] });
  let release: () => void = () => {};
  const late = new Promise<void>((resolve) => {
    release = resolve;
  });
  const entryPoint = openMutateEntryPoint({
    reads: { ...store, listTemplates: async (...args) => await late.then(() => store.listTemplates(...args)) },
  });
  const answer = entryPoint.handler(httpApiEvent({ body: BODY, query: 'timeout=500ms' }));
  await vi.advanceTimersByTimeAsync(500);
  expect((await answer).statusCode).toBe(500);
  const told = entryPoint.lines.length;
  release();
  await vi.runAllTimersAsync();
  expect(entryPoint.lines.slice(told)).toEqual([]);
  expect(entryPoint.lines.join()).not.toMatch(/"reason":"Injected"|"message":"review"/);
});

describe('failure modes', () => {
  const clash = bodyOf(podOf({ containers: [{ name: 'app' }, { name: 'proxy', image: 'mine:1' }] }));
  const told = 'the Pod brings a container of the same name that differs from the template: proxy';

  async function failing(...modes: string[]): Promise<HttpResult> {
    const entryPoint = openMutateEntryPoint();
    modes.forEach((failureMode, i) => {
      const pod = oneContainer(i === 0 ? 'proxy' : `other-${i}`);
      entryPoint.store.put(`t${i}`, templateDocument(`t${i}`, { failureMode, pod }), 'stable');
    });
    entryPoint.store.putClusterRecord('local', { defaultTemplates: modes.map((_, i) => `t${i}`) });
    return await entryPoint.handler(httpApiEvent({ body: clash }));
  }

  test('Defer: 500 with the reason', async () => {
    expect(await failing('Defer')).toEqual({
      statusCode: 500,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `outrigger: ${told} (ContainerNameConflict)\n`,
    });
  });

  test('Open: the Pod passes without the template, with a warning', async () => {
    expect(responseOf(await failing('Open'))).toEqual({
      uid: expect.any(String),
      allowed: true,
      warnings: [expect.stringMatching(/^outrigger: ContainerNameConflict: not injected: .{1,90}$/)],
      auditAnnotations: { reason: 'ContainerNameConflict', templates: 't0@1', channel: 'stable' },
    });
  });

  test('Closed: a denial that names the thing', async () => {
    expect(responseOf(await failing('Closed'))).toMatchObject({
      allowed: false,
      status: { code: 400, message: `outrigger: ${told} (ContainerNameConflict)` },
    });
  });

  test.each([
    ['Open', 'Closed', 200],
    ['Closed', 'Defer', 200],
    ['Open', 'Defer', 500],
  ])('%s and %s: the stricter decides', async (first, second, status) => {
    const result = await failing(first, second);
    expect(result.statusCode).toBe(status);
    if (status === 200) expect(responseOf(result)['allowed']).toBe(false);
  });

  test.each([
    ['nope', 400, 'the Pod asks for a template that does not exist: "nope" (UnknownTemplate)'],
    ['ops', 403, 'the Pod asks for a template that its namespace may not use: "ops" (TemplateNotAllowed)'],
  ])('asking for %s: denial %i', async (name, code, message) => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('ops', templateDocument('ops', { allow: { namespaces: ['ops'] } }), 'stable');
    const body = bodyOf(podOf({}, { annotations: { 'outrigger.dev/templates': name } }));
    expect(responseOf(await entryPoint.handler(httpApiEvent({ body })))['status']).toMatchObject({
      status: 'Failure',
      code,
      message: `outrigger: ${message}`,
    });
  });

  test('a template is allowed to the namespace of the request, whatever the object writes (31)', async () => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('ops', templateDocument('ops', { allow: { namespaces: ['ops'] } }), 'stable');
    const asking = podOf({}, { namespace: 'ops', annotations: { 'outrigger.dev/templates': 'ops' } });
    const denied = await entryPoint.handler(httpApiEvent({ body: bodyOf(asking, { namespace: 'shop' }) }));
    expect(responseOf(denied)).toMatchObject({ allowed: false, status: { code: 403 } });
    const strayed = podOf({}, { namespace: 'shop', annotations: { 'outrigger.dev/templates': 'ops' } });
    const taken = await entryPoint.handler(httpApiEvent({ body: bodyOf(strayed, { namespace: 'ops' }) }));
    expect(responseOf(taken)).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
  });

  // A denial is printed to a terminal as it is.
  test.each([
    '\n',
    '\u001b',
    '\u009b',
    '\u202e',
    '\u2028',
    '\u0000',
  ])('a name with %j does not reach the user raw', async (odd) => {
    const body = bodyOf(podOf({}, { annotations: { 'outrigger.dev/templates': `a${odd}b` } }));
    const result = await openMutateEntryPoint().handler(httpApiEvent({ body }));
    expect(String(Object(responseOf(result)['status']).message)).not.toContain(odd);
  });
});

describe('no state passes from one request to another', () => {
  test('1,000 interleaved requests of two Kubernetes clusters', async () => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('canary', templateDocument('canary'), 'stable');
    entryPoint.store.putClusterRecord('prod', { defaultTemplates: ['canary'] });
    const tokens = new Map<string, string>();
    for (const cluster of ['local', 'prod'])
      tokens.set(cluster, await mintPathToken(KEYS.privateJwk, FLEET, cluster, 1));
    const answers = Array.from({ length: 1_000 }, async (_, i) => {
      const cluster = i % 2 === 0 ? 'local' : 'prod';
      const path = `/v1/mutate/${cluster}/${tokens.get(cluster)}`;
      const labels = { request: String(i) };
      const result = await entryPoint.handler(
        httpApiEvent({ path, body: bodyOf(podOf({}, { labels }), { uid: `uid-${i}` }) }),
      );
      return { cluster, uid: responseOf(result)['uid'], patch: JSON.stringify(patchOf(result)) };
    });
    const alone = new Map([
      ['local', 'registry.test/proxy:1'],
      ['prod', 'registry.test/canary:1'],
    ]);
    const seen = new Map<string, Set<string>>();
    for (const [i, { cluster, uid, patch }] of (await Promise.all(answers)).entries()) {
      expect(uid).toBe(`uid-${i}`);
      expect(patch).toContain(alone.get(cluster));
      seen.set(cluster, (seen.get(cluster) ?? new Set()).add(patch));
    }
    expect([...seen.values()].map((patches) => patches.size)).toEqual([1, 1]);
    expect(entryPoint.lines).toHaveLength(1_000);
  });
});

test('a store that throws what is no Error: 500, and the next request is fine', async () => {
  let down = true;
  const { store } = openMutateEntryPoint();
  const reads: TemplateStore = {
    ...store,
    listTemplates: (channel, signal) => (down ? Promise.reject('down') : store.listTemplates(channel, signal)),
  };
  const entryPoint = openMutateEntryPoint({ reads });
  expect((await entryPoint.handler(httpApiEvent({ body: BODY }))).statusCode).toBe(500);
  down = false;
  expect((await entryPoint.handler(httpApiEvent({ body: BODY }))).statusCode).toBe(200);
});

import { describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import {
  httpApiEvent,
  type MutateEntryPoint,
  openMutateEntryPoint,
  responseOf,
  TOKEN,
} from '../support/mutate-entry-point.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';
import { templateDocument } from '../support/templates.ts';

const bodyOf = (pod: unknown, request: Record<string, unknown> = {}) => JSON.stringify(reviewDocument(pod, request));

async function logOf(pod: unknown, request: Record<string, unknown> = {}): Promise<Readonly<Record<string, unknown>>> {
  const entryPoint = openMutateEntryPoint();
  await entryPoint.handler(httpApiEvent({ body: bodyOf(pod, request) }));
  expect(entryPoint.lines).toHaveLength(1);
  return entryPoint.logged()[0] ?? {};
}

describe('one line says why a Pod was or was not injected', () => {
  test('injected', async () => {
    expect(await logOf(podOf(), { name: 'shop' })).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'info',
      message: 'review',
      uid: '0d5b2a8e-6c1f-4a53-9f0e-3a1f8f6f7c11',
      operation: 'CREATE',
      namespace: 'shop',
      name: 'shop',
      dryRun: false,
      cluster: 'local',
      verdict: 'inject',
      reason: 'Injected',
      channel: 'stable',
      templates: ['proxy@1'],
      operations: 2,
      warnings: 0,
      ms: expect.any(Number),
    });
  });

  test('what it took, in milliseconds, to the microsecond', async () => {
    const times = [1_000];
    const door = openMutateEntryPoint({ clock: () => times.shift() ?? 1_002.1234567 });
    await door.handler(httpApiEvent({ body: bodyOf(podOf()) }));
    expect(door.logged()).toEqual([expect.objectContaining({ message: 'review', ms: 2.123 })]);
  });

  test.each<[what: string, pod: unknown, request: Record<string, unknown>, fields: Record<string, unknown>]>([
    [
      'opted out',
      podOf({}, { labels: { 'outrigger.dev/inject': 'false' } }),
      {},
      { level: 'info', verdict: 'skip', reason: 'OptedOut', operations: 0 },
    ],
    ['an odd wish', podOf({}, { labels: { 'outrigger.dev/inject': 'maybe' } }), {}, { verdict: 'inject', warnings: 1 }],
    [
      'an unknown template',
      podOf({}, { annotations: { 'outrigger.dev/templates': 'x' } }),
      {},
      { level: 'info', verdict: 'deny', reason: 'UnknownTemplate' },
    ],
    [
      'our fault',
      podOf({ containers: [{ name: 'proxy' }] }),
      {},
      { level: 'error', verdict: 'fail', reason: 'ContainerNameConflict', templates: ['proxy@1'] },
    ],
    ['a dry run', podOf(), { dryRun: true }, { dryRun: true, reason: 'Injected' }],
    [
      'a Pod of a ReplicaSet',
      podOf(
        {},
        { name: undefined, generateName: 'shop-5d-', ownerReferences: [{ kind: 'ReplicaSet', name: 'shop-5d' }] },
      ),
      {},
      { name: 'shop-5d-…', owner: 'ReplicaSet/shop-5d' },
    ],
    ['an update', podOf(), { operation: 'UPDATE' }, { operation: 'UPDATE', reason: 'NotCreate', templates: [] }],
  ])('%s', async (_what, pod, request, fields) => {
    expect(await logOf(pod, request)).toMatchObject(fields);
  });

  test.each<[what: string, call: Parameters<typeof httpApiEvent>[0], fields: Record<string, unknown>]>([
    ['a bad method', { method: 'GET' }, { level: 'warn', message: 'request refused', status: '405' }],
    ['a bad token', { path: '/v1/mutate/local/x', body: '{}' }, { level: 'warn', status: '403' }],
    ['a bad body', { body: '{}' }, { level: 'warn', status: '400', why: expect.stringContaining('apiVersion') }],
  ])('a refusal is one line too: %s', async (_what, call, fields) => {
    const entryPoint = openMutateEntryPoint();
    await entryPoint.handler(httpApiEvent(call));
    expect(entryPoint.logged()).toEqual([expect.objectContaining(fields)]);
  });
});

describe('a roll-out in the log', () => {
  const OWNED = podOf({}, { ownerReferences: [{ kind: 'StatefulSet', name: 'web' }] });
  const open = (next: Record<string, unknown>, spec: Record<string, unknown> = {}): MutateEntryPoint => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('proxy', templateDocument('proxy', spec), 'canary');
    entryPoint.store.putClusterRecord('local', { defaultTemplates: ['proxy'], next: { channel: 'canary', ...next } });
    return entryPoint;
  };
  const CLASH = { pod: { spec: { containers: [{ name: 'app', image: 'other:1' }] } } };

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['in the share', { share: 100 }, { channel: 'canary', channelReason: 'InShare', templates: ['proxy@2'] }],
    ['outside', { share: 0 }, { channel: 'stable', channelReason: 'OutsideShare', templates: ['proxy@1'] }],
    [
      'nothing there',
      { channel: 'nobody', share: 100 },
      { channel: 'stable', channelReason: 'NextUnavailable', templates: ['proxy@1'] },
    ],
  ])('%s: the channel and why', async (_what, next, fields) => {
    const entryPoint = open(next);
    const result = await entryPoint.handler(httpApiEvent({ body: bodyOf(OWNED) }));
    expect(entryPoint.logged()).toEqual([expect.objectContaining({ message: 'review', ...fields })]);
    expect(responseOf(result)['auditAnnotations']).toMatchObject({ channel: fields['channel'] });
  });

  test.each<[string, Record<string, unknown>, string, Record<string, unknown>]>([
    [
      'differs',
      {},
      'timeout=3s',
      { level: 'info', result: 'differs', nextReason: 'Injected', nextTemplates: ['proxy@2'], nextOperations: 2 },
    ],
    ['fails', CLASH, 'timeout=3s', { level: 'warn', result: 'failed', nextReason: 'ContainerNameConflict' }],
    ['has no time', {}, 'timeout=400ms', { level: 'info', result: 'skipped' }],
  ])('shadow mode that %s: a second line, and the answer is the current channel’s', async (_w, spec, query, fields) => {
    const event = httpApiEvent({ body: bodyOf(OWNED), query });
    const entryPoint = open({ share: 100, shadow: true }, spec);
    expect(await entryPoint.handler(event)).toEqual(await openMutateEntryPoint().handler(event));
    const current = { channel: 'stable', channelReason: 'Shadow', templates: ['proxy@1'] };
    expect(entryPoint.logged()).toEqual([
      expect.objectContaining({ message: 'review', ...current }),
      expect.objectContaining({ message: 'shadow compared', channel: 'canary', templates: ['proxy@1'], ...fields }),
    ]);
  });
});

// Defect 17 of research/injection.md §3.2: full Pods and user information logged on every call.
describe('defect 17: no line ever holds the body, the path, the token or a header', () => {
  const SECRET = 'hunter2-S3CRET';
  const secretPod = podOf(
    {
      containers: [{ name: 'app', image: `img/${SECRET}`, env: [{ name: 'PASSWORD', value: SECRET }] }],
      volumes: [{ name: 'v', secret: { secretName: SECRET } }],
    },
    { labels: { l: SECRET, [SECRET]: 'x' }, annotations: { a: SECRET } },
  );
  const review = (request: Record<string, unknown> = {}) =>
    bodyOf(secretPod, { userInfo: { username: SECRET, extra: { [SECRET]: [SECRET] } }, ...request });
  const headers = { authorization: `Bearer ${SECRET}`, 'x-secret': SECRET, cookie: SECRET, [SECRET]: 'x' };
  const clashing = bodyOf(podOf({ containers: [{ name: 'proxy', env: [{ name: 'P', value: SECRET }] }] }));
  const unknown = bodyOf(podOf({}, { annotations: { 'outrigger.dev/templates': SECRET } }));

  const calls: [what: string, call: Parameters<typeof httpApiEvent>[0]][] = [
    ['injected', { body: review() }],
    ['skipped', { body: review({ operation: 'UPDATE' }) }],
    ['a conflict', { body: clashing }],
    ['an unknown template', { body: unknown }],
    ['cut off', { body: review().slice(0, -20) }],
    ['a fault in the review', { body: review({ uid: 7, dryRun: SECRET, kind: SECRET }) }],
    ['unknown kind and version', { body: JSON.stringify({ kind: SECRET, apiVersion: SECRET, request: {} }) }],
    ['not JSON', { body: SECRET }],
    ['not UTF-8', { body: Buffer.concat([Buffer.from(SECRET), Buffer.from([0xff])]) }],
    ['not base64', { body: `${SECRET}!`, isBase64Encoded: true }],
    ['a bad token', { body: review(), path: `/v1/mutate/local/${SECRET}` }],
    ['a secret for a cluster', { body: review(), path: `/v1/mutate/${SECRET}/${TOKEN}` }],
    ['another path', { body: review(), path: `/${SECRET}` }],
    ['a query', { body: review(), query: `timeout=${SECRET}&${SECRET}=1` }],
    ['a content type', { body: review(), headers: { 'content-type': SECRET } }],
    ['a method', { body: review(), method: 'GET' }],
  ];

  function expectNoSecret({ lines }: MutateEntryPoint): void {
    expect(lines.length).toBeGreaterThan(0);
    const [head = '', payload = '', signature = ''] = TOKEN.split('.');
    for (const secret of [
      SECRET,
      Buffer.from(SECRET).toString('base64').slice(0, 12),
      TOKEN,
      head,
      payload,
      signature,
      '/v1/mutate',
      'kube-apiserver-admission',
    ]) {
      expect(lines.join('\n')).not.toContain(secret);
    }
  }

  test.each(calls)('%s', async (_what, call) => {
    const entryPoint = openMutateEntryPoint();
    await entryPoint.handler(httpApiEvent({ ...call, headers: { ...headers, ...call?.headers } }));
    expectNoSecret(entryPoint);
  });

  test.each(calls)('%s, with the store down', async (_what, call) => {
    const failing = () => Promise.reject(new Error(`${SECRET} in an error of the SDK`));
    const entryPoint = openMutateEntryPoint({
      reads: { ...createMemoryStore(), listTemplates: failing, getClusterRecord: failing },
    });
    await entryPoint.handler(httpApiEvent({ ...call, headers: { ...headers, ...call?.headers } }));
    expectNoSecret(entryPoint);
  });

  test('a template whose patch does not verify', async () => {
    const entryPoint = openMutateEntryPoint();
    const container = { name: 'proxy', image: 'p:1', volumeMounts: [{ name: 'gone', mountPath: '/x' }] };
    entryPoint.store.put('proxy', templateDocument('proxy', { pod: { spec: { containers: [container] } } }), 'stable');
    await entryPoint.handler(httpApiEvent({ body: review(), headers }));
    expect(entryPoint.logged()[0]).toMatchObject({ reason: 'VerificationFailed' });
    expectNoSecret(entryPoint);
  });
});

describe('a line stays one short line', () => {
  const LONG = 'x'.repeat(10_000);
  test.each<[what: string, pod: unknown, request: Record<string, unknown>]>([
    ['newlines and colours in names', podOf({}, { name: 'a\nb\u001b[31m' }), { namespace: 'a\r\nb', uid: 'u\nv' }],
    ['a long name and namespace', podOf({}, { name: LONG }), { namespace: LONG }],
    ['a long operation', podOf(), { operation: LONG }],
    ['a long owner', podOf({}, { ownerReferences: [{ kind: LONG, name: LONG }] }), {}],
    ['an owner that is no text', podOf({}, { ownerReferences: [{ kind: { toString: 1, valueOf: 1 }, name: {} }] }), {}],
    ['an owner that is a number', podOf({}, { ownerReferences: [7] }), {}],
    ['metadata that is a string', { ...podOf(), metadata: LONG }, {}],
  ])('%s', async (_what, pod, request) => {
    const entryPoint = openMutateEntryPoint();
    await entryPoint.handler(httpApiEvent({ body: bodyOf(pod, request) }));
    expect(entryPoint.logged()).toEqual([expect.objectContaining({ message: 'review' })]);
    expect(entryPoint.lines[0]).toMatch(/^\P{Cc}{1,2000}$/u);
  });
});

describe('a log that fails changes nothing', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('EPIPE');
      },
    ],
    [
      'throws what is no Error',
      () => {
        throw 'EPIPE';
      },
    ],
  ])('its sink %s', async (_what, write) => {
    for (const call of [{ body: bodyOf(podOf()) }, { body: '{' }, { method: 'GET' }]) {
      const expected = await openMutateEntryPoint().handler(httpApiEvent(call));
      expect(await openMutateEntryPoint({ write }).handler(httpApiEvent(call))).toEqual(expected);
    }
  });
});

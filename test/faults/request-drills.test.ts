import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { BODY_BYTES_MAX } from '../../functions/http/event.ts';
import { TEMPLATES_PER_POD_MAX } from '../../functions/injection/decide/decision-facts.ts';
import { ANNOTATION_BYTES_MAX, RESPONSE_BYTES_MAX } from '../../functions/limits.ts';
import {
  httpApiEvent,
  type MutateEntryPoint,
  openMutateEntryPoint,
  patchOf,
  responseOf,
} from '../support/mutate-entry-point.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';
import { templateDocument } from '../support/templates.ts';

const bodyOf = (pod: unknown, request: Record<string, unknown> = {}): string =>
  JSON.stringify(reviewDocument(pod, request));
const send = async (entryPoint: MutateEntryPoint, body: string) => await entryPoint.handler(httpApiEvent({ body }));

describe('large Pods', () => {
  const container = (bytes: number, letter: string) => ({
    name: 'app',
    env: [{ name: 'A', value: letter.repeat(bytes) }],
  });
  test.each<[what: string, container: object]>([
    ['of 3 MiB, the most that Kubernetes takes (8)', container(3 * 1_048_576, 'x')],
    ['of 3 MiB of quotes, which JSON escapes (9)', container(2_900_000, '"')],
  ])('%s is injected', async (_, app) => {
    const body = bodyOf(podOf({ containers: [app] }));
    expect(body.length).toBeLessThan(BODY_BYTES_MAX);
    const result = await send(openMutateEntryPoint(), body);
    expect(responseOf(result)).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    expect(result.body.length).toBeLessThan(2_000);
  });

  test('beyond what Lambda delivers: 413 (8, 9)', async () => {
    const pod = podOf({ containers: [container(BODY_BYTES_MAX / 2, '"')] });
    expect((await send(openMutateEntryPoint(), bodyOf(pod))).statusCode).toBe(413);
  });
});

describe('annotations', () => {
  const withAnnotation = (bytes: number): string => bodyOf(podOf({}, { annotations: { a: 'ä'.repeat(bytes / 2) } }));
  test('that ours would push beyond 256 KiB: the Pod is not broken, failurePolicy decides (36)', async () => {
    const entryPoint = openMutateEntryPoint();
    expect((await send(entryPoint, withAnnotation(ANNOTATION_BYTES_MAX - 100))).statusCode).toBe(500);
    expect(entryPoint.logged().at(-1)).toMatchObject({ reason: 'VerificationFailed' });
    expect((await send(entryPoint, withAnnotation(ANNOTATION_BYTES_MAX - 1_000))).statusCode).toBe(200);
  });

  test('that are too many already are the API server’s to refuse (36)', async () => {
    expect((await send(openMutateEntryPoint(), withAnnotation(ANNOTATION_BYTES_MAX + 100))).statusCode).toBe(200);
  });
});

test.each<[what: string, metadata: Record<string, unknown>]>([
  ['generateName alone', { name: undefined, generateName: 'shop-' }],
  ['a name of 253 characters', { name: 'x'.repeat(253) }],
  ['neither name nor namespace', { name: undefined, namespace: undefined }],
])('%s: injected, and nothing undefined in the answer or the log (31)', async (_, metadata) => {
  const entryPoint = openMutateEntryPoint();
  const result = await send(entryPoint, bodyOf(podOf({}, metadata), { name: undefined }));
  expect(responseOf(result)).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
  expect(JSON.stringify([patchOf(result), responseOf(result), entryPoint.logged()])).not.toMatch(/undefined|null|NaN/);
  expect(entryPoint.logged().at(-1)).toMatchObject({ namespace: 'shop' });
});

test('a direct caller who claims to be system:masters gets what everybody gets (74)', async () => {
  const userInfo = { username: 'system:admin', groups: ['system:masters'], extra: { scopes: ['*'] } };
  for (const annotations of [{}, { 'outrigger.dev/templates': 'ops' }]) {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('ops', templateDocument('ops', { allow: { namespaces: ['ops'] } }), 'stable');
    const pod = podOf({}, { annotations });
    expect(await send(entryPoint, bodyOf(pod, { userInfo }))).toEqual(await send(entryPoint, bodyOf(pod)));
  }
});

test('a tiny request for as many and as large templates as there can be gets no huge answer (76)', async () => {
  const entryPoint = openMutateEntryPoint();
  const names = Array.from({ length: TEMPLATES_PER_POD_MAX }, (_, i) => `t${i}`);
  for (const name of names) {
    const container = { name, image: 'x:1', args: ['x'.repeat(200_000)] };
    entryPoint.store.put(name, templateDocument(name, { pod: { spec: { containers: [container] } } }), 'stable');
  }
  const asking = (list: readonly string[]): string =>
    bodyOf(podOf({}, { annotations: { 'outrigger.dev/templates': list.join() } }));
  const result = await send(entryPoint, asking(names));
  expect(result.statusCode).toBe(500);
  expect(result.body.length).toBeLessThan(500);
  expect(entryPoint.logged().at(-1)).toMatchObject({ reason: 'TemplateConflict' });
  expect((await send(entryPoint, asking(names.slice(0, 2)))).statusCode).toBe(200);
});

describe('a Pod of so many containers that what each of them gets fits no answer (76)', () => {
  const fragment = {
    env: Array.from({ length: 4 }, (_, i) => ({ name: `LOG_DIR_${i}`, value: '/var/log/app' })),
    volumeMounts: [{ name: 'logs', mountPath: '/var/log/app' }],
  };
  const log = (name: string, failureMode: string) =>
    templateDocument(name, {
      failureMode,
      pod: { spec: { volumes: [{ name: 'logs', emptyDir: {} }] } },
      eachContainer: { fragment },
    });
  const asking = (name: string, count: number, env: readonly unknown[] = []): string => {
    const containers = Array.from({ length: count }, (_, i) => ({ name: `c${i}`, image: 'x:1', env }));
    return bodyOf(podOf({ containers }, { annotations: { 'outrigger.dev/templates': name } }));
  };

  test.each<[mode: string, status: number, answer: object]>([
    ['Defer', 500, {}],
    ['Open', 200, { allowed: true, warnings: [expect.stringContaining('PatchTooLarge: not injected: ')] }],
    ['Closed', 200, { allowed: false, status: { message: expect.stringContaining('(PatchTooLarge)') } }],
  ])('%s decides, and no answer is built', async (mode, status, answer) => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('log', log('log', mode), 'stable');
    const result = await send(entryPoint, asking('log', 8_000, [{ name: 'A' }]));
    expect(result.statusCode).toBe(status);
    expect(result.body.length).toBeLessThan(1_000);
    expect(entryPoint.logged().at(-1)).toMatchObject({ reason: 'PatchTooLarge', operations: 0 });
    if (status === 200) expect(responseOf(result)).toMatchObject(answer);
  });

  test('long values are too much before many operations are', async () => {
    const entryPoint = openMutateEntryPoint();
    const env = [{ name: 'LONG', value: 'ä'.repeat(20_000) }];
    entryPoint.store.put('long', templateDocument('long', { eachContainer: { fragment: { env } } }), 'stable');
    expect((await send(entryPoint, asking('long', 120))).statusCode).toBe(500);
    expect(entryPoint.logged().at(-1)).toMatchObject({ reason: 'PatchTooLarge' });
    const fits = await send(entryPoint, asking('long', 100));
    expect(fits.statusCode).toBe(200);
    // Lambda measures what the runtime writes: the result with the body as a JSON text in it.
    expect(Buffer.byteLength(JSON.stringify(fits))).toBeLessThan(RESPONSE_BYTES_MAX);
  });

  test('as many containers as any Pod has are no trouble', async () => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.put('log', log('log', 'Defer'), 'stable');
    expect((await send(entryPoint, asking('log', 500, [{ name: 'A' }]))).statusCode).toBe(200);
  });
});

test('10,000 requests leave nothing behind (81)', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const entryPoint = openMutateEntryPoint({ write: () => {} });
  const parameters = [{ name: 'note', type: 'string', default: '' }];
  const container = { name: 'proxy', image: 'p:1', args: ['${note}', '${owner}'] };
  entryPoint.store.put(
    'proxy',
    templateDocument('proxy', { parameters, pod: { spec: { containers: [container] } } }),
    'stable',
  );
  // Everything that could be remembered differs from request to request.
  const round = async (from: number): Promise<number> => {
    for (let i = from; i < from + 5_000; i++) {
      const metadata = {
        name: `pod-${i}`,
        annotations: { 'parameters.outrigger.dev/note': `${i}-${'x'.repeat(200)}` },
      };
      const result = await send(entryPoint, bodyOf(podOf({}, metadata), { uid: `u-${i}`, namespace: `n-${i}` }));
      if (result.statusCode !== 200) throw new Error(result.body);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await round(0);
  const growth = (await round(5_000)) - before;
  // Had each request left its 1 KB review alone, it would be 5 MB.
  expect(growth).toBeLessThan(2_000_000);
}, 120_000);

import { describe, expect, test, vi } from 'vitest';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { MUTATE_TIMEOUT_MS } from '../../functions/limits.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import {
  httpApiEvent,
  type MutateEntryPoint,
  openMutateEntryPoint,
  patchOf,
  responseOf,
} from '../support/mutate-entry-point.ts';
import { applyStrictly, managedFields, podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';
import { templateDocument } from '../support/templates.ts';
import { at, copyOf, recordOf } from '../support/values.ts';

const document = (word: string, failureMode = 'Defer') => {
  const proxy = { name: 'proxy', image: `proxy:${word}`, volumeMounts: [{ name: 'conf', mountPath: '/conf' }] };
  const volumes = [{ name: 'conf', configMap: { name: `conf-${word}` } }];
  return templateDocument('proxy', { failureMode, pod: { spec: { containers: [proxy], volumes } } });
};
const bodyOf = (pod: RawPod): string => JSON.stringify(reviewDocument(pod));
const send = async (entryPoint: MutateEntryPoint, pod: RawPod, query = 'timeout=3s') =>
  await entryPoint.handler(httpApiEvent({ body: bodyOf(pod), query }));
const reasons = (entryPoint: MutateEntryPoint): unknown[] =>
  entryPoint.logged().flatMap((line) => (line['message'] === 'review' ? [line['reason']] : []));
const BROUGHT = managedFields({ containers: ['app', 'proxy'], volumes: ['conf'] });

/** A Pod as a version of the template makes it, and sent as the Pod's own, as `outrigger inject` and kubectl do. */
async function injectedBy(word: string, brought: unknown = BROUGHT): Promise<RawPod> {
  const entryPoint = entryPointOf([word]);
  const patch = patchOf(await send(entryPoint, podOf()));
  const pod = applyStrictly(podOf(), Array.isArray(patch) ? patch : []);
  Object.assign(recordOf(at(pod, 'metadata')), brought === undefined ? {} : { managedFields: brought });
  return pod;
}

/** An entry point whose template had these versions; the last one is served. */
function entryPointOf(
  words: readonly string[],
  failureMode?: string,
  more: Partial<TemplateStore> = {},
): MutateEntryPoint {
  const store = createMemoryStore();
  const listVersions = vi.fn(more.listVersions ?? store.listVersions);
  for (const word of words) store.put('proxy', document(word, failureMode), 'stable');
  store.putClusterRecord('local', { defaultTemplates: ['proxy'] });
  return openMutateEntryPoint({ reads: { ...store, ...more, listVersions } });
}

describe('what an earlier version of the template injected', () => {
  test.each([
    ['with managedFields, which are left out first', BROUGHT],
    ['without any', undefined],
  ])('is brought to the present one, and is then as it should be: %s', async (_what, brought) => {
    const entryPoint = entryPointOf(['one', 'two', 'three']);
    const before = await injectedBy('one', brought);
    const result = await send(entryPoint, before);
    expect(reasons(entryPoint)).toEqual(['Injected']);
    const patch = patchOf(result);
    const after = applyStrictly(before, Array.isArray(patch) ? patch : []);
    expect(at(after, 'spec', 'containers', 1, 'image')).toBe('proxy:three');
    expect(at(after, 'spec', 'volumes', 0, 'configMap', 'name')).toBe('conf-three');
    await send(entryPoint, after);
    expect(reasons(entryPoint)).toEqual(['Injected', 'AlreadyInjected']);
  });

  test('whatever the annotation says: it is a hint, and makes nothing ours', async () => {
    const entryPoint = entryPointOf(['one', 'two', 'three']);
    const before = copyOf(await injectedBy('one'));
    Object.assign(recordOf(at(before, 'metadata')), { annotations: {} });
    await send(entryPoint, before);
    const forged = copyOf(await injectedBy('zero'));
    await send(entryPoint, forged);
    const status = { templates: [{ name: 'proxy', version: '-1/../x', hash: 'x' }], containers: ['proxy'] };
    Object.assign(recordOf(at(forged, 'metadata')), {
      annotations: { 'outrigger.dev/status': JSON.stringify(status) },
    });
    await send(entryPoint, forged);
    expect(reasons(entryPoint)).toEqual(['Injected', 'ContainerNameConflict', 'ContainerNameConflict']);
  });

  test('of the last 20, or an older one that the annotation hints at', async () => {
    const words = Array.from({ length: 40 }, (_, i) => `w${i + 1}`);
    const [entryPoint, older, unhinted] = [entryPointOf(words), await injectedBy('w5'), await injectedBy('w5')];
    const hinting = (version: string): RawPod => {
      const status = { templates: [{ name: 'proxy', version, hash: 'x' }], containers: ['proxy'] };
      const annotations = { 'outrigger.dev/status': JSON.stringify(status) };
      return { ...older, metadata: { ...recordOf(older['metadata']), annotations } };
    };
    for (const pod of [hinting('5'), hinting('6'), unhinted, await injectedBy('w21'), await injectedBy('w20')]) {
      await send(entryPoint, pod);
    }
    const conflict = 'ContainerNameConflict';
    expect(reasons(entryPoint)).toEqual(['Injected', conflict, conflict, 'Injected', conflict]);
  });
});

describe('the history is read only where something stands in the way', () => {
  test('never for Pods that were not injected, or by the present version', async () => {
    const listVersions = vi.fn(async () => []);
    const entryPoint = entryPointOf(['one'], 'Defer', { listVersions });
    for (const pod of [podOf(), await injectedBy('one')]) await send(entryPoint, pod);
    expect(listVersions).not.toHaveBeenCalled();
    expect(reasons(entryPoint)).toEqual(['Injected', 'AlreadyInjected']);
  });

  test('once for many Pods at a time', async () => {
    const store = createMemoryStore();
    for (const word of ['one', 'two']) store.put('proxy', document(word), 'stable');
    const listVersions = vi.fn(store.listVersions);
    const entryPoint = entryPointOf(['one', 'two'], 'Defer', { listVersions });
    const pod = await injectedBy('one');
    await Promise.all(Array.from({ length: 20 }, () => send(entryPoint, pod)));
    expect(listVersions).toHaveBeenCalledTimes(1);
    expect(new Set(reasons(entryPoint))).toEqual(new Set(['Injected']));
  });
});

describe('where the history cannot be read the failureMode decides, with a reason', () => {
  const down: TemplateStore['listVersions'] = () => Promise.reject(new Error('AccessDenied'));
  const unknown = 'whether an earlier version made proxy is not known';

  test('Defer: 500', async () => {
    const result = await send(entryPointOf(['one', 'two'], 'Defer', { listVersions: down }), await injectedBy('one'));
    expect(result).toMatchObject({ statusCode: 500, body: expect.stringContaining(unknown) });
    expect(result.body).toContain('(TemplateStoreUnavailable)');
  });

  test.each([
    ['Closed', false],
    ['Open', true],
  ])('%s: allowed %s', async (mode, allowed) => {
    const entryPoint = entryPointOf(['one', 'two'], mode, { listVersions: down });
    const response = responseOf(await send(entryPoint, await injectedBy('one')));
    expect(response).toMatchObject({ allowed });
    // A warning is cut where the API server cuts it; a refusal is not.
    expect(JSON.stringify(response)).toContain(allowed ? 'TemplateStoreUnavailable: not injected' : unknown);
    expect(reasons(entryPoint)).toEqual(['TemplateStoreUnavailable']);
  });

  test('a store that never answers is waited for inside the deadline', async () => {
    const stuck: TemplateStore['listVersions'] = (_name, _hint, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', reject));
    const entryPoint = entryPointOf(['one', 'two'], 'Closed', { listVersions: stuck });
    const pod = await injectedBy('one');
    vi.useFakeTimers();
    try {
      const answer = send(entryPoint, pod, 'timeout=500ms');
      await vi.advanceTimersByTimeAsync(MUTATE_TIMEOUT_MS / 4);
      expect(responseOf(await answer)).toMatchObject({ allowed: false });
    } finally {
      vi.useRealTimers();
    }
  });

  test('a store without a history leaves the conflict as it is', async () => {
    const entryPoint = entryPointOf(['one', 'two'], 'Defer', { listVersions: async () => [] });
    await send(entryPoint, await injectedBy('one'));
    expect(reasons(entryPoint)).toEqual(['ContainerNameConflict']);
  });
});

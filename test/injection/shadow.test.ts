import { describe, expect, test } from 'vitest';
import { type ChannelOutcome, mutateByChannel } from '../../functions/injection/mutate-by-channel.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import { type ShadowResult, tryShadow } from '../../functions/injection/shadow.ts';
import type { Template } from '../../functions/template/template.ts';
import { applyStrictly, podOf } from '../support/pods.ts';
import { oneContainer, stateOf, templateOf } from '../support/templates.ts';

const SHADOW = { channel: 'canary', share: 100, shadow: true };
const proxy = (spec: Record<string, unknown> = {}, version = '1'): Template => templateOf('proxy', spec, version);
const clash = proxy({ pod: { spec: { containers: [{ name: 'app', image: 'other:1' }] } } }, '2');

function served(
  next: Template,
  current = proxy(),
  record: Record<string, unknown> = { next: SHADOW },
  pod = podOf(),
): ChannelOutcome {
  const state = stateOf([current], { defaultTemplates: ['proxy'], ...record });
  const nextTemplates = new Map([['proxy', next]]);
  return mutateByChannel(pod, 'shop', { ...state, nextTemplates }, { plan: createPlanMemo() });
}

const tried = (next: Template, current?: Template): ShadowResult | undefined =>
  tryShadow(served(next, current), podOf, () => true);

describe('the next channel, tried beside what is served', () => {
  test.each<[string, Template, Template, Partial<ShadowResult>]>([
    ['the same', proxy(), proxy(), { result: 'same', reason: 'Injected', templates: ['proxy@1'], operations: 2 }],
    ['another version', proxy({}, '2'), proxy(), { result: 'differs', templates: ['proxy@2'], operations: 2 }],
    [
      'more operations',
      proxy({ pod: { ...oneContainer('proxy'), metadata: { labels: { a: 'b' } } } }),
      proxy(),
      { result: 'differs', operations: 3 },
    ],
    ['a failure', clash, proxy(), { result: 'failed', reason: 'ContainerNameConflict', operations: 0 }],
    ['a failure of both', clash, { ...clash, version: '1' }, { result: 'differs', reason: 'ContainerNameConflict' }],
    ['a failure mended', proxy({}, '2'), { ...clash, version: '1' }, { result: 'differs', reason: 'Injected' }],
  ])('%s', (_what, next, current, result) => {
    expect(tried(next, current)).toMatchObject({ channel: 'canary', ...result });
  });

  test('brings up what the current channel has injected before: it is no stranger’s', () => {
    const current = proxy();
    const next = proxy({ pod: { spec: { containers: [{ name: 'proxy', image: 'proxy:2' }] } } }, '2');
    const injectedBefore = () => applyStrictly(podOf(), served(next, current).outcome.operations);
    const again = served(next, current, { next: SHADOW }, injectedBefore());
    expect(again.outcome.reason).toBe('AlreadyInjected');
    expect(tryShadow(again, injectedBefore, () => true)).toMatchObject({ result: 'differs', reason: 'Injected' });
  });

  test('changes nothing of what is served', () => {
    const without = served(proxy(), proxy(), {});
    for (const next of [proxy({}, '2'), clash]) expect(served(next).outcome).toEqual(without.outcome);
  });

  test('that throws is a failure, told by its name alone', () => {
    const { shadow: _, ...rest } = served(proxy());
    const attempt = (): never => {
      throw new RangeError('secret words');
    };
    const result = tryShadow({ ...rest, shadow: { channel: 'canary', attempt } }, podOf, () => true);
    expect(result).toEqual({ channel: 'canary', result: 'failed', reason: 'RangeError' });
  });

  test('is not tried without room, and the Pod is not even decoded again', () => {
    const fresh = (): never => {
      throw new Error('asked');
    };
    expect(tryShadow(served(proxy()), fresh, () => false)).toEqual({ channel: 'canary', result: 'skipped' });
  });

  test.each([
    ['outside shadow mode', { next: { ...SHADOW, shadow: false } }],
    ['outside the share', { next: { ...SHADOW, share: 0 } }],
    ['without a next channel', {}],
  ])('%s there is nothing to try', (_what, record) => {
    expect(tryShadow(served(proxy({}, '2'), proxy(), record), podOf, () => true)).toBeUndefined();
  });
});

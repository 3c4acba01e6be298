import { describe, expect, test } from 'vitest';
import { decideInjection } from '../../functions/injection/decide/decision.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';

const WINDOWS = { os: { name: 'windows' } };
const HOST = { hostNetwork: true };
const anywhere = templateOf('anywhere', { allow: { windows: true, hostNetwork: true } });
const linux = templateOf('linux');
const onWindows = templateOf('on-windows', { allow: { windows: true } });

describe('templates that do not suit the Pod fall away', () => {
  test.each<
    [what: string, spec: Record<string, unknown>, asked: readonly string[], names: readonly string[], left?: string]
  >([
    ['none', {}, ['anywhere', 'linux'], ['anywhere', 'linux']],
    ['on Windows', WINDOWS, ['anywhere', 'linux'], ['anywhere'], 'linux'],
    [
      'on Windows by its node',
      { nodeSelector: { 'kubernetes.io/os': 'windows' } },
      ['linux', 'anywhere'],
      ['anywhere'],
      'linux',
    ],
    ['on the host network', HOST, ['on-windows', 'anywhere', 'linux'], ['anywhere'], 'on-windows, linux'],
    ['on both', { ...WINDOWS, ...HOST }, ['on-windows', 'anywhere'], ['anywhere'], 'on-windows'],
    ['where the host network is no boolean', { hostNetwork: 'true' }, ['linux'], ['linux']],
  ])('%s', (_what, spec, asked, names, left) => {
    const decision = decideInjection(podOf(spec), 'shop', stateOf([anywhere, linux, onWindows]), asked);
    expect(decision.verdict === 'inject' && decision.templates.map(({ name }) => name)).toEqual(names);
    expect(decision.warnings).toEqual(
      left === undefined ? [] : [`outrigger: not applied to this kind of Pod: ${left}`],
    );
  });

  test.each<[reason: string, spec: Record<string, unknown>, asked: string]>([
    ['WindowsPod', WINDOWS, 'linux'],
    ['WindowsPod', { ...WINDOWS, ...HOST }, 'linux'],
    ['HostNetwork', HOST, 'linux'],
    ['HostNetwork', { ...WINDOWS, ...HOST }, 'on-windows'],
  ])('all of them, for %s: only who named them is told', (reason, spec, asked) => {
    const state = stateOf([anywhere, linux, onWindows], { defaultTemplates: [asked], policy: 'enabled' });
    const named = decideInjection(podOf(spec), 'shop', state, [asked]);
    expect(named).toEqual({ verdict: 'skip', reason, warnings: [`outrigger: not injected: ${reason}`] });
    expect(decideInjection(podOf(spec), 'shop', state)).toEqual({ verdict: 'skip', reason, warnings: [] });
  });
});

test('templates are applied by their order, then by their name, each once', () => {
  const late = templateOf('a', { order: 200 });
  const [b, c, d] = ['b', 'c', 'd'].map((name) => templateOf(name, { order: 100 }));
  const all = [d, late, c, b].flatMap((one) => one ?? []);
  const asked = [...all, ...all].map(({ name }) => name);
  const decision = decideInjection(podOf(), 'shop', stateOf(all), asked);
  expect(decision).toMatchObject({ templates: [{ name: 'b' }, { name: 'c' }, { name: 'd' }, { name: 'a' }] });
});

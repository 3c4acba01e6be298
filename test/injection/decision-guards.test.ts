import { describe, expect, test } from 'vitest';
import { decideInjection } from '../../functions/injection/decide/decision.ts';
import { REASONS } from '../../functions/injection/decide/reasons.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';

describe('templates that do not suit the Pod fall away', () => {
  const plain = templateOf('plain');
  const host = templateOf('host', { allow: { hostNetwork: true } });
  const windows = templateOf('windows', { allow: { windows: true } });
  const both = templateOf('both', { allow: { hostNetwork: true, windows: true } });
  const all = [plain, host, windows, both];
  const HOST = { hostNetwork: true };
  const WINDOWS = { os: { name: 'windows' } };
  const SELECTED = { nodeSelector: { 'kubernetes.io/os': 'windows' } };

  test.each<[pod: string, spec: Record<string, unknown>, asked: string[], outcome: string]>([
    ['an ordinary Pod gets all', {}, ['plain', 'host', 'windows'], 'host,plain,windows'],
    ['hostNetwork false is ordinary', { hostNetwork: false }, ['plain'], 'plain'],
    ['os linux is ordinary', { os: { name: 'linux' } }, ['plain'], 'plain'],
    ['hostPID and hostIPC alone are ordinary', { hostPID: true, hostIPC: true }, ['plain'], 'plain'],
    ['a host network Pod: none that allows it', HOST, ['plain', 'windows'], 'HostNetwork'],
    ['a host network Pod: one that allows it', HOST, ['plain', 'host'], 'host'],
    ['a Windows Pod by os: none that allows it', WINDOWS, ['plain', 'host'], 'WindowsPod'],
    ['a Windows Pod by os: one that allows it', WINDOWS, ['plain', 'windows'], 'windows'],
    ['a Windows Pod by nodeSelector', SELECTED, ['plain'], 'WindowsPod'],
    [
      'a Windows Pod on the host network: allowed for one reason only',
      { ...HOST, ...WINDOWS },
      ['windows'],
      'HostNetwork',
    ],
    ['a Windows Pod on the host network: allowed for both', { ...HOST, ...WINDOWS }, ['plain', 'both'], 'both'],
    ['nodeSelector null', { nodeSelector: null, os: null }, ['plain'], 'plain'],
  ])('%s', (_pod, spec, asked, outcome) => {
    const decision = decideInjection(podOf(spec), 'shop', stateOf(all), asked);
    const said = decision.verdict === 'inject' ? decision.templates.map((t) => t.name).join(',') : decision.reason;
    expect(said).toBe(outcome);
  });

  test('what is left out is named in a warning', () => {
    const decision = decideInjection(podOf(HOST), 'shop', stateOf(all), ['plain', 'host', 'windows']);
    expect(decision.warnings).toEqual(['outrigger: not applied to this kind of Pod: plain, windows']);
  });

  test('templates are applied by order, then by name, whatever order they were named in', () => {
    const late = templateOf('a-late', { order: 200 });
    const early = templateOf('z-early', { order: -1 });
    const decision = decideInjection(podOf(), 'shop', stateOf([late, plain, host, early]), [
      'a-late',
      'plain',
      'host',
      'z-early',
    ]);
    expect(decision.verdict === 'inject' && decision.templates.map((t) => t.name)).toEqual([
      'z-early',
      'host',
      'plain',
      'a-late',
    ]);
  });
});

test('every reason has a sentence on one line', () => {
  for (const [code, sentence] of Object.entries(REASONS)) {
    expect(code).toMatch(/^[A-Z][A-Za-z]+$/);
    expect(sentence).toMatch(/^[^\n]{20,110}$/);
  }
});

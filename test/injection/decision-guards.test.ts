import { describe, expect, test } from 'vitest';
import { decideInjection, guardRequest } from '../../functions/injection/decision.ts';
import { REASONS } from '../../functions/injection/reasons.ts';
import { podOf } from '../support/pods.ts';
import { requestOf } from '../support/reviews.ts';
import { stateOf, templateOf } from '../support/templates.ts';

const MIRROR = { annotations: { 'kubernetes.io/config.mirror': 'abc' } };
const pods = (more: Record<string, unknown>) => ({ resource: { group: '', version: 'v1', resource: 'pods' }, ...more });

describe('guards that need neither record nor template', () => {
  test.each<[who: string, object: unknown, request: Record<string, unknown>, reason: string | undefined]>([
    ['a Pod on create passes', podOf(), {}, undefined],
    ['a Pod without a name passes, as every Pod of a Deployment', podOf({}, { name: undefined }), {}, undefined],
    ['a Deployment', {}, { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }, 'NotAPod'],
    ['a Pod of another group', podOf(), { kind: { group: 'x.io', version: 'v1', kind: 'Pod' } }, 'NotAPod'],
    ['a Pod of a later version', podOf(), { kind: { group: '', version: 'v2', kind: 'Pod' } }, 'NotAPod'],
    ['a Binding', podOf(), { kind: { group: '', version: 'v1', kind: 'Binding' } }, 'NotAPod'],
    [
      'the resource is not pods',
      podOf(),
      { resource: { group: '', version: 'v1', resource: 'podtemplates' } },
      'NotAPod',
    ],
    ['pods of another group', podOf(), { resource: { group: 'x.io', version: 'v1', resource: 'pods' } }, 'NotAPod'],
    ...['ephemeralcontainers', 'resize', 'status', 'binding', 'exec', 'eviction'].map(
      (subResource): [string, unknown, Record<string, unknown>, string] => [
        `subresource ${subResource}`,
        podOf(),
        pods({ subResource, operation: 'UPDATE' }),
        'Subresource',
      ],
    ),
    ...['UPDATE', 'DELETE', 'CONNECT', 'PATCH', 'create', ''].map(
      (operation): [string, unknown, Record<string, unknown>, string] => [
        `operation ${JSON.stringify(operation)}`,
        podOf(),
        { operation },
        'NotCreate',
      ],
    ),
    ['object null', null, {}, 'NoObject'],
    ['object absent', undefined, {}, 'NoObject'],
    ['object a list', [podOf()], {}, 'NoObject'],
    ['object a string', 'Pod', {}, 'NoObject'],
    ['namespace kube-system', podOf(), { namespace: 'kube-system' }, 'SystemNamespace'],
    ['namespace kube-public', podOf(), { namespace: 'kube-public' }, 'SystemNamespace'],
    ['namespace kube-node-lease', podOf(), { namespace: 'kube-node-lease' }, 'SystemNamespace'],
    ['namespace kube-systems is an ordinary one', podOf(), { namespace: 'kube-systems' }, undefined],
    ['a mirror Pod', podOf({}, MIRROR), {}, 'MirrorPod'],
    [
      'a mirror annotation without a value',
      podOf({}, { annotations: { 'kubernetes.io/config.mirror': '' } }),
      {},
      'MirrorPod',
    ],
    ['the mirror key as a label means nothing', podOf({}, { labels: MIRROR.annotations }), {}, undefined],
    ['annotations null', podOf({}, { annotations: null }), {}, undefined],
  ])('%s', (_who, object, request, reason) => {
    expect(guardRequest(requestOf(object, request))).toBe(reason);
  });

  test('the namespace of the request counts, not the one that the object writes', () => {
    const forged = podOf({}, { namespace: 'kube-system' });
    expect(guardRequest(requestOf(forged, { namespace: 'shop' }))).toBeUndefined();
    expect(guardRequest(requestOf(podOf({}, { namespace: 'shop' }), { namespace: 'kube-system' }))).toBe(
      'SystemNamespace',
    );
  });
});

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

import { describe, expect, test } from 'vitest';
import { nearName } from '../../functions/json/near-name.ts';
import { breachesOf } from '../../functions/template/parse/check-rules.ts';
import { templateOf } from '../support/templates.ts';

const breaches = (spec: unknown, type = 'PodSpec'): readonly string[] =>
  [...breachesOf(spec, type, 'spec')].map(
    ({ rule, path, message }) => `${rule} ${path.replace('spec.', '')}: ${message}`,
  );
const container = (more: Record<string, unknown>) => ({ containers: [{ name: 'a', image: 'a:1', ...more }] });
const spread = { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };

describe('what the API server demands', () => {
  test.each<[what: string, spec: unknown, said: readonly string[]]>([
    [
      'imagePullPolicy',
      container({ imagePullPolicy: 'always' }),
      ['case containers[0].imagePullPolicy: must be Always'],
    ],
    [
      'a value that there is not',
      container({ imagePullPolicy: 'Sometimes' }),
      ['value containers[0].imagePullPolicy: must be one of Always, IfNotPresent, Never'],
    ],
    [
      'protocol',
      container({ ports: [{ containerPort: 1, protocol: 'tcp' }] }),
      ['case containers[0].ports[0].protocol: must be TCP'],
    ],
    ['dnsPolicy', { ...container({}), dnsPolicy: 'none' }, ['case dnsPolicy: must be None']],
    [
      'no handler',
      container({ livenessProbe: { periodSeconds: 3 } }),
      ['missing containers[0].livenessProbe: has no handler: one of exec, grpc, httpGet, tcpSocket'],
    ],
    [
      'two handlers',
      container({ readinessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } }),
      ['handler containers[0].readinessProbe: has exec and tcpSocket; only one handler is allowed'],
    ],
    [
      'a handler without its port',
      container({ startupProbe: { httpGet: {} } }),
      ['missing containers[0].startupProbe.httpGet.port: is missing'],
    ],
    [
      'preStop without a handler',
      container({ lifecycle: { preStop: {} } }),
      ['missing containers[0].lifecycle.preStop: has no handler: one of exec, httpGet, sleep, tcpSocket'],
    ],
    [
      'maxSkew',
      { ...container({}), topologySpreadConstraints: [spread] },
      ['missing topologySpreadConstraints[0].maxSkew: is missing'],
    ],
    [
      'a name in another case',
      container({ volumemounts: [] }),
      ['name containers[0].volumemounts: is no field that Kubernetes knows; did you mean volumeMounts?'],
    ],
    [
      'a letter short',
      container({ livenesProbe: {} }),
      ['name containers[0].livenesProbe: is no field that Kubernetes knows; did you mean livenessProbe?'],
    ],
    [
      'two neighbours',
      container({ workignDir: 'x' }),
      ['name containers[0].workignDir: is no field that Kubernetes knows; did you mean workingDir?'],
    ],
    ['access modes, a list of texts', { accessModes: ['readWriteOnce'] }, []],
    ['nothing', container({ imagePullPolicy: '', livenessProbe: { grpc: { port: 1 } } }), []],
    ['null and directives', { ...container({}), dnsConfig: null, volumes: [{ name: 'x', $patch: 'delete' }] }, []],
    ['fields of a newer Kubernetes', { ...container({ teleport: true }), quantumSpread: [] }, []],
  ])('%s', (_what, spec, said) => {
    const whole = { containers: [], ...(spec as Record<string, unknown>) };
    expect(breaches(whole)).toEqual(said);
  });

  test('a list of values is looked at value by value', () => {
    expect(breaches({ accessModes: ['ReadWriteOnce', 'readonlymany'] }, 'PersistentVolumeClaimSpec')).toEqual([
      'case accessModes: must be ReadOnlyMany',
    ]);
  });
});

describe('a template is not loaded', () => {
  const p = 'spec.pod.spec';
  test.each<[what: string, spec: Record<string, unknown>, fault: string]>([
    ['always', container({ imagePullPolicy: 'always' }), `${p}.containers[0].imagePullPolicy: must be Always`],
    ['none', { dnsPolicy: 'none' }, `${p}.dnsPolicy: must be None`],
    ['a probe without a handler', container({ livenessProbe: {} }), `${p}.containers[0].livenessProbe: has no handler`],
    [
      'a probe with two',
      container({ livenessProbe: { exec: { command: ['a'] }, grpc: { port: 1 } } }),
      'only one handler',
    ],
    [
      'a path without its key',
      { volumes: [{ name: 'v', configMap: { name: 'c', items: [{ path: 'x' }] } }] },
      'items[0].key: is missing',
    ],
    [
      'added and deleted at once',
      { imagePullSecrets: [{ name: 'a' }, { name: 'a', $patch: 'delete' }] },
      `${p}.imagePullSecrets[1]: takes away what the same list adds`,
    ],
    [
      'a value added and deleted at once',
      { securityContext: { supplementalGroups: [1, 2], '$deleteFromPrimitiveList/supplementalGroups': [2] } },
      'takes away what supplementalGroups adds',
    ],
  ])('%s', (_what, spec, fault) => {
    expect(() => templateOf('t', { pod: { spec } })).toThrow(fault);
  });

  test.each<[what: string, spec: Record<string, unknown>]>([
    ['a value of a newer Kubernetes', container({ imagePullPolicy: 'IfNewer' })],
    ['a field of a newer Kubernetes', container({ volumeMountz: [] })],
    ['a part of what the Pod may have', { topologySpreadConstraints: [spread] }],
  ])('but with %s it is', (_what, spec) => {
    expect(() => templateOf('t', { pod: { spec } })).not.toThrow();
  });
});

test.each<[name: string, near: string | undefined]>([
  ['volumemounts', 'volumeMounts'],
  ['volumeMount', 'volumeMounts'],
  ['volumeMountss', 'volumeMounts'],
  ['volumeMuonts', 'volumeMounts'],
  ['volumeM0unts', 'volumeMounts'],
  ['volumeMunt', undefined],
  ['args', undefined],
  ['arg', undefined],
  ['constructor', undefined],
  ['', undefined],
])('%j is near to %s', (name, near) => {
  expect(nearName(name, ['volumeMounts', 'args', 'env'])).toBe(near);
});

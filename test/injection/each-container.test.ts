import type { Operation } from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { mergeIntoEach } from '../../functions/injection/apply/each-container.ts';
import { injectPlan } from '../../functions/injection/apply/inject.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { OPERATIONS_MAX } from '../../functions/limits.ts';
import { mutate, worked } from '../support/mutations.ts';
import { managedFields, podOf } from '../support/pods.ts';
import { oneContainer, planOf, templateOf } from '../support/templates.ts';
import { at, copyOf } from '../support/values.ts';

type Json = Record<string, unknown>;

const PROXY_URL = { name: 'PROXY', value: 'http://127.0.0.1:15001' };
const MOUNT = { name: 'certs', mountPath: '/certs', readOnly: true };
const CERTS = { name: 'certs', emptyDir: {} };
const POD = { spec: { ...(oneContainer('proxy')['spec'] as Json), volumes: [CERTS] } };
const each = (fragment: Json, except: readonly string[] = []) => ({ eachContainer: { except, fragment } });
const TEMPLATE = templateOf('proxy', { pod: POD, ...each({ env: [PROXY_URL], volumeMounts: [MOUNT] }, ['debug']) });
const TRACE = { name: 'TRACE', value: '1' };
const SECOND = templateOf('second', { pod: undefined, ...each({ env: [TRACE, PROXY_URL] }, ['app']) });

const list = (pod: RawPod, name = 'containers') => at(pod, 'spec', name);

describe('every container that the Pod brought', () => {
  test('init containers too, but for ours and the exceptions', () => {
    const containers = [{ name: 'app' }, { name: 'debug' }, { name: 'web', env: [], volumeMounts: null }];
    const done = worked(podOf({ containers, initContainers: [{ name: 'setup', env: [TRACE] }] }), TEMPLATE);
    expect(list(done)).toEqual([
      { name: 'app', env: [PROXY_URL], volumeMounts: [MOUNT] },
      { name: 'debug' },
      { name: 'web', env: [PROXY_URL], volumeMounts: [MOUNT] },
      { name: 'proxy', image: 'registry.test/proxy:1' },
    ]);
    expect(list(done, 'initContainers')).toEqual([{ name: 'setup', env: [TRACE, PROXY_URL], volumeMounts: [MOUNT] }]);
  });

  test('not what other webhooks have added', () => {
    const managed = managedFields({ containers: ['app'] });
    const pod = podOf({ containers: [{ name: 'app' }, { name: 'foreign' }] }, { managedFields: managed });
    expect(list(worked(pod, TEMPLATE))).toMatchObject([{ env: [PROXY_URL] }, { name: 'foreign' }, { name: 'proxy' }]);
    expect(at(list(worked(pod, TEMPLATE)), 1)).toEqual({ name: 'foreign' });
  });

  test('of several templates, one list each: none overwrites the other (defect 2)', () => {
    const done = worked(podOf({ containers: [{ name: 'app' }, { name: 'debug' }, { name: 'web' }] }), TEMPLATE, SECOND);
    const envOf = (i: number) => at(list(done), i, 'env');
    expect([envOf(0), envOf(1), envOf(2)]).toEqual([[PROXY_URL], [TRACE, PROXY_URL], [PROXY_URL, TRACE]]);
  });

  test('a template that adds nothing else', () => {
    expect(list(worked(podOf(), templateOf('t', { pod: undefined, ...each({ env: [TRACE] }) })))).toEqual([
      { name: 'app', image: 'shop:1', env: [TRACE] },
    ]);
  });

  test('Pods of one shape share their operations', () => {
    const [first, second] = [podOf(), podOf()].map((pod) => injectPlan(pod, PLAN));
    expect(first).toEqual(second);
    if (first && second && 'operations' in first && 'operations' in second) {
      expect(first.operations.every((operation, i) => operation === second.operations[i])).toBe(true);
    }
  });
});

const PLAN = planOf(TEMPLATE);

describe('what the application sets itself stays, with a warning', () => {
  test.each<[what: string, container: Json, warnings: readonly string[]]>([
    ['another value', { env: [{ name: 'PROXY', value: 'mine' }] }, ['sets PROXY']],
    [
      'a value from elsewhere',
      { env: [{ name: 'PROXY', valueFrom: { fieldRef: { fieldPath: 'x' } } }] },
      ['sets PROXY'],
    ],
    ['an empty value', { env: [{ name: 'PROXY' }] }, ['sets PROXY']],
    ['the same value', { env: [PROXY_URL] }, []],
    ['another mount at the path', { volumeMounts: [{ name: 'mine', mountPath: '/certs' }] }, ['mounts /certs']],
    ['the same mount', { volumeMounts: [MOUNT] }, []],
    [
      'both',
      { env: [{ name: 'PROXY' }], volumeMounts: [{ ...MOUNT, subPath: 'x', readOnly: false }] },
      ['sets PROXY', 'mounts /certs'],
    ],
  ])('%s', (_what, container, warnings) => {
    const pod = podOf({ containers: [{ name: 'app', ...container }] });
    expect(mutate(pod, TEMPLATE).warnings).toEqual(
      warnings.map((w) => `outrigger: container app ${w} itself; the template's was not added`),
    );
    expect(at(list(worked(pod, TEMPLATE)), 0)).toMatchObject(container);
  });

  test('of many warnings, some', () => {
    const containers = Array.from({ length: 50 }, (_, i) => ({ name: `c${i}`, env: [{ name: 'PROXY' }] }));
    expect(mutate(podOf({ containers }), TEMPLATE).warnings).toHaveLength(8);
  });

  test.each<[what: string, own: Record<string, unknown>]>([
    ['variables', { env: [{ name: 'PROXY' }] }],
    ['probes', { readinessProbe: { exec: { command: ['true'] } } }],
  ])('of warnings about %s no more are collected than are ever read', (_what, own) => {
    const probing = { container: '*', fragment: { readinessProbe: { tcpSocket: { port: 1 } } } };
    const plan = planOf(templateOf('t', { pod: undefined, ...each({ env: [PROXY_URL] }), amend: [probing] }));
    const containers = Array.from({ length: 100 }, (_, i) => ({ name: `c${i}`, ...own }));
    const injection = injectPlan(podOf({ containers }), plan);
    expect('warnings' in injection && injection.warnings).toHaveLength(64);
  });
});

test('the merge ends where an answer has no more room, not after the last container', () => {
  const containers = Array.from({ length: OPERATIONS_MAX }, (_, i) => ({ name: `c${i}` }));
  let looked = 0;
  const counted = containers.map((container) => ({
    get name() {
      looked++;
      return container.name;
    },
  }));
  const names = new Set(['proxy']);
  expect(mergeIntoEach({ spec: { containers: counted } }, PLAN.each, names)).toEqual({
    excess: 'more than 8192 operations',
  });
  // Two operations each; a name is asked for twice at most.
  expect(looked).toBeLessThan(OPERATIONS_MAX + 100);
  expect(injectPlan({ spec: { containers } }, PLAN)).toMatchObject({ reason: 'PatchTooLarge' });
});

test('what two templates say differently is a conflict', () => {
  const other = templateOf('z', { pod: undefined, ...each({ env: [{ name: 'PROXY', value: 'other' }] }) });
  expect(mutate(podOf(), TEMPLATE, other)).toMatchObject({
    reason: 'TemplateConflict',
    sentence: expect.stringMatching(/z and an earlier template differ in eachContainer\.env PROXY$/),
  });
});

test('a mount without its volume never leaves', () => {
  const template = templateOf('t', { pod: undefined, ...each({ volumeMounts: [MOUNT] }) });
  expect(mutate(podOf(), template)).toMatchObject({
    reason: 'VerificationFailed',
    sentence: expect.stringContaining('every container mounts certs, which is no volume of the Pod'),
  });
});

test('containers of no known shape are left to the API server', () => {
  const containers = [null, 'x', {}, { name: 1 }, { name: 'odd', env: {} }, { name: 'odder', volumeMounts: 'x' }];
  expect(list(worked(podOf({ containers }), TEMPLATE))).toEqual([
    ...containers,
    expect.objectContaining({ name: 'proxy' }),
  ]);
});

describe('the proof lets through exactly these operations', () => {
  const pod = podOf(
    {
      containers: [{ name: 'app' }, { name: 'debug' }, { name: 'web', env: [TRACE] }, { name: 'foreign' }],
    },
    { managedFields: managedFields({ containers: ['app', 'debug', 'web'] }) },
  );
  const add = (path: string, value: unknown): Operation => ({ op: 'add', path: `/spec/containers/${path}`, value });
  const isStray = (operation: Operation): boolean =>
    findPatchFault(copyOf(pod), [operation], PLAN)?.endsWith('which the templates do not name') === true;

  test.each<[what: string, operation: Operation, stray: boolean]>([
    ['a whole list', add('0/env', [PROXY_URL]), false],
    ['a whole list of mounts', add('0/volumeMounts', [MOUNT]), false],
    ['an element', add('2/env/-', PROXY_URL), false],
    ['another value', add('2/env/-', { ...PROXY_URL, value: 'evil' }), true],
    ['a longer list', add('0/env', [PROXY_URL, TRACE]), true],
    ['a list over the application’s', add('2/env', [PROXY_URL]), true],
    ['an element in front', add('2/env/0', PROXY_URL), true],
    ['a replacement', { op: 'replace', path: '/spec/containers/2/env/0', value: PROXY_URL }, true],
    ['into an exception', add('1/env', [PROXY_URL]), true],
    ['into another webhook’s container', add('3/env', [PROXY_URL]), true],
    ['into no container', add('9/env', [PROXY_URL]), true],
    ['into all of them', add('-/env', [PROXY_URL]), true],
    ['another field', add('0/envFrom', [PROXY_URL]), true],
  ])('%s', (_what, operation, stray) => {
    expect(isStray(operation)).toBe(stray);
    // Frozen operations are remembered, these must not be.
    expect(isStray(Object.freeze(copyOf(operation)))).toBe(stray);
  });
});

describe('a template is refused', () => {
  const p = 'spec.eachContainer';
  test.each<[what: string, eachContainer: unknown, path: string]>([
    ['a list', [], p],
    ['no fragment', {}, `${p}.fragment`],
    ['another field of a container', { fragment: { image: 'x' } }, `${p}.fragment.image`],
    ['an exception that is no name', { except: ['A'], fragment: {} }, `${p}.except[0]`],
    ['env that is a map', { fragment: { env: { A: '1' } } }, `${p}.fragment.env`],
    ['env without a name', { fragment: { env: [{ value: 'x' }] } }, `${p}.fragment.env[0].name`],
    ['a name with =', { fragment: { env: [{ name: 'A=B' }] } }, `${p}.fragment.env[0].name`],
    ['a name twice', { fragment: { env: [{ name: 'A' }, { name: 'A' }] } }, `${p}.fragment.env[1].name`],
    ['null', { fragment: { env: [{ name: 'A', value: null }] } }, `${p}.fragment.env[0].value`],
    ['a value that is no text', { fragment: { env: [{ name: 'A', value: true }] } }, `${p}.fragment.env[0].value`],
    ['a number as value', { fragment: { env: [{ name: 'A', value: 1 }] } }, `${p}.fragment.env[0].value`],
    [
      'a mount without a path',
      { fragment: { volumeMounts: [{ name: 'v' }] } },
      `${p}.fragment.volumeMounts[0].mountPath`,
    ],
    [
      'a mount without a volume',
      { fragment: { volumeMounts: [{ mountPath: '/v' }] } },
      `${p}.fragment.volumeMounts[0].name`,
    ],
    [
      'a relative path',
      { fragment: { volumeMounts: [{ name: 'v', mountPath: 'v' }] } },
      `${p}.fragment.volumeMounts[0].mountPath`,
    ],
  ])('%s', (_what, eachContainer, path) => {
    expect(() => templateOf('t', { eachContainer })).toThrow(`${path}: `);
  });
});

describe('with parameters', () => {
  const parameters = [
    { name: 'port', type: 'port', default: 15_001 },
    { name: 'volume', type: 'dnsLabel', default: 'certs' },
  ];
  const template = templateOf('proxy', {
    parameters,
    pod: POD,
    ...each({
      env: [{ name: 'PROXY', value: 'http://127.0.0.1:${port}' }],
      volumeMounts: [{ ...MOUNT, name: '${volume}' }],
    }),
  });
  const asking = (name: string, value: string) =>
    podOf({}, { annotations: { [`parameters.outrigger.dev/${name}`]: value } });

  test('it is rendered as well', () => {
    const env = [{ name: 'PROXY', value: 'http://127.0.0.1:9000' }];
    expect(list(worked(asking('port', '9000'), template))).toMatchObject([{ env }, {}]);
  });

  test('a value that mounts something else into the application is refused', () => {
    expect(mutate(asking('volume', 'other'), template)).toMatchObject({
      reason: 'PrivilegeRaised',
      sentence: expect.stringMatching(/: proxy: eachContainer\.volumeMounts$/),
    });
  });

  test('the name of a variable cannot vary', () => {
    const env = [{ name: '${volume}', value: 'x' }];
    expect(() => templateOf('t', { parameters, pod: POD, ...each({ env }) })).toThrow(
      'spec.eachContainer.fragment.env[0].name: must be written out: it cannot vary',
    );
  });
});

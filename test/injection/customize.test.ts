import { describe, expect, test } from 'vitest';
import { injectPlan } from '../../functions/injection/apply/inject.ts';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { applyStrictly, managedFields, podOf } from '../support/pods.ts';
import { planOf, stateOf, templateOf } from '../support/templates.ts';
import { at, copyOf, namesOf } from '../support/values.ts';

type Json = Record<string, unknown>;

const PROXY = {
  name: 'proxy',
  image: 'proxy:1',
  args: ['--x'],
  env: [
    { name: 'A', value: 'ours' },
    { name: 'B', value: 'ours' },
  ],
  ports: [{ name: 'http', containerPort: 80 }],
  resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m' } },
  livenessProbe: { httpGet: { path: '/', port: 80 } },
  volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
};
const FIELDS = ['resources', 'env', 'args', 'livenessProbe'];
const template = (fields: readonly string[] = FIELDS) =>
  templateOf('proxy', {
    customization: { fields },
    pod: { spec: { containers: [PROXY], volumes: [{ name: 'conf', emptyDir: {} }] } },
  });
const bringing = (container: Json, metadata: Json = {}): RawPod =>
  podOf(
    {
      containers: [
        { name: 'proxy', ...container },
        { name: 'app', image: 'shop:1' },
      ],
    },
    metadata,
  );
const mutate = (pod: RawPod, fields?: readonly string[]): Outcome =>
  mutatePod(copyOf(pod), 'shop', stateOf([template(fields)]), planInjection, ['proxy']);

/** The container after the work, which must be done after one time, and keep its place. */
function customized(container: Json): unknown {
  const pod = bringing(container);
  Object.assign(at(pod, 'spec') ?? {}, { volumes: [{ name: 'kube-api-access', emptyDir: {} }] });
  const outcome = mutate(pod);
  expect(outcome.sentence).toBe('the templates were applied');
  const after = applyStrictly(pod, outcome.operations);
  expect(namesOf(at(after, 'spec', 'containers'))).toEqual(['proxy', 'app']);
  expect(mutate(after)).toMatchObject({ reason: 'AlreadyInjected' });
  return at(after, 'spec', 'containers', 0);
}

describe('within the fields the Pod has its way, all else is the template’s', () => {
  test.each<[what: string, container: Json, result: Json]>([
    ['only the name', {}, {}],
    ['arguments', { args: ['--mine'] }, { args: ['--mine'] }],
    [
      'a variable, and one of its own',
      { env: [{ name: 'B', value: 'mine' }, { name: 'C' }] },
      { env: [{ name: 'B', value: 'mine' }, { name: 'C' }, PROXY.env[0]] },
    ],
    [
      'of a resource, the request: its limit is not ours',
      { resources: { requests: { memory: '1Gi' } } },
      { resources: { requests: { memory: '1Gi', cpu: '100m' }, limits: { cpu: '1' } } },
    ],
    [
      'a probe of another kind, as a whole',
      { livenessProbe: { exec: { command: ['true'] } } },
      { livenessProbe: { exec: { command: ['true'] } } },
    ],
    [
      'what the API server fills in is no wish',
      {
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
      {
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    [
      'of every resource something: no limit of ours is added',
      { resources: { requests: { memory: '1Gi', cpu: '2' } } },
      { resources: { requests: { memory: '1Gi', cpu: '2' } } },
    ],
    ['what says nothing is no wish', { livenessProbe: null, workingDir: '' }, { workingDir: '' }],
    ['the image that the template has anyway', { image: 'proxy:1', ports: [{ containerPort: 80, name: 'http' }] }, {}],
  ])('%s', (_what, container, result) => {
    expect(customized(container)).toEqual({ ...PROXY, ...result });
  });

  test('the token that ServiceAccount admission has mounted stays', () => {
    const token = { name: 'kube-api-access', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    expect(at(customized({ volumeMounts: [token] }), 'volumeMounts')).toEqual([token, ...PROXY.volumeMounts]);
  });
});

describe('outside of them it is a conflict', () => {
  test.each<[what: string, container: Json]>([
    ['another image', { image: 'evil:1' }],
    ['privileges', { securityContext: { privileged: true } }],
    ['a mount', { volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    ['a port', { ports: [{ containerPort: 81 }] }],
    ['part of a port of ours', { ports: [{ containerPort: 80 }] }],
    ['a field that nobody knows', { future: true }],
    ['a restartPolicy', { restartPolicy: 'Always' }],
    ['one field within, one outside', { args: ['x'], command: ['sh'] }],
    ['another path for last words', { terminationMessagePath: '/x' }],
  ])('%s', (_what, container) => {
    expect(mutate(bringing(container))).toMatchObject({ reason: 'ContainerNameConflict', operations: [] });
  });

  test('part of a port of ours, told by the managedFields', () => {
    const brought = managedFields({ containers: ['app', 'proxy'] });
    Object.assign(at(brought, 0, 'fieldsV1', 'f:spec', 'f:containers', 'k:{"name":"proxy"}') ?? {}, { 'f:ports': {} });
    const pod = bringing({ ports: [{ containerPort: 80 }] }, { managedFields: brought });
    expect(mutate(pod)).toMatchObject({ reason: 'ContainerNameConflict' });
  });

  test('by default there are none', () => {
    expect(mutate(bringing({ args: ['--mine'] }), [])).toMatchObject({ reason: 'ContainerNameConflict' });
  });

  test('an image, where it is listed', () => {
    expect(mutate(bringing({ image: 'mine:1' }), ['image'])).toMatchObject({ reason: 'Injected' });
  });

  test('in another list, or twice with something else', () => {
    expect(mutate(podOf({ initContainers: [{ name: 'proxy' }] }))).toMatchObject({ reason: 'ContainerNameConflict' });
    const twins = podOf({ containers: [{ name: 'proxy' }, { name: 'proxy', image: 'evil:1' }] });
    expect(mutate(twins)).toMatchObject({ reason: 'ContainerNameConflict' });
  });
});

describe('a field that the Pod may set', () => {
  const whole = {
    name: 'proxy',
    image: 'proxy:1',
    imagePullPolicy: 'Always',
    resources: { claims: [{ name: 'gpu' }] },
  };
  const laid = (container: Json): unknown => {
    const fields = ['imagePullPolicy', 'resources', 'startupProbe'];
    const one = templateOf('proxy', { customization: { fields }, pod: { spec: { containers: [whole] } } });
    const pod = bringing(container);
    const outcome = mutatePod(copyOf(pod), 'shop', stateOf([one]), planInjection, ['proxy']);
    return at(applyStrictly(pod, outcome.operations), 'spec', 'containers', 0);
  };

  test('is added where it is absent, and nothing where the template has none', () => {
    expect(laid({})).toEqual(whole);
  });

  test('stays with a value that the API server may have filled in: it cannot be told from a wish', () => {
    expect(laid({ imagePullPolicy: 'IfNotPresent' })).toEqual({ ...whole, imagePullPolicy: 'IfNotPresent' });
  });
});

describe('under reinvocation', () => {
  const fields = managedFields({ containers: ['app', 'proxy'] });
  const first = (): RawPod => {
    const pod = bringing({ args: ['--mine'] }, { managedFields: brought });
    return applyStrictly(pod, mutate(pod).operations);
  };
  const brought = copyOf(fields);
  const key = at(brought, 0, 'fieldsV1', 'f:spec', 'f:containers', 'k:{"name":"proxy"}');
  Object.assign(key ?? {}, { 'f:args': {} });

  test('what another webhook has changed in it stays', () => {
    const pod = copyOf(first());
    Object.assign(at(pod, 'spec', 'containers', 0) ?? {}, { image: 'mirror.test/proxy:1', securityContext: {} });
    const again = mutate(pod);
    expect(again).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  });
});

describe('the proof lets through what customization adds, and nothing else', () => {
  const plan = planOf(template());
  const pod = bringing({});
  const injection = injectPlan(pod, plan);
  const good = 'operations' in injection ? injection.operations : [];
  test.each<[path: string, fault: boolean]>([
    ['/spec/containers/0/image', false],
    ['/spec/containers/0/securityContext', true],
    ['/spec/containers/0/name', true],
    ['/spec/containers/1/image', true],
    ['/spec/containers/-/image', true],
    ['/spec/containers//image', true],
    ['/spec/initContainers/0/image', true],
  ])('%s', (path, isFault) => {
    const value = path.endsWith('image') ? 'proxy:1' : {};
    const fault = findPatchFault(copyOf(pod), [...good, { op: 'add', path, value }], plan);
    expect(fault).toBe(isFault ? `operation on ${path}, which the templates do not name` : undefined);
  });
});

test.each<[what: string, customization: unknown, path: string]>([
  ['a text', 'env', 'spec.customization'],
  ['an unknown field', { field: ['env'] }, 'spec.customization.field'],
  ['fields that are a text', { fields: 'env' }, 'spec.customization.fields'],
  ['a field that grants', { fields: ['env', 'securityContext'] }, 'spec.customization.fields[1]'],
  ['mounts', { fields: ['volumeMounts'] }, 'spec.customization.fields[0]'],
  ['a number', { fields: [1] }, 'spec.customization.fields[0]'],
])('a template is refused: %s', (_what, customization, path) => {
  expect(() => templateOf('t', { customization })).toThrow(`${path}: `);
});

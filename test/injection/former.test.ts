import { describe, expect, test } from 'vitest';
import type { FormerVersions } from '../../functions/injection/apply/former.ts';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import type { Template } from '../../functions/template/template.ts';
import { applyStrictly, podOf } from '../support/pods.ts';
import { planOf, stateOf, templateOf } from '../support/templates.ts';
import { at, copyOf, namesOf, recordOf } from '../support/values.ts';

type Json = Record<string, unknown>;

const ROLE = { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/shop' };
const TOKEN = { name: 'kube-api-access-x2b7q', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };

/** A version of a template: its word stands in a container, an init container and a volume. */
const version = (word: string, number: string, more: Json = {}): Template =>
  templateOf(
    'agent',
    {
      parameters: [{ name: 'level', type: 'enum', values: ['info', 'debug'], default: 'info' }],
      pod: {
        spec: {
          initContainers: [{ name: 'setup', image: `setup:${word}` }],
          containers: [
            {
              name: 'agent',
              image: `agent:${word}`,
              args: [word, '${level}'],
              env: [{ name: 'WORD', value: word }],
              resources: { limits: { cpu: word === 'one' ? '2' : '1' } },
              volumeMounts: [{ name: 'conf', mountPath: `/conf-${word}` }],
            },
          ],
          volumes: [{ name: 'conf', configMap: { name: `conf-${word}` } }],
        },
      },
      ...more,
    },
    number,
  );
const [ONE, TWO, THREE] = [version('one', '1'), version('two', '2'), version('three', '3')];
const KNOWN: FormerVersions = new Map([['agent', [THREE, TWO, ONE]]]);

const mutate = (pod: RawPod, present: Template, versions?: FormerVersions | 'status', record: Json = {}): Outcome =>
  mutatePod(copyOf(pod), 'shop', stateOf([present], record), planInjection, ['agent'], undefined, versions);
const injectedBy = (template: Template, pod = podOf(), record: Json = {}): RawPod =>
  applyStrictly(pod, mutate(pod, template, undefined, record).operations);
const containerOf = (pod: RawPod, name = 'agent'): Json => {
  const list = ['initContainers', 'containers'].flatMap((key) => [at(pod, 'spec', key)].flat());
  return { ...recordOf(list.find((one) => at(one, 'name') === name)) };
};

describe.each(['history', 'status'] as const)('what an earlier version injected, by %s', (by) => {
  const versions = by === 'history' ? KNOWN : by;

  test('is brought to the present version, container, init container and volume', () => {
    const before = injectedBy(ONE);
    expect(mutate(before, THREE)).toMatchObject({ reason: 'ContainerNameConflict' });
    const outcome = mutate(before, THREE, versions);
    expect(outcome).toMatchObject({ reason: 'Injected' });
    expect(outcome.warnings).toHaveLength(3);
    const after = applyStrictly(before, outcome.operations);
    expect(recordOf(after)['spec']).toEqual(recordOf(injectedBy(THREE))['spec']);
    expect(at(after, 'metadata', 'annotations')).toEqual(at(injectedBy(THREE), 'metadata', 'annotations'));
    expect(mutate(after, THREE)).toMatchObject({ reason: 'AlreadyInjected' });
  });

  test('a volume of the earlier version is replaced in its own place where the present one deletes another', () => {
    const volumes = [
      { name: 'conf', configMap: { name: 'conf-new' }, $retainKeys: ['name', 'configMap'] },
      { name: 'old', $patch: 'delete' },
    ];
    const agent = { name: 'agent', image: 'agent:new', volumeMounts: [{ name: 'conf', mountPath: '/conf-new' }] };
    const present = templateOf('agent', { pod: { spec: { containers: [agent], volumes } } }, '4');
    const pod = podOf({
      volumes: [
        { name: 'old', emptyDir: {} },
        { name: 'mine', emptyDir: {} },
      ],
    });
    const before = injectedBy(ONE, pod);
    const moved = copyOf(before);
    const list = [at(moved, 'spec', 'volumes')].flat();
    Object.assign(recordOf(at(moved, 'spec')), { volumes: [list[0], list[2], list[1]] });
    const outcome = mutate(moved, present, versions);
    expect(outcome).toMatchObject({ reason: 'Injected' });
    expect(at(applyStrictly(moved, outcome.operations), 'spec', 'volumes')).toEqual([
      { name: 'conf', configMap: { name: 'conf-new' } },
      { name: 'mine', emptyDir: {} },
    ]);
  });

  test('with the Pod’s own parameters', () => {
    const asking = podOf({}, { annotations: { 'parameters.outrigger.dev/level': 'debug' } });
    const after = applyStrictly(asking, mutate(injectedBy(TWO, asking), THREE, versions).operations.slice(0, 0));
    expect(after).toEqual(asking);
    const before = injectedBy(TWO, asking);
    const outcome = mutate(before, THREE, versions);
    expect(containerOf(applyStrictly(before, outcome.operations))['args']).toEqual(['three', 'debug']);
  });

  test('what admission and LimitRanger added stays, what the API server made of the old limits does not', () => {
    const before = injectedBy(ONE);
    const agent = recordOf(at(before, 'spec', 'containers', 1));
    Object.assign(agent, {
      imagePullPolicy: 'IfNotPresent',
      env: [...[agent['env']].flat(), ROLE],
      volumeMounts: [...[agent['volumeMounts']].flat(), TOKEN],
      resources: { limits: { cpu: '2' }, requests: { cpu: '2', memory: '64Mi' } },
    });
    Object.assign(recordOf(at(before, 'spec')), {
      volumes: [...[at(before, 'spec', 'volumes')].flat(), { name: TOKEN.name, emptyDir: {} }],
    });
    const after = containerOf(applyStrictly(before, mutate(before, THREE, versions).operations));
    expect(namesOf(after['env'])).toEqual(['AWS_ROLE_ARN', 'WORD']);
    expect(namesOf(after['volumeMounts'])).toEqual([TOKEN.name, 'conf']);
    const memory = by === 'history' ? { requests: { memory: '64Mi' } } : {};
    expect(after['resources']).toEqual({ limits: { cpu: '1' }, ...memory });
  });

  test('what the Pod may set stays', () => {
    const leave = { customization: { fields: ['env', 'resources'] } };
    const [one, three] = [version('one', '1', leave), version('three', '3', leave)];
    const own = { name: 'agent', env: [{ name: 'MINE', value: '1' }], resources: { requests: { cpu: '50m' } } };
    const before = injectedBy(one, podOf({ containers: [{ name: 'app', image: 'shop:1' }, own] }));
    const outcome = mutate(before, three, by === 'history' ? new Map([['agent', [one]]]) : by);
    const after = containerOf(applyStrictly(before, outcome.operations));
    expect(after).toMatchObject({ image: 'agent:three', resources: { requests: { cpu: '50m' } } });
    expect(namesOf(after['env'])).toEqual(['MINE', 'WORD']);
  });
});

describe('what no version made is the Pod’s own', () => {
  test.each<[what: string, change: (agent: Json) => void]>([
    ['a command', (agent) => Object.assign(agent, { command: ['sleep', 'inf'] })],
    ['privileges', (agent) => Object.assign(agent, { securityContext: { privileged: true } })],
    ['an image', (agent) => Object.assign(agent, { image: 'evil:1' })],
    ['a variable', (agent) => Object.assign(agent, { env: [{ name: 'LD_PRELOAD', value: 'x' }] })],
    ['an argument', (agent) => Object.assign(agent, { args: ['one', 'debug'] })],
  ])('%s', (_what, change) => {
    const before = copyOf(injectedBy(ONE));
    change(recordOf(at(before, 'spec', 'containers', 1)));
    expect(mutate(before, THREE, KNOWN)).toMatchObject({ reason: 'ContainerNameConflict', operations: [] });
  });

  test('a volume', () => {
    const before = copyOf(injectedBy(ONE));
    Object.assign(recordOf(at(before, 'spec', 'volumes', 0)), { configMap: { name: 'evil' } });
    expect(mutate(before, THREE, KNOWN)).toMatchObject({ reason: 'VolumeNameConflict', operations: [] });
  });

  test('the annotation makes nothing ours for the webhook', () => {
    const forged = injectedBy(ONE);
    Object.assign(recordOf(at(forged, 'spec', 'containers', 1)), { image: 'evil:1' });
    expect(mutate(forged, THREE, new Map([['agent', [THREE, TWO]]]))).toMatchObject({ verdict: 'fail' });
    expect(mutate(forged, THREE, KNOWN)).toMatchObject({ verdict: 'fail' });
  });

  test.each<[what: string, annotation: string | undefined]>([
    ['no annotation', undefined],
    ['one that is no JSON', '{'],
    [
      'one of the present content',
      JSON.stringify({
        templates: [{ name: 'agent', version: '3', hash: THREE.hash }],
        containers: ['agent', 'setup'],
      }),
    ],
    [
      'one without the container',
      JSON.stringify({ templates: [{ name: 'agent', version: '1', hash: ONE.hash }], containers: ['setup'] }),
    ],
    [
      'one of another template',
      JSON.stringify({ templates: [{ name: 'other', version: '1', hash: ONE.hash }], containers: ['agent', 'setup'] }),
    ],
  ])('nor for the command: %s', (_what, annotation) => {
    const before = copyOf(injectedBy(ONE));
    const annotations = annotation === undefined ? {} : { 'outrigger.dev/status': annotation };
    Object.assign(recordOf(at(before, 'metadata')), { annotations });
    expect(mutate(before, THREE, 'status')).toMatchObject({ reason: 'ContainerNameConflict' });
  });

  test('nor a volume that a container of the Pod mounts too', () => {
    const before = copyOf(injectedBy(ONE));
    Object.assign(recordOf(at(before, 'spec', 'containers', 0)), { volumeMounts: [{ name: 'conf', mountPath: '/c' }] });
    expect(mutate(before, THREE, 'status')).toMatchObject({ reason: 'VolumeNameConflict' });
  });

  test('a version that cannot be rendered for the Pod, or whose values it may not have, is passed over', () => {
    const before = injectedBy(ONE);
    const odd = version('odd', '2', {
      parameters: [{ name: 'level', type: 'enum', values: ['info', 'debug'], required: true }],
    });
    expect(mutate(before, THREE, new Map([['agent', [odd, ONE]]]))).toMatchObject({ reason: 'Injected' });
    expect(mutate(before, THREE, new Map([['agent', [odd]]]))).toMatchObject({ reason: 'ContainerNameConflict' });
  });
});

test.each([
  [true, { restartPolicy: 'Always' }],
  [false, {}],
])('sidecars as the Kubernetes cluster has them, native: %s', (nativeSidecars, more) => {
  const native = (word: string): Template =>
    templateOf('agent', {
      pod: { spec: { initContainers: [{ name: 'agent', image: `agent:${word}`, restartPolicy: 'Always' }] } },
    });
  const record = { nativeSidecars };
  const before = injectedBy(native('one'), podOf(), record);
  const outcome = mutate(before, native('two'), new Map([['agent', [native('one')]]]), record);
  expect(outcome).toMatchObject({ reason: 'Injected' });
  const after = applyStrictly(before, outcome.operations);
  expect(containerOf(after)).toEqual({ name: 'agent', image: 'agent:two', ...more });
  expect(namesOf(at(after, 'spec', nativeSidecars ? 'initContainers' : 'containers'))).toContain('agent');
});

describe('the proof lets a whole container take the place of its namesake, and of no other', () => {
  const plan = planOf(THREE);
  const pod = injectedBy(ONE);
  test.each<[path: string, name: string, isFault: boolean]>([
    ['/spec/containers/1', 'agent', false],
    ['/spec/containers/0', 'agent', true],
    ['/spec/containers/0', 'app', true],
    ['/spec/containers/1', 'app', true],
    ['/spec/initContainers/0', 'agent', true],
    ['/spec/containers/-', 'agent', true],
    ['/spec/containers/constructor', 'agent', true],
  ])('%s by %s', (path, name, isFault) => {
    const value = plan.containers.map(({ container }) => ({ ...container, name }))[0];
    const fault = findPatchFault(copyOf(pod), [{ op: 'replace', path, value }], plan) ?? '';
    expect(fault.includes('which the templates do not name')).toBe(isFault);
  });
});

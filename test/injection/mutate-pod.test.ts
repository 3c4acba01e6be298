import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import { type Outcome, skipped } from '../../functions/injection/outcome.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { OPERATIONS_MAX } from '../../functions/limits.ts';
import type { Template } from '../../functions/template/template.ts';
import { applyStrictly, podOf } from '../support/pods.ts';
import { oneContainer, stateOf, templateOf } from '../support/templates.ts';
import { at, copyOf, namesOf } from '../support/values.ts';

const CLASH = podOf({ containers: [{ name: 'app' }, { name: 'proxy', image: 'mine:1' }] });
const UNMOUNTED = {
  spec: { containers: [{ name: 'proxy', image: 'p:1', volumeMounts: [{ name: 'gone', mountPath: '/x' }] }] },
};

function mutate(pod: RawPod, templates: readonly Template[], asked = templates.map((t) => t.name)): Outcome {
  return mutatePod(copyOf(pod), 'shop', stateOf(templates, { policy: 'disabled' }), createPlanMemo(), asked);
}

describe('verdict, reason and sentence', () => {
  const proxy = templateOf('proxy');
  const other = templateOf('other', { pod: { spec: { containers: [{ name: 'proxy', image: 'other:1' }] } } });
  const beside = templateOf('proxy', { placement: { containers: { before: 'gone' } } });
  const mounting = templateOf('proxy', { pod: UNMOUNTED });
  const done = applyStrictly(podOf(), mutate(podOf(), [proxy]).operations);

  test.each<[what: string, pod: RawPod, templates: Template[], asked: string[], verdict: string, sentence: string]>([
    ['Injected', podOf(), [proxy], ['proxy'], 'inject', 'the templates were applied'],
    ['AlreadyInjected', done, [proxy], ['proxy'], 'inject', 'all that the templates add is there already'],
    [
      'NoTemplate',
      podOf(),
      [proxy],
      [],
      'skip',
      'no template is a default of the cluster, matches the Pod or is named by it',
    ],
    ['UnknownTemplate', podOf(), [proxy], ['nope'], 'deny', 'the Pod asks for a template that does not exist: "nope"'],
    [
      'TemplateConflict',
      podOf(),
      [proxy, other],
      ['proxy', 'other'],
      'fail',
      'the chosen templates cannot be applied together: proxy and an earlier template differ in container proxy',
    ],
    [
      'ContainerNameConflict',
      CLASH,
      [proxy],
      ['proxy'],
      'fail',
      'the Pod brings a container of the same name that differs from the template: proxy',
    ],
    [
      'PlacementTargetMissing',
      podOf(),
      [beside],
      ['proxy'],
      'fail',
      'the container that the template is placed beside is not in the Pod: gone',
    ],
    [
      'MalformedPod',
      { metadata: {} },
      [proxy],
      ['proxy'],
      'fail',
      'the Pod is not of the shape that the Kubernetes API has: spec is not an object',
    ],
    [
      'VerificationFailed',
      podOf(),
      [mounting],
      ['proxy'],
      'fail',
      'the patch did not pass verification and was not sent: container proxy mounts gone, which is no volume of the Pod',
    ],
  ])('%s', (reason, pod, templates, asked, verdict, sentence) => {
    const outcome = mutate(pod, templates, asked);
    expect(outcome).toMatchObject({ verdict, reason, sentence });
    expect(outcome.operations.length > 0).toBe(reason === 'Injected');
  });

  test('the templates that were applied or that failed are told', () => {
    expect(mutate(podOf(), [proxy]).templates.map((t) => t.name)).toEqual(['proxy']);
    expect(mutate(CLASH, [proxy]).templates.map((t) => t.name)).toEqual(['proxy']);
    expect(mutate(podOf(), [proxy], []).templates).toEqual([]);
  });

  test('warnings of the decision are kept, whatever happens next', () => {
    const odd = { metadata: { labels: { 'outrigger.dev/inject': 'yes' } } };
    for (const pod of [{ ...podOf(), ...odd }, { ...CLASH, ...odd }, odd]) {
      expect(mutate(pod, [proxy]).warnings).toHaveLength(1);
    }
  });

  test('of warnings about security the first eight', () => {
    const redirect = {
      name: 'r',
      image: 'r:1',
      securityContext: { runAsUser: 7, capabilities: { add: ['NET_ADMIN'] } },
    };
    const mesh = templateOf('mesh', { pod: { spec: { initContainers: [redirect] } } });
    const containers = Array.from({ length: 10 }, (_, i) => ({ name: `c${i}`, securityContext: { runAsUser: 7 } }));
    const { warnings } = mutate(podOf({ containers }), [mesh]);
    const named = warnings.map((warning) => /^outrigger: container (\w+) runs as user 7/.exec(warning)?.[1]);
    expect(named).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7']);
  });

  test('a patch of more operations than an answer has room for is not sent', () => {
    const labels = Object.fromEntries(Array.from({ length: OPERATIONS_MAX }, (_, i) => [`l${i}`, 'x']));
    const many = templateOf('proxy', { pod: { metadata: { labels } } });
    expect(mutate(podOf({}, { labels: { a: 'b' } }), [many])).toMatchObject({
      reason: 'PatchTooLarge',
      operations: [],
      sentence: expect.stringMatching(/: more than 8192 operations$/),
    });
  });

  test('a guard has its own outcome', () => {
    expect(skipped('NotCreate')).toEqual({
      verdict: 'skip',
      reason: 'NotCreate',
      sentence: 'Pods are injected when they are created, never later',
      templates: [],
      operations: [],
      warnings: [],
      failureMode: 'Defer',
    });
  });
});

describe('when several templates fail, Closed beats Defer beats Open', () => {
  const withMode = (failureMode: string, i: number) =>
    templateOf(`t${i}`, { failureMode, pod: i === 0 ? oneContainer('proxy') : oneContainer(`t${i}`) });
  test.each([
    [['Open'], 'Open'],
    [['Defer'], 'Defer'],
    [['Closed'], 'Closed'],
    [['Open', 'Open'], 'Open'],
    [['Open', 'Defer'], 'Defer'],
    [['Defer', 'Open'], 'Defer'],
    [['Open', 'Closed'], 'Closed'],
    [['Closed', 'Defer'], 'Closed'],
    [['Open', 'Defer', 'Closed'], 'Closed'],
  ])('%j: %s', (modes, strictest) => {
    expect(mutate(CLASH, modes.map(withMode))).toMatchObject({
      verdict: 'fail',
      reason: 'ContainerNameConflict',
      failureMode: strictest,
    });
  });

  test('a missing default template has no mode of its own: the cluster decides', () => {
    const state = stateOf([], { defaultTemplates: ['gone'] });
    expect(mutatePod(podOf(), 'shop', state, createPlanMemo())).toMatchObject({
      reason: 'DefaultTemplateMissing',
      failureMode: 'Defer',
    });
  });
});

test('several templates at once: each goes where it asks to', () => {
  const first = templateOf('first', { order: 1, placement: { containers: 'First' } });
  const last = templateOf('last', { order: 2 });
  const { operations } = mutate(podOf(), [last, first]);
  expect(namesOf(at(applyStrictly(podOf(), operations), 'spec', 'containers'))).toEqual(['first', 'app', 'last']);
});

// Fault 48: a label that a controller selects by, owners and finalizers are never touched.
test('who owns the Pod stays as it is', () => {
  const metadata = {
    labels: { 'pod-template-hash': 'abc', app: 'x' },
    ownerReferences: [{ uid: '1' }],
    finalizers: ['x'],
    managedFields: [{ manager: 'x' }],
  };
  const { operations } = mutate(podOf({}, metadata), [
    templateOf('proxy', { pod: { metadata: { labels: { new: '1' } } } }),
  ]);
  expect(operations.map((o) => o.path)).toEqual(['/metadata/labels/new', '/metadata/annotations']);
});

describe('cost grows with the Pod, not faster', () => {
  const env = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `V${i}`, value: 'x' }));
  test.each<[what: string, pod: RawPod]>([
    ['1,000 containers', podOf({ containers: Array.from({ length: 1_000 }, (_, i) => ({ name: `c${i}` })) })],
    ['10,000 variables', podOf({ containers: [{ name: 'app', env: env(10_000) }] })],
    ['10,000 volumes', podOf({ volumes: Array.from({ length: 10_000 }, (_, i) => ({ name: `v${i}` })) })],
    ['256 KiB of annotations', podOf({}, { annotations: { big: 'x'.repeat(256 * 1024) } })],
    [
      '100,000 labels',
      podOf({}, { labels: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 'v'])) }),
    ],
  ])('%s', (_what, pod) => {
    const template = templateOf('proxy');
    const state = stateOf([template]);
    const started = performance.now();
    expect(mutatePod(pod, 'shop', state, createPlanMemo(), ['proxy']).reason).toBe('Injected');
    expect(performance.now() - started).toBeLessThan(500);
  });
});

import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { applyStrictly, podOf } from '../support/pods.ts';
import { oneContainer, stateOf, templateOf } from '../support/templates.ts';
import { copyOf } from '../support/values.ts';

type Json = Record<string, unknown>;

const mutate = (pod: ReturnType<typeof podOf>, spec: Json, metadata: Json = {}) => {
  const template = templateOf('t', { pod: { metadata, spec: { ...(oneContainer('t')['spec'] as Json), ...spec } } });
  return mutatePod(copyOf(pod), 'shop', stateOf([template]), planInjection, ['t']);
};

describe('what a template overwrites is a warning with both values', () => {
  test.each<[what: string, pod: Json, spec: Json, warnings: readonly string[]]>([
    [
      'the grace period',
      { terminationGracePeriodSeconds: 120 },
      { terminationGracePeriodSeconds: 60 },
      ["spec.terminationGracePeriodSeconds: 60 of the templates in place of the Pod's 120"],
    ],
    [
      'the ServiceAccount',
      { serviceAccountName: 'cart' },
      { serviceAccountName: 'mesh' },
      [`spec.serviceAccountName: "mesh" of the templates in place of the Pod's "cart"`],
    ],
    [
      'a key of the nodeSelector',
      { nodeSelector: { 'node.kubernetes.io/disk': 'hdd', a: 'b' } },
      { nodeSelector: { 'node.kubernetes.io/disk': 'ssd', c: 'd' } },
      [`spec.nodeSelector["node.kubernetes.io/disk"]: "ssd" of the templates in place of the Pod's "hdd"`],
    ],
    [
      'fsGroup',
      { securityContext: { fsGroup: 1000 } },
      { securityContext: { fsGroup: 2000 } },
      ["spec.securityContext.fsGroup: 2000 of the templates in place of the Pod's 1000"],
    ],
    [
      'priority',
      { priorityClassName: 'high' },
      { priorityClassName: 'low' },
      [`spec.priorityClassName: "low" of the templates in place of the Pod's "high"`],
    ],
    [
      'a list as a whole',
      { dnsConfig: { nameservers: ['1.1.1.1'] } },
      { dnsConfig: { nameservers: ['2.2.2.2'] } },
      ["spec.dnsConfig.nameservers: list of the templates in place of the Pod's list"],
    ],
    [
      'a field that the template takes away',
      { nodeSelector: { disk: 'hdd' } },
      { nodeSelector: { disk: null } },
      [`spec.nodeSelector.disk: the templates take away the Pod's "hdd"`],
    ],
    [
      'a long value',
      { hostname: 'x'.repeat(63) },
      { hostname: 'y' },
      [`spec.hostname: "y" of the templates in place of the Pod's "${'x'.repeat(22)}…`],
    ],
    [
      'defaults that nobody wrote',
      { terminationGracePeriodSeconds: 30, dnsPolicy: 'ClusterFirst', serviceAccountName: 'default' },
      { terminationGracePeriodSeconds: 60, dnsPolicy: 'Default', serviceAccountName: 'mesh' },
      [],
    ],
    ['the same in other words', { nodeSelector: { a: 'b' } }, { nodeSelector: { a: 'b' } }, []],
    ['what the Pod has not', {}, { terminationGracePeriodSeconds: 60 }, []],
  ])('%s', (_what, spec, template, warnings) => {
    const pod = podOf(spec);
    const outcome = mutate(pod, template);
    expect(outcome.warnings).toEqual(warnings.map((w) => `outrigger: ${w}`));
    // A second injection finds nothing to overwrite.
    const again = mutate(applyStrictly(pod, outcome.operations), template);
    expect(again).toMatchObject({ reason: 'AlreadyInjected', warnings: [] });
  });

  test('of an annotation only the length: it may hold a secret', () => {
    const pod = podOf({}, { annotations: { 'example.com/a': 'hunter2', 'outrigger.dev/status': 'old' } });
    const { warnings } = mutate(pod, {}, { annotations: { 'example.com/a': 'other-secret' } });
    expect(warnings).toEqual([
      `outrigger: metadata.annotations["example.com/a"]: 12 characters of the templates in place of the Pod's 7 characters`,
    ]);
  });

  const SECRET = 'hunter2-hunter2';
  test.each<[what: string, metadata: Json]>([
    ['values', { annotations: { a: SECRET }, labels: { l: SECRET } }],
    ['values that are no texts', { annotations: { a: { x: SECRET } }, labels: { l: [SECRET] } }],
    ['a text in place of the maps', { annotations: SECRET, labels: SECRET }],
    ['lists in place of the maps', { annotations: [SECRET], labels: [SECRET] }],
    ['what we read ourselves', { annotations: { a: SECRET, 'outrigger.dev/inject': SECRET }, labels: { l: SECRET } }],
    ['a parameter that nothing has', { annotations: { a: SECRET, 'parameters.outrigger.dev/x': SECRET } }],
  ])('nothing of an annotation or label is repeated: %s', (_what, metadata) => {
    const outcome = mutate(podOf({}, metadata), {}, { annotations: { a: 'x' }, labels: { l: 'y' } });
    expect(outcome.reason).toBe('Injected');
    expect(outcome.warnings).not.toHaveLength(0);
    expect(JSON.stringify([outcome.sentence, outcome.warnings])).not.toContain('hunter2');
  });

  test('of many, some', () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const selector = (value: string): Json => Object.fromEntries(keys.map((key) => [key, value]));
    expect(mutate(podOf({ nodeSelector: selector('a') }), { nodeSelector: selector('b') }).warnings).toHaveLength(8);
  });
});

describe('image: auto', () => {
  test('of a Pod that leaves the image to us is refused with a sentence', () => {
    const template = templateOf('t', { customization: { fields: ['image'] } });
    const pod = podOf({
      containers: [
        { name: 'app', image: 'a:1' },
        { name: 't', image: 'auto' },
      ],
    });
    expect(mutatePod(copyOf(pod), 'shop', stateOf([template]), planInjection, ['t'])).toMatchObject({
      reason: 'ContainerNameConflict',
      sentence: expect.stringMatching(
        /t has image: auto, which names no image here; write the template's, registry\.test\/t:1$/,
      ),
    });
  });

  test('of another container is none of our business', () => {
    expect(mutate(podOf({ containers: [{ name: 'app', image: 'auto' }] }), {}).reason).toBe('Injected');
  });

  test('of a template is a fault', () => {
    expect(() => templateOf('t', { pod: { spec: { containers: [{ name: 't', image: 'auto' }] } } })).toThrow(
      'spec.pod.spec.containers[0].image: auto names no image here',
    );
  });
});

import { describe, expect, test } from 'vitest';
import { warningsAboutOverwrites } from '../../functions/injection/apply/overwrite-warnings.ts';
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

describe('what an operation overwrites, in words', () => {
  const pod = podOf(
    {
      tolerations: [{ key: 'a', operator: 'Equal' }],
      dnsConfig: { searches: ['x'] },
      securityContext: { runAsUser: 1 },
      hostname: 'x'.repeat(22),
      subdomain: 'x'.repeat(23),
      priority: 0,
      overhead: { priority: 0 },
      empty: null,
    },
    { annotations: { a: 'secret', 'outrigger.dev/x': 'ours', n: 7 }, labels: { 'a/b~c': 'd' } },
  );
  const replaced = (path: string, ours: unknown = 1) =>
    warningsAboutOverwrites(pod, [{ op: 'replace', path, value: ours }]);
  const removed = (path: string) => warningsAboutOverwrites(pod, [{ op: 'remove', path }]);
  const inPlace = (path: string, before: string, ours = '1') => [
    `outrigger: ${path}: ${ours} of the templates in place of the Pod's ${before}`,
  ];
  const gone = (path: string, before: string) => [`outrigger: ${path}: the templates take away the Pod's ${before}`];

  test('a field of an element of a list, by its place', () => {
    expect(replaced('/spec/tolerations/0/operator')).toEqual(inPlace('spec.tolerations[0].operator', '"Equal"'));
    expect(replaced('/spec/tolerations/0')).toEqual(inPlace('spec.tolerations[0]', 'map'));
    expect(removed('/spec/tolerations/0/operator')).toEqual(gone('spec.tolerations[0].operator', '"Equal"'));
  });

  test('a list and a map, by their kind', () => {
    expect(replaced('/spec/dnsConfig/searches', { a: 1 })).toEqual(inPlace('spec.dnsConfig.searches', 'list', 'map'));
    expect(replaced('/spec/dnsConfig', ['a'])).toEqual(inPlace('spec.dnsConfig', 'map', 'list'));
    expect(replaced('/spec/securityContext/runAsUser', null)).toEqual(
      inPlace('spec.securityContext.runAsUser', '1', 'null'),
    );
  });

  test('a text of 24 characters whole, a longer one cut', () => {
    expect(replaced('/spec/hostname')).toEqual(inPlace('spec.hostname', `"${'x'.repeat(22)}"`));
    expect(replaced('/spec/subdomain')).toEqual(inPlace('spec.subdomain', `"${'x'.repeat(22)}…`));
  });

  test('an annotation and a label, whose key is escaped, by their lengths', () => {
    expect(replaced('/metadata/annotations/a', 'longer one')).toEqual(
      inPlace('metadata.annotations.a', '6 characters', '10 characters'),
    );
    expect(removed('/metadata/annotations/n')).toEqual(gone('metadata.annotations.n', '0 characters'));
    expect(removed('/metadata/labels/a~1b~0c')).toEqual(gone('metadata.labels["a/b~c"]', '1 characters'));
  });

  test('null counts as a value that the Pod has; a default does only where it is none', () => {
    expect(replaced('/spec/empty')).toEqual(inPlace('spec.empty', 'null'));
    expect(replaced('/spec/overhead/priority')).toEqual(inPlace('spec.overhead.priority', '0'));
  });

  test.each([
    '/spec/tolerations/0',
    '/spec/priority',
    '/spec/absent',
    '/metadata/annotations/outrigger.dev~1x',
  ])('nothing is said where %s goes', (path) => {
    expect(removed(path)).toEqual([]);
  });

  test('nor where something is added or moved, or stands nowhere', () => {
    const none = warningsAboutOverwrites(pod, [
      { op: 'add', path: '/spec/hostname', value: 'y' },
      { op: 'move', from: '/spec/tolerations/0', path: '/spec/tolerations/1' },
      { op: 'replace', path: '/spec/tolerations/x', value: 1 },
      { op: 'replace', path: '/spec/tolerations/1', value: 1 },
      { op: 'replace', path: '/spec/hostname/0', value: 1 },
    ]);
    expect(none).toEqual([]);
  });
});

import jsonPatch, { type AddOperation, type Operation } from 'fast-json-patch';
import { describe, expect, test, vi } from 'vitest';
import type { Plan } from '../../functions/injection/plan/plan.ts';
import { findPatchFault } from '../../functions/injection/prove/verify.ts';
import { annotationBytes } from '../../functions/kubernetes/annotation-size.ts';
import { mapOf } from '../../functions/kubernetes/pod.ts';
import { ANNOTATION_BYTES_MAX } from '../../functions/limits.ts';
import { applyStrictly, operationsFor, podOf } from '../support/pods.ts';
import { planOf, templateWithPod } from '../support/templates.ts';
import { at, copyOf } from '../support/values.ts';

const PROXY = { name: 'proxy', image: 'proxy:1', volumeMounts: [{ name: 'conf', mountPath: '/conf' }] };
const CONF = { name: 'conf', emptyDir: {} };
const PLAN = planOf(
  templateWithPod({
    metadata: { labels: { sidecar: 'yes' } },
    spec: { containers: [PROXY], volumes: [CONF], securityContext: { fsGroup: 1 } },
  }),
);
const GOOD = operationsFor(podOf(), PLAN);

const add = (path: string, value: unknown): Operation => ({ op: 'add', path, value });
const without = (path: string) => GOOD.filter((o) => o.path !== path);
const fault = (operations: readonly Operation[], plan: Plan = PLAN, pod = podOf()) =>
  findPatchFault(copyOf(pod), operations, plan);

test('a patch of ours has no fault', () => {
  expect(fault(GOOD)).toBeUndefined();
});

test('it has been applied to the Pod afterwards', () => {
  const pod = podOf();
  const after = applyStrictly(pod, GOOD);
  expect(findPatchFault(pod, GOOD, PLAN)).toBeUndefined();
  expect(pod).toEqual(after);
});

test('asked twice about the same operations it says the same', () => {
  expect([fault(GOOD), fault(GOOD)]).toEqual([undefined, undefined]);
});

test('an addition that was found well-formed is not walked again, but its parent must be there', () => {
  const additions = GOOD.filter(({ op }) => op === 'add');
  fault(additions);
  const walk = vi.spyOn(jsonPatch, 'validator');
  try {
    fault(additions);
    expect(walk).not.toHaveBeenCalled();
    expect(fault(additions, PLAN, { ...podOf(), spec: {} })).toBe('does not apply: OPERATION_PATH_CANNOT_ADD');
  } finally {
    walk.mockRestore();
  }
});

test('a replacement that has passed must find its field in the next Pod as well', () => {
  const replacing = Object.freeze<Operation>({ op: 'replace', path: '/spec/securityContext', value: { fsGroup: 1 } });
  const had = podOf({ securityContext: { fsGroup: 2 } });
  expect(fault([replacing], PLAN, had)).toBe('container proxy would not be there exactly once');
  expect(fault([replacing])).toBe('does not apply: OPERATION_PATH_UNRESOLVABLE');
});

test('an addition that has passed and may have changed since is walked again', () => {
  const value: unknown = { fsGroup: 1 };
  const addition: AddOperation<unknown> = { op: 'add', path: '/spec/securityContext', value };
  expect(fault([addition])).toBe('container proxy would not be there exactly once');
  addition.value = undefined;
  expect(fault([addition])).toBe('does not apply: OPERATION_VALUE_REQUIRED');
});

describe('an operation that the templates do not name', () => {
  const stray: [what: string, operation: Operation][] = [
    ['the name of the Pod', { op: 'replace', path: '/metadata/name', value: 'other' }],
    ['a finalizer', add('/metadata/finalizers', ['x'])],
    ['owners', add('/metadata/ownerReferences', [])],
    ['the host network', add('/spec/hostNetwork', true)],
    ['the service account', add('/spec/serviceAccountName', 'admin')],
    ['an init container where the templates have none', add('/spec/initContainers', [PROXY])],
    ['a field of a container of the Pod', add('/spec/containers/0/securityContext', { privileged: true })],
    ['a whole container of the Pod', { op: 'replace', path: '/spec/containers/0', value: PROXY }],
    ['all containers', { op: 'replace', path: '/spec/containers', value: [PROXY] }],
    ['a removal, by index or not (defect 5)', { op: 'remove', path: '/spec/securityContext' }],
    ['a removed container', { op: 'remove', path: '/spec/containers/0' }],
    ['a move', { op: 'move', from: '/spec/containers/0', path: '/spec/containers/-' }],
    ['a copy', { op: 'copy', from: '/spec/containers/0', path: '/spec/containers/-' }],
    ['a test', { op: 'test', path: '/metadata/labels', value: {} }],
    ['the whole Pod', add('', {})],
    ['the status', add('/status', {})],
    ['another root', add('/kind', 'Node')],
    ['an escaped neighbour of a field', add('/spec/volumes~1x', [])],
    ['an inherited name', add('/constructor/prototype', {})],
    ['a prototype', add('/spec/__proto__', {})],
  ];
  test.each(stray)('%s', (_what, operation) => {
    expect(fault([...GOOD, operation])).toBe(`operation on ${operation.path}, which the templates do not name`);
  });

  test('the same operation, first of a plan that names it, then of one that does not', () => {
    const bare = planOf(templateWithPod({ metadata: { labels: { x: 'y' } } }));
    expect(fault(GOOD)).toBeUndefined();
    expect(fault(GOOD, bare)).toMatch(/^operation on .*, which the templates do not name$/);
  });
});

describe('a patch that does not apply', () => {
  test.each<[what: string, operation: Operation]>([
    ['into a list that is not there (defect 1)', add('/spec/volumes/-', CONF)],
    ['into a map that is not there (defect 1)', add('/metadata/annotations/x', 'y')],
    ['behind the end of a list', add('/spec/containers/9', PROXY)],
    ['a replacement of what is not there', { op: 'replace', path: '/spec/securityContext/fsGroup', value: 1 }],
    ['no value', { op: 'add', path: '/spec/securityContext', value: undefined }],
  ])('%s', (_what, operation) => {
    expect(fault([operation])).toMatch(/^does not apply: [A-Z_]+$/);
  });

  test('the sentence holds nothing of the Pod', () => {
    const pod = podOf({ containers: [{ name: 'app', env: [{ name: 'PASSWORD', value: 'hunter2' }] }] });
    expect(fault([add('/spec/volumes/-', CONF)], PLAN, pod)).not.toContain('hunter2');
  });
});

describe('a patch with a bad result', () => {
  const EMPTY = podOf({ volumes: [] });
  const twice = podOf({ containers: [{ name: 'app' }, PROXY] });
  test.each<[what: string, operations: readonly Operation[], pod: ReturnType<typeof podOf>, sentence: string]>([
    ['a container twice', GOOD, twice, 'container proxy would not be there exactly once'],
    [
      'the name among ephemeral containers',
      GOOD,
      podOf({ ephemeralContainers: [{ name: 'proxy' }] }),
      'container proxy would not be there exactly once',
    ],
    ['a container missing', without('/spec/containers/-'), podOf(), 'container proxy would not be there exactly once'],
    ['a volume missing', without('/spec/volumes'), podOf(), 'volume conf would not be there exactly once'],
    [
      'a volume twice',
      [...operationsFor(EMPTY, PLAN), add('/spec/volumes/-', CONF)],
      EMPTY,
      'volume conf would not be there exactly once',
    ],
    ['a label missing', without('/metadata/labels'), podOf(), 'a second injection would change the Pod again'],
    ['half of the work', without('/spec/securityContext'), podOf(), 'a second injection would change the Pod again'],
    ['no work at all', [], podOf(), 'container proxy would not be there exactly once'],
  ])('%s', (_what, operations, pod, sentence) => {
    expect(fault(operations, PLAN, pod)).toBe(sentence);
  });

  test('a mount without its volume', () => {
    const plan = planOf(templateWithPod({ spec: { containers: [PROXY] } }));
    expect(fault(operationsFor(podOf(), plan), plan)).toBe(
      'container proxy mounts conf, which is no volume of the Pod',
    );
  });

  test('a mount of a volume that the Pod brought is fine', () => {
    const plan = planOf(templateWithPod({ spec: { containers: [PROXY] } }));
    const pod = podOf({ volumes: [CONF] });
    expect(fault(operationsFor(pod, plan), plan, pod)).toBeUndefined();
  });
});

describe('annotations, of which the API server takes 256 KiB for one object', () => {
  const OURS = annotationBytes(mapOf(mapOf(PLAN.fragment, 'metadata'), 'annotations'));
  const tooMany = `the Pod would have more than ${ANNOTATION_BYTES_MAX} bytes of annotations`;
  test.each<[what: string, bytes: number, sentence: string | undefined]>([
    ['just fit beside ours', ANNOTATION_BYTES_MAX - OURS, undefined],
    ['are one byte too many beside ours', ANNOTATION_BYTES_MAX - OURS + 1, tooMany],
    ['just fit alone', ANNOTATION_BYTES_MAX, tooMany],
    ['are too many alone: that is not our fault', ANNOTATION_BYTES_MAX + 1, undefined],
  ])('that %s', (_what, bytes, sentence) => {
    const pod = podOf({}, { annotations: { a: 'x'.repeat(bytes - 1) } });
    expect(fault(operationsFor(pod, PLAN), PLAN, pod)).toBe(sentence);
  });
});

test('other webhooks may have broken their own parts: that is not our fault', () => {
  const pod = podOf({ containers: [{ name: 'a' }, { name: 'a' }, { volumeMounts: [{ name: 'gone' }] }] });
  expect(fault(operationsFor(pod, PLAN), PLAN, pod)).toBeUndefined();
  expect(at(pod, 'spec', 'volumes')).toBeUndefined();
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeReview } from '../../functions/admission/review.ts';
import { httpApiEvent, openMutateEntryPoint, patchOf } from '../support/mutate-entry-point.ts';
import { reviewDocument } from '../support/reviews.ts';
import { templateDocument } from '../support/templates.ts';

/** A review as kube-apiserver writes it: without white space. */
function body(containers: readonly object[], managedFields: unknown, isMarked = true): string {
  const annotations = isMarked ? { 'outrigger.dev/status': '{}' } : {};
  const metadata = { name: 'p', labels: {}, annotations, managedFields };
  return JSON.stringify(reviewDocument({ kind: 'Pod', apiVersion: 'v1', metadata, spec: { containers } }));
}

const owned = (...names: string[]): unknown => [
  {
    manager: 'kubectl',
    fieldsV1: { 'f:spec': { 'f:containers': Object.fromEntries(names.map((name) => [`k:{"name":"${name}"}`, {}])) } },
  },
];
const app = { name: 'app', image: 'busybox' };

async function reasonFor(text: string): Promise<unknown> {
  const entryPoint = openMutateEntryPoint();
  await entryPoint.handler(httpApiEvent({ body: text }));
  return entryPoint.logged().at(-1)?.['reason'];
}

/** The sidecar of the tests' template, as another webhook left it. */
function rewritten(): object {
  const { spec } = JSON.parse(JSON.stringify(templateDocument('proxy')));
  return { ...spec.pod.spec.containers[0], image: 'mirror.example.com/rewritten:1' };
}

test('what another webhook made of our container is kept: the managedFields do not have it', async () => {
  expect(await reasonFor(body([app, rewritten()], owned('app')))).not.toBe('ContainerNameConflict');
});

test('without our status it is a stranger of the same name, and a conflict', async () => {
  expect(await reasonFor(body([app, rewritten()], owned('app'), false))).toBe('ContainerNameConflict');
});

test('the same container, brought by the Pod, is a conflict: the managedFields have it', async () => {
  expect(await reasonFor(body([app, rewritten()], owned('app', 'proxy')))).toBe('ContainerNameConflict');
});

test('the Pod of another caller changes nothing of what the managedFields say', async () => {
  // V8 13.6 compares keys with those that it read at the same place before: functions/json/parse-json.ts.
  const keys = { 'k:{"name":"app"}': {}, 'k:{\\"name\\":\\"prox': {} };
  expect(Object.keys(keys)[1]).toHaveLength('k:{"name":"proxy"}'.length);
  for (let i = 0; i < 20; i++)
    await reasonFor(body([app, rewritten()], [{ fieldsV1: { 'f:spec': { 'f:containers': keys } } }]));
  expect(await reasonFor(body([app, rewritten()], owned('app', 'proxy')))).toBe('ContainerNameConflict');
});

test('a Pod without managedFields is taken to have brought everything', async () => {
  expect(await reasonFor(body([app, rewritten()], undefined))).toBe('ContainerNameConflict');
});

test('a Pod that says "omitted" itself is taken to have brought everything', async () => {
  expect(await reasonFor(body([app, rewritten()], 'omitted'))).toBe('ContainerNameConflict');
});

test('the managedFields change nothing of the answer where they do not matter', async () => {
  const [short, long] = await Promise.all(
    [undefined, owned('app')].map((m) => openMutateEntryPoint().handler(httpApiEvent({ body: body([app], m) }))),
  );
  expect(short && patchOf(short)).toEqual(long && patchOf(long));
});

function withoutManagedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutManagedFields);
  if (typeof value !== 'object' || value === null) return value;
  const others = Object.entries(value).filter(([key]) => key !== 'managedFields');
  return Object.fromEntries(others.map(([key, one]) => [key, withoutManagedFields(one)]));
}

test('decoding leaves out the managedFields and nothing else, whatever stands around them', () => {
  const key = fc.constantFrom('managedFields', 'a', 'metadata', 'object', '"', '\\', 'managedFields"', 'é');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.string(),
      fc.integer(),
      key,
      fc.array(tie('tree')),
      fc.dictionary(key, tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(tree, tree, tree, (managedFields, label, extra) => {
      const review = JSON.parse(body([app], managedFields));
      review.request.object.metadata.labels = { label };
      review.request.userInfo = { extra };
      const text = JSON.stringify(review);
      expect(withoutManagedFields(decodeReview(text))).toEqual(withoutManagedFields(decodeReview(text, true)));
    }),
    { numRuns: 3_000 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mutatePod, type Outcome } from '../functions/injection/mutate-pod.ts';
import { planInjection } from '../functions/injection/plan.ts';
import type { RawPod } from '../functions/injection/pod.ts';
import { REASONS } from '../functions/injection/reasons.ts';
import type { Template } from '../functions/template/template.ts';
import { anyJson, anyPod, anyTemplates } from './support/arbitraries.ts';
import { httpApiEvent, openDoor } from './support/door.ts';
import { anyForeignWebhook, withManagedFields } from './support/foreign-webhook.ts';
import { expectKept } from './support/kept.ts';
import { applyStrictly } from './support/pods.ts';
import { reviewDocument } from './support/reviews.ts';
import { stateOf } from './support/templates.ts';
import { at, copyOf, namesOf, recordOf } from './support/values.ts';

const RUNS = { numRuns: 2_000 };

function mutate(pod: RawPod, templates: readonly Template[]): Outcome {
  return mutatePod(
    copyOf(pod),
    'shop',
    stateOf(templates),
    planInjection,
    templates.map((t) => t.name),
  );
}

/** Runs `judge` on Pods that were injected; most of the generated ones must be, or the property says little. */
function onInjected(
  judge: (before: RawPod, after: RawPod, templates: readonly Template[], outcome: Outcome) => void,
): void {
  let injected = 0;
  fc.assert(
    fc.property(anyPod, anyTemplates, (pod, templates) => {
      const outcome = mutate(pod, templates);
      // A patch of ours that does not verify is a fault of ours, whatever the Pod.
      expect(outcome.sentence).not.toContain(REASONS.VerificationFailed);
      if (outcome.reason !== 'Injected') return;
      injected++;
      judge(pod, applyStrictly(pod, outcome.operations), templates, outcome);
    }),
    RUNS,
  );
  expect(injected).toBeGreaterThan(RUNS.numRuns / 3);
}

test('applicable and idempotent: the patch applies strictly, and a second injection finds nothing to do', () => {
  onInjected((_before, after, templates) => {
    expect(mutate(after, templates)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  });
});

test('deterministic, and templates are never changed: the same Pod and templates give the same bytes', () => {
  fc.assert(
    fc.property(anyPod, anyTemplates, (pod, templates) => {
      const before = JSON.stringify(templates);
      const first = mutate(pod, templates);
      applyStrictly(pod, first.operations);
      expect(JSON.stringify(mutate(pod, templates.toReversed()))).toBe(JSON.stringify(first));
      expect(JSON.stringify(templates)).toBe(before);
    }),
    RUNS,
  );
});

test('nothing but what the templates name is touched, and nothing is taken away', () => {
  onInjected((before, after, templates) => {
    const named = templates.flatMap(({ pod }) => [
      { metadata: { labels: pod.labels, annotations: { ...pod.annotations, 'outrigger.dev/status': '' } } },
      { spec: { ...pod.spec, containers: pod.containers, initContainers: pod.initContainers } },
    ]);
    expectKept(before, after, named, '');
  });
});

test('complete: labels, annotations, containers and volumes of every template are there', () => {
  onInjected((before, after, templates) => {
    for (const { pod } of templates) {
      // The Pod's own labels stay: a selector may depend on them.
      expect(at(after, 'metadata', 'labels')).toMatchObject({
        ...pod.labels,
        ...Object(at(before, 'metadata', 'labels')),
      });
      expect(at(after, 'metadata', 'annotations')).toMatchObject(pod.annotations);
      for (const { name } of pod.containers) expect(namesOf(at(after, 'spec', 'containers'))).toContain(name);
      for (const { name } of pod.initContainers) expect(namesOf(at(after, 'spec', 'initContainers'))).toContain(name);
      expect(namesOf(at(after, 'spec', 'volumes'))).toEqual(expect.arrayContaining(namesOf(pod.spec['volumes'])));
    }
  });
});

test('order-safe: another webhook may work before or after us', () => {
  let injected = 0;
  fc.assert(
    fc.property(anyPod, anyTemplates, anyForeignWebhook, (generated, templates, foreign) => {
      const pod = withManagedFields(generated);
      const first = mutate(pod, templates);
      if (first.reason !== 'Injected') return;
      injected++;
      const changed = foreign.change(applyStrictly(pod, first.operations));
      const again = mutate(changed, templates);
      expect(['Injected', 'AlreadyInjected']).toContain(again.reason);
      const after = applyStrictly(changed, again.operations);
      for (const list of ['containers', 'initContainers', 'volumes']) {
        const names = namesOf(at(after, 'spec', list));
        expect(new Set(names).size).toBe(names.length);
      }
      expect(mutate(foreign.change(pod), templates).reason).toBe('Injected');
    }),
    RUNS,
  );
  expect(injected).toBeGreaterThan(RUNS.numRuns / 3);
});

describe('total: whatever comes, a well-formed result goes back', () => {
  const { handler } = openDoor();

  async function expectWellFormed(body: string): Promise<void> {
    const result = await handler(httpApiEvent({ body }));
    expect([200, 400, 500]).toContain(result.statusCode);
    expect(result.body).not.toContain('internal error');
    if (result.statusCode !== 200) return;
    const review = recordOf(JSON.parse(result.body));
    expect(review).toMatchObject({
      kind: 'AdmissionReview',
      response: { uid: expect.any(String), allowed: expect.any(Boolean) },
    });
    expect(Object.hasOwn(recordOf(review['response']), 'patch')).toBe(
      Object.hasOwn(recordOf(review['response']), 'patchType'),
    );
  }

  test('any JSON as body', async () => {
    await fc.assert(
      fc.asyncProperty(anyJson, async (json) => await expectWellFormed(JSON.stringify(json))),
      RUNS,
    );
  });

  test('any text as body', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary' }), expectWellFormed), RUNS);
  });

  test('any JSON in any field of the request', async () => {
    const field = fc.constantFrom(
      'uid',
      'kind',
      'resource',
      'name',
      'namespace',
      'operation',
      'object',
      'dryRun',
      'subResource',
      'options',
    );
    await fc.assert(
      fc.asyncProperty(field, anyJson, async (key, value) => {
        await expectWellFormed(
          JSON.stringify(reviewDocument({ metadata: {}, spec: { containers: [] } }, { [key]: value })),
        );
      }),
      RUNS,
    );
  });

  test('any JSON in any field of the Pod', async () => {
    const key = fc.constantFrom(
      'labels',
      'annotations',
      'ownerReferences',
      'generateName',
      'name',
      'managedFields',
      'containers',
      'initContainers',
      'volumes',
      'ephemeralContainers',
      'hostNetwork',
      'os',
      'nodeSelector',
      'securityContext',
    );
    const part = fc.dictionary(key, anyJson, { maxKeys: 4 });
    const pod = fc.oneof(
      fc.record({ metadata: part, spec: part }),
      fc.record({ metadata: anyJson, spec: part }),
      fc.record({ metadata: part, spec: anyJson }),
    );
    await fc.assert(
      fc.asyncProperty(pod, async (object) => await expectWellFormed(JSON.stringify(reviewDocument(object)))),
      RUNS,
    );
  });

  test('no prototype was changed by any of it', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Object.keys(Array.prototype)).toEqual([]);
  });
});

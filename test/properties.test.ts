import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REASONS } from '../functions/injection/decide/reasons.ts';
import { mutatePod } from '../functions/injection/mutate-pod.ts';
import type { Outcome } from '../functions/injection/outcome.ts';
import { type Planned, planInjection } from '../functions/injection/plan/plan.ts';
import { createPlanMemo } from '../functions/injection/plan/plan-memo.ts';
import type { RawPod } from '../functions/kubernetes/pod.ts';
import type { Template } from '../functions/template/template.ts';
import { anyJson, anyPod, anyTemplates } from './support/arbitraries.ts';
import { anyForeignWebhook, type ForeignWebhook, withManagedFields } from './support/foreign-webhook.ts';
import { expectKept } from './support/kept.ts';
import { httpApiEvent, openMutateEntryPoint } from './support/mutate-entry-point.ts';
import { applyStrictly } from './support/pods.ts';
import { reviewDocument } from './support/reviews.ts';
import { stateOf } from './support/templates.ts';
import { at, copyOf, namesOf, recordOf } from './support/values.ts';

const RUNS = { numRuns: 10_000 };
/** Some of the generated Pods are left alone, e.g. those on the host network; enough must come about. */
const GENERATED = 14_000;
/** Sets of templates that are made for the Pods to meet, each parsed once; those that contradict themselves meet none. */
const TEMPLATE_SETS = 300;

/** One generated injection that came about. */
interface Run {
  readonly before: RawPod;
  readonly after: RawPod;
  readonly templates: readonly Template[];
  readonly outcome: Outcome;
  readonly foreign: ForeignWebhook;
}

const planned = createPlanMemo();

function mutate(
  pod: RawPod,
  templates: readonly Template[],
  plan: (t: readonly Template[]) => Planned = planned,
): Outcome {
  const names = templates.map((t) => t.name);
  return mutatePod(copyOf(pod), 'shop', stateOf(templates), plan, names);
}

/** Like `expect(a).toEqual(b)`, but much cheaper where it holds. */
function expectSame(a: unknown, b: unknown, what: string): void {
  if (!isDeepStrictEqual(a, b)) expect(a, what).toEqual(b);
}

/** All that makes a Pod mightier, wherever it stands, as `privileged: true`. */
function powersOf(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  for (const [key, inner] of typeof value === 'object' && value !== null ? Object.entries(value) : []) {
    if (POWERS.has(key) && inner !== false) found.add(`${key}: ${JSON.stringify(inner)}`);
    powersOf(inner, found);
  }
  return found;
}

const POWERS = new Set([
  ...['privileged', 'allowPrivilegeEscalation', 'runAsUser', 'runAsGroup', 'runAsNonRoot', 'add', 'procMount'],
  ...['hostPath', 'hostNetwork', 'hostPID', 'hostIPC', 'hostPort', 'seccompProfile', 'serviceAccountName', 'fsGroup'],
]);

/** The Pod with twenty more containers, and what they need. */
function grown(pod: RawPod): RawPod {
  const spec = recordOf(pod['spec']);
  const containers = at(spec, 'containers');
  const more = Array.from({ length: 20 }, (_, i) => ({ name: `more-${i}`, env: [{ name: 'A', value: 'x' }] }));
  return { ...pod, spec: { ...spec, containers: [...(Array.isArray(containers) ? containers : []), ...more] } };
}

/** What must hold of every injection. */
const PROPERTIES: Readonly<Record<string, (run: Run) => void>> = {
  'applicable and idempotent: the patch applies strictly, and a second injection finds nothing to do': (run) => {
    const { reason, operations } = mutate(run.after, run.templates);
    expectSame([reason, operations], ['AlreadyInjected', []], 'again');
  },
  'deterministic, and templates are never changed: the same Pod and templates give the same bytes': (run) => {
    const bytes = JSON.stringify(run.templates);
    const again = mutate(run.before, run.templates.toReversed(), planInjection);
    expectSame(JSON.stringify(again), JSON.stringify(run.outcome), 'again');
    expectSame(JSON.stringify(run.templates), bytes, 'templates');
  },
  'nothing but what the templates name is touched, and nothing is taken away': ({ before, after, templates }) => {
    const named = templates.flatMap(({ pod }) => [
      { metadata: { labels: pod.labels, annotations: { ...pod.annotations, 'outrigger.dev/status': '' } } },
      { spec: { ...pod.spec, containers: pod.containers, initContainers: pod.initContainers } },
    ]);
    expectKept(before, after, named, '');
  },
  'complete: labels, annotations, containers and volumes of every template are there': ({
    before,
    after,
    templates,
  }) => {
    for (const { pod } of templates) {
      for (const map of ['labels', 'annotations'] as const) {
        for (const [key, value] of Object.entries(pod[map])) {
          // The Pod's own labels stay: a selector may depend on them.
          const mine = map === 'labels' ? at(before, 'metadata', map, key) : undefined;
          expectSame(at(after, 'metadata', map, key), mine ?? value, key);
        }
      }
      const lists = { containers: pod.containers, initContainers: pod.initContainers, volumes: pod.spec['volumes'] };
      for (const [list, wanted] of Object.entries(lists)) {
        const there = new Set(namesOf(at(after, 'spec', list)));
        expectSame(
          namesOf(wanted).filter((name) => !there.has(name)),
          [],
          list,
        );
      }
    }
  },
  'privilege-monotone: no power that neither the Pod nor a template names': ({ before, after, templates }) => {
    const named = powersOf([before, ...templates.map(({ pod }) => pod)]);
    expectSame(
      [...powersOf(after)].filter((power) => !named.has(power)),
      [],
      'powers',
    );
  },
  'linear: a Pod with twenty containers more gets the same operations': ({ before, templates, outcome }) => {
    // The place of a container may be another: behind the last of two is not behind the last of twenty-two.
    const kinds = ({ reason, operations }: Outcome): string[] => [
      reason,
      ...operations.map((o) => `${o.op} ${o.path.replace(/^(\/spec\/containers)\/.+/, '$1')}`),
    ];
    expectSame(kinds(mutate(grown(before), templates)), kinds(outcome), 'grown');
  },
  'order-safe: another webhook may work before or after us': ({ before, templates, foreign }) => {
    const pod = withManagedFields(before);
    const first = mutate(pod, templates);
    expectSame(first.reason, 'Injected', 'first');
    const changed = foreign.change(applyStrictly(pod, first.operations));
    const again = mutate(changed, templates);
    expectSame(['Injected', 'AlreadyInjected'].includes(again.reason), true, again.reason);
    const after = applyStrictly(changed, again.operations);
    for (const list of ['containers', 'initContainers', 'volumes']) {
      const names = namesOf(at(after, 'spec', list));
      expectSame(new Set(names).size, names.length, list);
    }
    expectSame(mutate(foreign.change(pod), templates).reason, 'Injected', 'after another');
  },
};

// Each of the runs is judged by all properties: making Pods and templates is the dearest part.
describe('of every injection', () => {
  let injected = 0;
  const failed = new Set<string>();

  test(`at least ${RUNS.numRuns} runs of all`, () => {
    const sets = fc.sample(anyTemplates, TEMPLATE_SETS).filter((set) => 'plan' in planned(set));
    const property = fc.property(anyPod, fc.constantFrom(...sets), anyForeignWebhook, (before, templates, foreign) => {
      const outcome = mutate(before, templates);
      // A patch of ours that does not verify is a fault of ours, whatever the Pod.
      if (outcome.sentence.includes(REASONS.VerificationFailed)) throw new Error(outcome.sentence);
      if (outcome.reason !== 'Injected') return;
      injected++;
      const after = applyStrictly(before, outcome.operations);
      for (const [name, judge] of Object.entries(PROPERTIES)) {
        try {
          judge({ before, after, templates, outcome, foreign });
        } catch (error) {
          failed.add(name);
          throw error;
        }
      }
    });
    fc.assert(property, { numRuns: GENERATED });
    expect(injected).toBeGreaterThanOrEqual(RUNS.numRuns);
  }, 600_000);

  test.each(Object.keys(PROPERTIES))('%s', (name) => {
    expect(injected).toBeGreaterThan(0);
    expect(failed).not.toContain(name);
  });
});

describe('total: whatever comes, a well-formed result goes back', () => {
  const { handler } = openMutateEntryPoint();

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

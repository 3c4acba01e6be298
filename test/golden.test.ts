import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { mutatePod } from '../functions/injection/mutate-pod.ts';
import type { Outcome } from '../functions/injection/outcome.ts';
import { planInjection } from '../functions/injection/plan/plan.ts';
import type { RawPod } from '../functions/kubernetes/pod.ts';
import {
  casesIn,
  commentOf,
  GOLDEN,
  goldenCasesOf,
  podFixtures,
  readPodFixture,
  readTemplates,
  SETS,
  type TemplateSet,
} from './support/golden-cases.ts';
import { applyStrictly } from './support/pods.ts';
import { stateOf } from './support/templates.ts';
import { copyOf } from './support/values.ts';

// The fixtures are the specification: a new case is a new file in test/fixtures/pods, whose leading comment says why
// it exists and which templates it meets, those of test/fixtures/templates or the shipped ones. `UPDATE_GOLDEN=1 npx vitest run --project unit golden` writes the goldens.
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const STATES = { fixtures: stateOf(readTemplates('fixtures')), shipped: stateOf(readTemplates('shipped')) };
const CASES = podFixtures().flatMap(goldenCasesOf);
const INJECTED = CASES.filter((c) => c.reason === undefined);
const LEFT_ALONE = CASES.filter((c) => c.reason !== undefined);

function mutate(pod: RawPod, templates: string, set: TemplateSet): Outcome {
  return mutatePod(copyOf(pod), 'shop', STATES[set], planInjection, templates.split('+'));
}

describe('injected', () => {
  test.each(INJECTED)('$pod with $templates of the $set', ({ pod, templates, set }) => {
    const before = readPodFixture(pod);
    const { reason, sentence, operations } = mutate(before, templates, set);
    expect({ reason, sentence }).toMatchObject({ reason: 'Injected' });
    const after = applyStrictly(before, operations);
    expect(mutate(after, templates, set)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
    const file = join(GOLDEN[set], `${pod}.${templates}.yaml`);
    const text = `# ${commentOf(pod)[0]}\n${stringify(after, { lineWidth: 0, aliasDuplicateObjects: false })}`;
    if (UPDATE) writeFileSync(file, text);
    expect(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1 and read it`).toBe(true);
    expect(after).toEqual(parse(readFileSync(file, 'utf8')));
  });
});

describe('left alone', () => {
  test.each(LEFT_ALONE)('$pod with $templates: $reason', ({ pod, templates, set, reason }) => {
    expect(mutate(readPodFixture(pod), templates, set)).toMatchObject({ reason, operations: [] });
  });
});

describe('the files', () => {
  test.each(SETS)('every golden has its case: %s', (set) => {
    const named = new Set(INJECTED.filter((c) => c.set === set).map((c) => `${c.pod}.${c.templates}`));
    expect(casesIn(GOLDEN[set]).filter((name) => !named.has(name))).toEqual([]);
  });

  test.each(podFixtures())('%s opens with a comment that says why it exists', (pod) => {
    expect(commentOf(pod)[0]).toMatch(/^\S.{20,}$/);
  });

  test.each(SETS)('every template has a case, and every case its templates: %s', (set) => {
    const used = new Set(CASES.filter((c) => c.set === set).flatMap((c) => c.templates.split('+')));
    // The mesh template needs more than a Pod; golden-mesh.test.ts has its cases.
    const elsewhere = (name: string): boolean => set === 'shipped' && name === 'envoy';
    expect([...used].sort()).toEqual([...STATES[set].templates.keys()].filter((name) => !elsewhere(name)).sort());
  });
});

// Fault 47: JavaScript cannot hold these numbers, so they must not pass through us at all.
test.each(goldenCasesOf('large-numbers'))('no operation holds or touches a large number: $templates', ({
  pod,
  templates,
  set,
}) => {
  const { operations } = mutate(readPodFixture(pod), templates, set);
  expect(JSON.stringify(operations)).not.toMatch(/\d{16,}/);
  const touched = [
    '/metadata/generation',
    '/spec/activeDeadlineSeconds',
    '/spec/securityContext',
    '/spec/securityContext/runAsUser',
    '/spec/securityContext/supplementalGroups',
    '/spec/containers/0',
  ];
  for (const { path } of operations) expect(touched).not.toContain(path);
});

import { expect } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import type { Template } from '../../functions/template/template.ts';
import { applyStrictly } from './pods.ts';
import { stateOf } from './templates.ts';
import { copyOf } from './values.ts';

/** What becomes of a Pod in namespace shop that asks for all of the templates. The Pod itself is not changed. */
export function mutate(pod: RawPod, ...templates: readonly Template[]): Outcome {
  const names = templates.map((template) => template.name);
  return mutatePod(copyOf(pod), 'shop', stateOf(templates), planInjection, names);
}

/** The Pod after the templates were applied, which must be done after one time. */
export function worked(pod: RawPod, ...templates: readonly Template[]): RawPod {
  const outcome = mutate(pod, ...templates);
  expect(outcome.sentence).toBe('the templates were applied');
  const done = applyStrictly(pod, outcome.operations);
  expect(mutate(done, ...templates)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  return done;
}

import { putNewest } from '../../http/bounded-map.ts';
import type { CanaryId } from '../quarantine.ts';
import { type Step, stepKey } from './sums/evidence-sums.ts';

/** What an environment remembers of the routes that it served: what each version held of each canary. */
export interface KnownSteps {
  note(id: CanaryId, step: Step): void;
  /** The step of a version in a namespace; one without a resourceVersion where it is not known. */
  find(id: CanaryId, namespace: string, version: string): Step;
  /** The last ones of a canary, for environments that do not know them. */
  lastOf(id: CanaryId): readonly Step[];
}

/** Canaries that are off rest at a time, as far as one environment remembers. */
const CANARIES_MAX = 500;
/** Versions of one canary, over all namespaces that count. */
const STEPS_MAX = 64;

/** What a proxy may report of and another environment not have served: a step and the one before it, in some namespaces. */
const LAST = 8;

/** Makes a memory of nothing. */
export function createKnownSteps(): KnownSteps {
  const canaries = new Map<CanaryId, Map<string, Step>>();
  const nameOf = (namespace: string, version: string): string =>
    stepKey({ namespace, version, resourceVersion: undefined, weights: { stable: 0, canary: 0 } });

  return {
    note(id, step) {
      const steps = canaries.get(id) ?? new Map<string, Step>();
      putNewest(canaries, id, steps, CANARIES_MAX);
      putNewest(steps, nameOf(step.namespace, step.version), step, STEPS_MAX);
    },
    find: (id, namespace, version) =>
      canaries.get(id)?.get(nameOf(namespace, version)) ?? {
        namespace,
        version,
        resourceVersion: undefined,
        weights: { stable: 0, canary: 0 },
      },
    lastOf: (id) => [...(canaries.get(id)?.values() ?? [])].slice(-LAST),
  };
}

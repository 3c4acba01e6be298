import type { Canary } from '../canary/canary.ts';
import type { UnreadableCanary } from '../canary/store.ts';
import { describeFaults } from '../json/faults.ts';
import { checkRoutes, checkTargets } from './check-canary.ts';

/** Which canary, within its Kubernetes cluster: `namespace/name`. */
export type CanaryId = string;

/** The canaries as they are served. */
export interface SoundCanaries {
  readonly canaries: readonly Canary[];
  /**
   * Canaries of which nothing can be said. While there is one, listeners and Envoy clusters are not answered: proxies
   * keep those that they have, whereas an answer without it would take its own away.
   */
  readonly unreadable: readonly CanaryId[];
  /** What is wrong, by canary. */
  readonly faults: ReadonlyMap<CanaryId, string>;
}

/** The name that a canary has in versions and logs. */
export function canaryId({
  metadata,
}: {
  readonly metadata: Pick<Canary['metadata'], 'namespace' | 'name'>;
}): CanaryId {
  return `${metadata.namespace}/${metadata.name}`;
}

/**
 * Keeps a fault in one canary's data to itself: neither are the others held up nor does an answer shrink. What is served
 * of an unsound canary is the first of these that can be:
 * 1. what was served of it before;
 * 2. its listener and Envoy clusters, with every request going to stable;
 * 3. nothing: its requests go to its main Service, which is stable too, and see `unreadable`.
 *
 * @param before what was served last, by canary
 * @param unread those that the store could not read
 */
export function soundCanaries(
  read: readonly Canary[],
  before: ReadonlyMap<CanaryId, Canary>,
  unread: readonly UnreadableCanary[] = [],
): SoundCanaries {
  const canaries: Canary[] = [];
  const unreadable: CanaryId[] = [];
  const faults = new Map<CanaryId, string>();
  for (const canary of read) {
    const [targets, routes] = [checkTargets(canary), checkRoutes(canary)];
    if (targets.length + routes.length === 0) {
      canaries.push(canary);
      continue;
    }
    // Nothing of it is known to be what its type says.
    const id = targets.some(({ path }) => path.startsWith('metadata')) ? '(without a name)' : canaryId(canary);
    faults.set(id, describeFaults([...targets, ...routes]));
    const served = before.get(id) ?? (targets.length === 0 ? allToStable(canary) : undefined);
    if (served === undefined) unreadable.push(id);
    else canaries.push(served);
  }
  for (const { namespace, name, why } of unread) {
    const id = canaryId({ metadata: { namespace, name } });
    faults.set(id, why);
    const served = before.get(id);
    if (served === undefined) unreadable.push(id);
    else canaries.push(served);
  }
  return { canaries, unreadable, faults };
}

/** Undefined where it has no target, hence nothing to serve. */
function allToStable(canary: Canary): Canary | undefined {
  const target = canary.status.targets.at(-1);
  if (target === undefined) return undefined;
  // Its steps may have put something into the routes.
  const { release: _none, ...status } = canary.status;
  return {
    ...canary,
    spec: { service: target.service, backends: target.backends, totalWeight: 100, exportTo: ['*'], match: [] },
    status: { ...status, weights: { stable: 100, canary: 0 }, atRest: false },
  };
}

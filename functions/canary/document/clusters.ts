import { CLUSTER_NAME } from '../../cluster-name.ts';
import type { Check } from '../../json/check.ts';
import { list, object, text, words } from '../../json/schema/build.ts';
import type { Place } from '../../json/schema/schema.ts';

/** Kubernetes clusters of one release: each reads the canary of every other one at each look, every five seconds. */
const CLUSTERS_MAX = 10;

/** `spec.clusters`: the Kubernetes clusters of one release. */
export const CLUSTERS = object(
  {
    /** The Kubernetes clusters, its own among them, each with a Canary of this namespace and name that names the same ones. 2 to 10. */
    names: list(
      text({
        pattern: CLUSTER_NAME,
        message: 'must be the name of a Kubernetes cluster: letters, digits, ., _ and -, at most 100 characters',
      }),
      {
        min: 2,
        max: CLUSTERS_MAX,
        message: `must be a list of 2 to ${CLUSTERS_MAX} names of Kubernetes clusters`,
        rule: differ,
      },
    ),
    /** `OneByOne`: in the order of the list, each once the release of the one before it is baked. `AtOnce`: side by side, and all end together. */
    order: words(['OneByOne', 'AtOnce'], { fallback: 'OneByOne' }),
  },
  { optional: true },
);

/** Faults of a spec's clusters that lie beside the field itself. */
export function checkClusters(
  { clusters, group, strategy }: Readonly<Partial<Record<'clusters' | 'group' | 'strategy', unknown>>>,
  check: Check,
): void {
  if (clusters === undefined) return;
  if (strategy === undefined) {
    check.fault('spec.clusters', 'needs spec.strategy: weights that are set by hand are of one Kubernetes cluster');
  }
  if (group !== undefined)
    check.fault('spec.clusters', 'must not stand beside spec.group: a canary has one of the two');
}

function differ(names: unknown, { check, path }: Place): unknown {
  const all: readonly unknown[] = Array.isArray(names) ? names : [];
  for (const [i, name] of all.entries()) {
    if (all.indexOf(name) < i) check.fault(`${path}[${i}]`, `there is another ${String(name)}`);
  }
  return names;
}

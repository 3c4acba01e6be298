import type { Json } from '../../json/json.ts';
import { OWN_FIELDS, type PodTemplate, pathOfDifference } from './pod-template.ts';

/** What `kubectl rollout restart` sets, and Argo CD's mark, are each workload's own. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/restartedAt',
  'argocd.argoproj.io/tracking-id',
]);

/**
 * The Pod template by which stable runs what the canary runs. Stable keeps all its labels: its own selector is made of them, and
 * those of Services, which are not read. It keeps the fields that choose Pods by labels too.
 */
export function copyOf(stable: PodTemplate, canary: PodTemplate): PodTemplate {
  return {
    labels: stable.labels,
    annotations: merged(stable.annotations, canary.annotations, OWN_ANNOTATIONS),
    spec: merged(stable.spec, canary.spec, OWN_FIELDS),
  };
}

/**
 * Where stable differs from the copy of the canary's Pod template, as a path of the first difference: `containers[app].image`,
 * `annotations.checksum/config`. Undefined where it is the copy.
 */
export function copyDifference(stable: PodTemplate, canary: PodTemplate): string | undefined {
  const { annotations, spec } = copyOf(stable, canary);
  return pathOfDifference(spec, stable.spec, '') ?? pathOfDifference(annotations, stable.annotations, 'annotations');
}

/** The other's entries, but for those that are each one's own. */
function merged(own: Json, other: Json, keys: ReadonlySet<string>): Json {
  return Object.fromEntries([
    ...Object.entries(other).filter(([key]) => !keys.has(key)),
    ...Object.entries(own).filter(([key]) => keys.has(key)),
  ]);
}

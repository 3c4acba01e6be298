import { isRecord } from '../../json/faults.ts';
import type { KubeObject } from '../../kube-api/cluster-api.ts';

/** How a program that rolls out manifests marks an object as its work. */
type Mark =
  | { readonly by: string; readonly label: string; readonly value?: string }
  | { readonly by: string; readonly annotation: string }
  /** The name of a field manager. */
  | { readonly by: string; readonly manager: string };

/** What writes its own Pod template over ours, sooner or later. */
const MARKS: readonly Mark[] = [
  // https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
  { by: 'Argo CD', annotation: 'argocd.argoproj.io/tracking-id' },
  { by: 'Argo CD', label: 'argocd.argoproj.io/instance' },
  // argoproj/argo-cd common/common.go: ArgoCDSSAManager.
  { by: 'Argo CD', manager: 'argocd-controller' },
  // https://fluxcd.io/flux/components/kustomize/kustomizations/, /helm/helmreleases/
  { by: 'Flux', label: 'kustomize.toolkit.fluxcd.io/name' },
  { by: 'Flux', label: 'helm.toolkit.fluxcd.io/name' },
  { by: 'Flux', manager: 'kustomize-controller' },
  // fluxcd/helm-controller main.go: kube.ManagedFieldsManager.
  { by: 'Flux', manager: 'helm-controller' },
  // https://helm.sh/docs/chart_best_practices/labels/; helm/helm cmd/helm: kube.ManagedFieldsManager.
  { by: 'Helm', label: 'app.kubernetes.io/managed-by', value: 'Helm' },
  { by: 'Helm', annotation: 'meta.helm.sh/release-name' },
  { by: 'Helm', manager: 'helm' },
];

/**
 * Which program rolls out an object from manifests of elsewhere: `Argo CD`, `Flux`, `Helm`. Undefined where no mark of one is found.
 */
export function managerOf({ metadata }: KubeObject): string | undefined {
  const managers = managersIn(metadata['managedFields']);
  return MARKS.find((mark) => {
    if ('manager' in mark) return managers.has(mark.manager);
    if ('annotation' in mark) return valueAt(metadata['annotations'], mark.annotation) !== undefined;
    const value = valueAt(metadata['labels'], mark.label);
    return value !== undefined && (mark.value === undefined || value === mark.value);
  })?.by;
}

/** Who owns fields of the object itself: controllers write its status. */
function managersIn(managedFields: unknown): ReadonlySet<unknown> {
  if (!Array.isArray(managedFields)) return new Set();
  return new Set(managedFields.map((entry) => (valueAt(entry, 'subresource') ? undefined : valueAt(entry, 'manager'))));
}

function valueAt(owner: unknown, key: string): unknown {
  return isRecord(owner) && Object.hasOwn(owner, key) ? owner[key] : undefined;
}

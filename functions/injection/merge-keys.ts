/**
 * How Kubernetes merges the fields of a Pod: the `patchStrategy` and `patchMergeKey` tags of kubernetes/api
 * core/v1/types.go (v1.36), as data. What stands nowhere here is merged by its JSON type: a map key by key, a list
 * whole (atomic), so that fields of a newer Kubernetes are handled without knowing them.
 */
export type Rule =
  /** A map: field rules by name; other fields have no rule. */
  | { readonly kind: 'map'; readonly fields: Readonly<Record<string, Rule>> }
  /** A map whose every value is a quantity. */
  | { readonly kind: 'quantities' }
  /** One quantity. */
  | { readonly kind: 'quantity' }
  /** A list of maps that are told apart by a key. */
  | { readonly kind: 'list'; readonly key: readonly MergeKey[]; readonly element: Rule };

/** A field of the merge key, with the API server's default where it has one. */
export interface MergeKey {
  readonly field: string;
  readonly fallback?: string;
}

const QUANTITY: Rule = { kind: 'quantity' };
const QUANTITIES: Rule = { kind: 'quantities' };
const RESOURCES: Rule = { kind: 'map', fields: { limits: QUANTITIES, requests: QUANTITIES } };
const PLAIN: Rule = { kind: 'map', fields: {} };

function keyed(field: string, element: Rule = PLAIN): Rule {
  return { kind: 'list', key: [{ field }], element };
}

const RESOURCE_FIELD: Rule = { kind: 'map', fields: { divisor: QUANTITY } };
const ENV: Rule = {
  kind: 'map',
  fields: { valueFrom: { kind: 'map', fields: { resourceFieldRef: RESOURCE_FIELD } } },
};

/** `v1.Container`. Ports: SMP's key is the number alone, which collapses TCP and UDP; ours has the protocol as well. */
export const CONTAINER: Rule = {
  kind: 'map',
  fields: {
    ports: { kind: 'list', key: [{ field: 'containerPort' }, { field: 'protocol', fallback: 'TCP' }], element: PLAIN },
    env: keyed('name', ENV),
    volumeMounts: keyed('mountPath'),
    volumeDevices: keyed('devicePath'),
    resources: RESOURCES,
  },
};

/** `v1.Volume`; emptyDir's size is the one quantity in it. */
export const VOLUME: Rule = {
  kind: 'map',
  fields: { emptyDir: { kind: 'map', fields: { sizeLimit: QUANTITY } } },
};

/** `v1.PodSpec` without the container lists, which are placed and never merged into. */
export const POD_SPEC: Rule = {
  kind: 'map',
  fields: {
    volumes: keyed('name', VOLUME),
    imagePullSecrets: keyed('name'),
    hostAliases: keyed('ip'),
    topologySpreadConstraints: keyed('topologyKey'),
    schedulingGates: keyed('name'),
    resourceClaims: keyed('name'),
    evictionResponders: keyed('name'),
    overhead: QUANTITIES,
    resources: RESOURCES,
  },
};

/** A Pod fragment as a whole: what is merged from the root. */
export const POD: Rule = { kind: 'map', fields: { spec: POD_SPEC } };

/** The rule of a field below a rule; undefined where the JSON type decides. */
export function ruleOf(rule: Rule | undefined, field: string): Rule | undefined {
  if (rule?.kind === 'quantities') return QUANTITY;
  return rule?.kind === 'map' && Object.hasOwn(rule.fields, field) ? rule.fields[field] : undefined;
}

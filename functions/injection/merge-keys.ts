/**
 * How Kubernetes merges the fields of a Pod: the `patchStrategy` and `patchMergeKey` tags of kubernetes/api
 * core/v1/types.go (v1.36), as data. What stands nowhere here is merged by its JSON type: a map key by key, a list
 * whole (atomic), so that fields of a newer Kubernetes are handled without knowing them.
 */
export type Rule =
  /** A map: field rules by name; other fields have no rule. */
  | { readonly kind: 'map'; readonly fields: Readonly<Record<string, Rule>>; readonly union?: Union }
  /** A map whose values are plain text, where the empty one counts. */
  | { readonly kind: 'texts' }
  /** A map whose every value is a quantity. */
  | { readonly kind: 'quantities' }
  /** One quantity. */
  | { readonly kind: 'quantity' }
  /** A list of maps that are told apart by a key; an empty key means by all that they say. */
  | { readonly kind: 'list'; readonly key: readonly MergeKey[]; readonly element: Rule }
  /** A list that is replaced whole; its elements have a rule for comparing. */
  | { readonly kind: 'atomic'; readonly element: Rule };

/** Fields of which an object has exactly one, e.g. the source of a volume. */
export interface Union {
  /** The fields that do not belong to it. */
  readonly except: readonly string[];
  /** What the API server takes for an object that has none; absent where none is just none. */
  readonly fallback?: string;
}

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

const TEXTS: Rule = { kind: 'texts' };
const RESOURCE_FIELD: Rule = { kind: 'map', fields: { divisor: QUANTITY } };
const VALUE_FROM: Rule = { kind: 'map', fields: { resourceFieldRef: RESOURCE_FIELD } };
const ENV: Rule = {
  kind: 'map',
  fields: { valueFrom: VALUE_FROM },
  union: { except: ['name'], fallback: 'value' },
};
const DOWNWARD_API: Rule = { kind: 'map', fields: { items: { kind: 'atomic', element: VALUE_FROM } } };

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

/** `v1.Volume`: a name and one source, emptyDir where none is said. */
export const VOLUME: Rule = {
  kind: 'map',
  fields: {
    emptyDir: { kind: 'map', fields: { sizeLimit: QUANTITY } },
    downwardAPI: DOWNWARD_API,
    projected: {
      kind: 'map',
      fields: { sources: { kind: 'atomic', element: { kind: 'map', fields: { downwardAPI: DOWNWARD_API } } } },
    },
  },
  union: { except: ['name'], fallback: 'emptyDir' },
};

/**
 * `v1.PodSpec` without the container lists, which are placed and never merged into. Two fields differ from the tags:
 * topologySpreadConstraints have the key of server-side apply, because the API accepts two of one topologyKey; and
 * tolerations, atomic there, are added, because replacing them would take the Pod's own away.
 */
export const POD_SPEC: Rule = {
  kind: 'map',
  fields: {
    volumes: keyed('name', VOLUME),
    imagePullSecrets: keyed('name'),
    hostAliases: keyed('ip'),
    topologySpreadConstraints: {
      kind: 'list',
      key: [{ field: 'topologyKey' }, { field: 'whenUnsatisfiable', fallback: 'DoNotSchedule' }],
      element: PLAIN,
    },
    tolerations: { kind: 'list', key: [], element: PLAIN },
    nodeSelector: TEXTS,
    schedulingGates: keyed('name'),
    resourceClaims: keyed('name'),
    evictionResponders: keyed('name'),
    overhead: QUANTITIES,
    resources: RESOURCES,
  },
};

/** A Pod fragment as a whole: what is merged from the root. */
export const POD: Rule = {
  kind: 'map',
  fields: { metadata: { kind: 'map', fields: { labels: TEXTS, annotations: TEXTS } }, spec: POD_SPEC },
};

/** The rule of a field below a rule; undefined where the JSON type decides. */
export function ruleOf(rule: Rule | undefined, field: string): Rule | undefined {
  if (rule?.kind === 'quantities') return QUANTITY;
  return rule?.kind === 'map' && Object.hasOwn(rule.fields, field) ? rule.fields[field] : undefined;
}

/**
 * Fields that are pointers in kubernetes/api core/v1/types.go: their zero value (`false`, `0`, `""`) is a value of its
 * own and is written. Every other scalar with `omitempty` is left out by the API server when it is zero.
 */
export const POINTERS: ReadonlySet<string> = new Set([
  ...['runAsUser', 'runAsGroup', 'runAsNonRoot', 'readOnlyRootFilesystem', 'allowPrivilegeEscalation', 'privileged'],
  ...['procMount', 'fsGroup', 'fsGroupChangePolicy', 'supplementalGroupsPolicy', 'optional', 'defaultMode', 'mode'],
  ...['automountServiceAccountToken', 'enableServiceLinks', 'hostUsers', 'shareProcessNamespace', 'setHostnameAsFQDN'],
  ...['terminationGracePeriodSeconds', 'activeDeadlineSeconds', 'expirationSeconds', 'priority', 'preemptionPolicy'],
  ...['runtimeClassName', 'storageClassName', 'volumeMode', 'service', 'minDomains', 'type', 'readOnlyRecursive'],
]);

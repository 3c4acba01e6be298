/**
 * How Kubernetes merges one field of a Pod. What has no rule is merged by its JSON type: a map key by key, a list whole
 * (atomic), so that fields of a newer Kubernetes are handled without knowing them.
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
  /** A whole number, or text: `8080` and `"8080"` mean the same. */
  | { readonly kind: 'intOrString' }
  /** A text or number, as an element of a list. */
  | { readonly kind: 'scalar' }
  /** A list of maps that are told apart by a key; an empty key means by all that they say. */
  | {
      readonly kind: 'list';
      readonly key: readonly MergeKey[];
      readonly element: Rule;
      /** Of several elements with one key the last counts, as the kubelet has it for env. */
      readonly lastCounts?: true;
      /** What the API server adds again whenever it is missing. */
      readonly filledIn?: readonly Readonly<Record<string, unknown>>[];
    }
  /** A list that is replaced whole; its elements have a rule for comparing. */
  | { readonly kind: 'atomic'; readonly element: Rule };

/** Fields of which an object has exactly one, e.g. the source of a volume. */
export interface Union {
  /** The fields that belong to it; absent: all but those of `except`. */
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  /** What the API server takes for an object that has none; absent where none is just none. */
  readonly fallback?: string;
  /** The field whose value says which of the others belong: with another value, none of the old ones does. */
  readonly discriminator?: string;
}

/** A field of the merge key, with the API server's default where it has one. */
export interface MergeKey {
  readonly field: string;
  readonly fallback?: string;
}

const QUANTITY: Rule = { kind: 'quantity' };

/** The rule of a field below a rule; undefined where the JSON type decides. */
export function ruleOf(rule: Rule | undefined, field: string): Rule | undefined {
  if (rule?.kind === 'quantities') return QUANTITY;
  return rule?.kind === 'map' && Object.hasOwn(rule.fields, field) ? rule.fields[field] : undefined;
}

/**
 * Fields that are pointers in kubernetes/api core/v1/types.go, wherever they stand (but `type`, which is required where it
 * is none): their zero value (`false`, `0`, `""`) is a value of its own and is written. Every other scalar with
 * `omitempty` is left out by the API server when it is zero. Compared with the types in test/real/merge-table.test.ts.
 */
export const POINTERS: ReadonlySet<string> = new Set([
  ...['activeDeadlineSeconds', 'allowPrivilegeEscalation', 'apiGroup', 'automountServiceAccountToken', 'cachingMode'],
  ...['defaultMode', 'enableServiceLinks', 'expirationSeconds', 'fsGroup', 'fsGroupChangePolicy', 'gmsaCredentialSpec'],
  ...['gmsaCredentialSpecName', 'hostProcess', 'hostUsers', 'hostnameOverride', 'initiatorName', 'localhostProfile'],
  ...[
    'maxExpirationSeconds',
    'minDomains',
    'mode',
    'mountPropagation',
    'namespace',
    'nodeAffinityPolicy',
    'nodeTaintsPolicy',
  ],
  ...['optional', 'podGroupName', 'preemptionPolicy', 'priority', 'privileged', 'procMount', 'readOnlyRootFilesystem'],
  ...['recursiveReadOnly', 'resourceClaimName', 'resourceClaimTemplateName', 'runAsGroup', 'runAsNonRoot', 'runAsUser'],
  ...['runAsUserName', 'runtimeClassName', 'seLinuxChangePolicy', 'service', 'setHostnameAsFQDN', 'stopSignal', 'type'],
  ...['shareProcessNamespace', 'storageClassName', 'supplementalGroupsPolicy', 'terminationGracePeriodSeconds'],
  ...['tolerationSeconds', 'volumeAttributesClassName', 'volumeMode'],
]);

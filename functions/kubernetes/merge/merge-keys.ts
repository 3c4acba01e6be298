import type { Rule } from './rule.ts';

/*
 * The table: `patchStrategy` and `patchMergeKey` of kubernetes/api core/v1/types.go and apimachinery meta/v1/types.go
 * (v1.36), and where quantities, plain texts and unions stand. test/real/merge-table.test.ts compares it with the types
 * themselves and holds the list of what deliberately differs.
 */

const QUANTITY: Rule = { kind: 'quantity' };
const QUANTITIES: Rule = { kind: 'quantities' };
const TEXTS: Rule = { kind: 'texts' };
const PLAIN: Rule = { kind: 'map', fields: {} };
const RESOURCES: Rule = { kind: 'map', fields: { limits: QUANTITIES, requests: QUANTITIES } };
const SELECTOR: Rule = { kind: 'map', fields: { matchLabels: TEXTS } };
/** A list of texts or numbers that is merged: what is new is added. */
const SET: Rule = { kind: 'list', key: [], element: { kind: 'scalar' } };

const keyed = (field: string, element: Rule = PLAIN): Rule => ({ kind: 'list', key: [{ field }], element });
const map = (fields: Readonly<Record<string, Rule>>): Rule => ({ kind: 'map', fields });
const atomic = (element: Rule): Rule => ({ kind: 'atomic', element });

/** `metav1.ObjectMeta`. */
export const OBJECT_META: Rule = map({
  labels: TEXTS,
  annotations: TEXTS,
  ownerReferences: keyed('uid'),
  finalizers: SET,
});

const VALUE_FROM: Rule = {
  kind: 'map',
  fields: { resourceFieldRef: map({ divisor: QUANTITY }) },
  union: { except: [] },
};
const ENV: Rule = {
  kind: 'map',
  fields: { valueFrom: VALUE_FROM },
  union: { only: ['value', 'valueFrom'], fallback: 'value' },
};
const HANDLER: Readonly<Record<string, Rule>> = {
  httpGet: map({ port: { kind: 'intOrString' } }),
  tcpSocket: map({ port: { kind: 'intOrString' } }),
};
const PROBE: Rule = { kind: 'map', fields: HANDLER, union: { only: ['exec', 'httpGet', 'tcpSocket', 'grpc'] } };
const LIFECYCLE_HANDLER: Rule = { kind: 'map', fields: HANDLER, union: { except: [] } };
const PROFILE: Rule = { kind: 'map', fields: {}, union: { only: ['localhostProfile'], discriminator: 'type' } };
const SECURITY_CONTEXT: Rule = map({ seccompProfile: PROFILE, appArmorProfile: PROFILE });

/**
 * `v1.Container`, and `v1.EphemeralContainer`, which has the same fields and one more. Ports: the tag's key is the
 * number alone, which collapses TCP and UDP; ours, as server-side apply's, has the protocol as well.
 */
export const CONTAINER: Rule = map({
  ports: { kind: 'list', key: [{ field: 'containerPort' }, { field: 'protocol', fallback: 'TCP' }], element: PLAIN },
  env: { kind: 'list', key: [{ field: 'name' }], element: ENV, lastCounts: true },
  volumeMounts: keyed('mountPath'),
  volumeDevices: keyed('devicePath'),
  resources: RESOURCES,
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  lifecycle: map({ postStart: LIFECYCLE_HANDLER, preStop: LIFECYCLE_HANDLER }),
  securityContext: SECURITY_CONTEXT,
});

const DOWNWARD_API: Rule = map({ items: atomic(map({ resourceFieldRef: map({ divisor: QUANTITY }) })) });
const PROJECTION: Rule = {
  kind: 'map',
  fields: {
    downwardAPI: DOWNWARD_API,
    clusterTrustBundle: map({ labelSelector: SELECTOR }),
    podCertificate: map({ userAnnotations: TEXTS }),
  },
  union: { except: [] },
};

/** `v1.Volume`: a name and one source, emptyDir where none is said. */
export const VOLUME: Rule = {
  kind: 'map',
  fields: {
    emptyDir: map({ sizeLimit: QUANTITY }),
    downwardAPI: DOWNWARD_API,
    projected: map({ sources: atomic(PROJECTION) }),
    flexVolume: map({ options: TEXTS }),
    csi: map({ volumeAttributes: TEXTS }),
    ephemeral: map({
      volumeClaimTemplate: map({ metadata: OBJECT_META, spec: map({ selector: SELECTOR, resources: RESOURCES }) }),
    }),
  },
  union: { except: ['name'], fallback: 'emptyDir' },
};

const POD_TERM: Rule = map({ labelSelector: SELECTOR, namespaceSelector: SELECTOR });
const POD_AFFINITY: Rule = map({
  requiredDuringSchedulingIgnoredDuringExecution: atomic(POD_TERM),
  preferredDuringSchedulingIgnoredDuringExecution: atomic(map({ podAffinityTerm: POD_TERM })),
});

const CLAIM: Rule = {
  kind: 'map',
  fields: {},
  union: { only: ['resourceClaimName', 'resourceClaimTemplateName'] },
};

/** What the DefaultTolerationSeconds admission gives every Pod, before the webhooks and again after them. */
const NODE_TOLERATIONS = ['not-ready', 'unreachable'].map((name) => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/**
 * `v1.PodSpec`. Three fields differ from the tags: topologySpreadConstraints have the key of server-side apply, because
 * the API accepts two of one topologyKey; tolerations, atomic there, are added, because replacing them would take the
 * Pod's own away; evictionResponders are of a Kubernetes to come. A template's container lists are placed
 * (placement.ts) and never merged by this table.
 */
export const POD_SPEC: Rule = map({
  volumes: keyed('name', VOLUME),
  containers: keyed('name', CONTAINER),
  initContainers: keyed('name', CONTAINER),
  ephemeralContainers: keyed('name', CONTAINER),
  imagePullSecrets: keyed('name'),
  hostAliases: keyed('ip'),
  topologySpreadConstraints: {
    kind: 'list',
    key: [{ field: 'topologyKey' }, { field: 'whenUnsatisfiable', fallback: 'DoNotSchedule' }],
    element: map({ labelSelector: SELECTOR }),
  },
  tolerations: { kind: 'list', key: [], element: PLAIN, filledIn: NODE_TOLERATIONS },
  nodeSelector: TEXTS,
  affinity: map({ podAffinity: POD_AFFINITY, podAntiAffinity: POD_AFFINITY }),
  securityContext: SECURITY_CONTEXT,
  schedulingGates: keyed('name'),
  resourceClaims: keyed('name', CLAIM),
  evictionResponders: keyed('name'),
  overhead: QUANTITIES,
  resources: RESOURCES,
});

/** A Pod as a whole: what is merged from the root. */
export const POD: Rule = map({ metadata: OBJECT_META, spec: POD_SPEC });

import type { KubeObject } from '../../kube-api/cluster-api.ts';
import { WEBHOOK_TIMEOUT_SECONDS } from '../../limits.ts';
import { namespaceSelector, POD_CONDITIONS } from './selection.ts';

/** What a webhook registration depends on. */
export interface WebhookOptions {
  /** `https://host/v1/mutate/{cluster}/{token}`; Kubernetes allows no query, fragment or user in it. */
  readonly url: string;
  /** The authority's certificate in PEM; absent for public certificates, which the API server trusts by itself. */
  readonly ca?: string;
  readonly failurePolicy?: 'Ignore' | 'Fail';
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
  readonly timeoutSeconds?: number;
  /** The stage of a roll-out: only these of the namespaces with the opt-in label; absent or empty: all of them. */
  readonly namespaces?: readonly string[];
}

/** The name of everything that is registered with a cluster. */
export const REGISTRATION_NAME = 'outrigger';
/** The labels of everything that is registered. */
export const REGISTRATION_LABELS = { 'app.kubernetes.io/name': 'outrigger' };
const WEBHOOK_NAME = 'inject.outrigger.dev';

/**
 * The MutatingWebhookConfiguration (`admissionregistration.k8s.io/v1`) that points a cluster to an endpoint: Pods when
 * they are created, in namespaces labelled `outrigger.dev/injection: enabled`, never in system namespaces.
 *
 *  - `failurePolicy: Ignore`: an endpoint that is down must not keep Pods from starting, unless asked to;
 *  - `reinvocationPolicy: Never`: with IfNeeded every ordinary Pod calls twice, because ServiceAccount admission
 *    mounts its token into injected containers; it is safe either way;
 *  - matchConditions keep mirror Pods and Pods that opted out from making a call at all. They never use
 *    `namespaceObject`, which is empty there at run time (seen on 1.36.3);
 *  - the annotation keeps the admissions enforcer of AKS from rewriting the namespaceSelector (Azure/AKS#4002); no other
 *    cluster knows it.
 */
export function webhookConfiguration(options: WebhookOptions): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: {
      name: REGISTRATION_NAME,
      labels: REGISTRATION_LABELS,
      annotations: { 'admissions.enforcer/disabled': 'true' },
    },
    webhooks: [
      {
        name: WEBHOOK_NAME,
        clientConfig: {
          url: options.url,
          ...(options.ca === undefined ? {} : { caBundle: Buffer.from(options.ca).toString('base64') }),
        },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: 'Namespaced' },
        ],
        namespaceSelector: namespaceSelector(options.namespaces),
        // Set, so that the field is ours: a selector that another manager adds would keep Pods from the webhook.
        objectSelector: {},
        matchConditions: POD_CONDITIONS.map((condition) => ({ ...condition })),
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        matchPolicy: 'Equivalent',
        reinvocationPolicy: options.reinvocationPolicy ?? 'Never',
        failurePolicy: options.failurePolicy ?? 'Ignore',
        timeoutSeconds: options.timeoutSeconds ?? WEBHOOK_TIMEOUT_SECONDS,
      },
    ],
  };
}

import { INJECT, INJECTION_LABEL, MIRROR } from '../injection/annotations.ts';
import { WEBHOOK_TIMEOUT_SECONDS } from '../limits.ts';

/** What a webhook registration depends on. */
export interface WebhookOptions {
  /** `https://host/v1/mutate/{cluster}/{token}`; Kubernetes allows no query, fragment or user in it. */
  readonly url: string;
  /** The authority's certificate in PEM; absent for public certificates, which the API server trusts by itself. */
  readonly ca?: string;
  readonly failurePolicy?: 'Ignore' | 'Fail';
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
  readonly timeoutSeconds?: number;
}

/** The names of the configuration and of the one webhook in it. */
const CONFIGURATION_NAME = 'outrigger';
const WEBHOOK_NAME = 'inject.outrigger.dev';

/**
 * The MutatingWebhookConfiguration (`admissionregistration.k8s.io/v1`) that points a cluster to an endpoint: Pods when
 * they are created, in namespaces labelled `outrigger.dev/injection: enabled`, never in system namespaces.
 *
 *  - `failurePolicy: Ignore`: an endpoint that is down must not keep Pods from starting, unless asked to;
 *  - `reinvocationPolicy: Never`: with IfNeeded every ordinary Pod calls twice, because ServiceAccount admission
 *    mounts its token into injected containers; it is safe either way;
 *  - matchConditions keep mirror Pods and Pods that opted out from making a call at all. They never use
 *    `namespaceObject`, which is empty there at run time (seen on 1.36.3).
 */
export function webhookConfiguration(options: WebhookOptions): Record<string, unknown> {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: CONFIGURATION_NAME, labels: { 'app.kubernetes.io/name': 'outrigger' } },
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
        namespaceSelector: {
          matchLabels: { [INJECTION_LABEL]: 'enabled' },
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: ['kube-system', 'kube-public', 'kube-node-lease'],
            },
          ],
        },
        matchConditions: [
          { name: 'not-a-mirror-pod', expression: `!('${MIRROR}' in object.metadata.?annotations.orValue({}))` },
          { name: 'not-opted-out', expression: `${wish('labels')} != 'false' && ${wish('annotations')} != 'false'` },
        ],
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

/** CEL: the value of the opt-in/opt-out key among labels or annotations, '' when absent. */
function wish(where: 'labels' | 'annotations'): string {
  return `object.metadata.?${where}[?'${INJECT}'].orValue('')`;
}

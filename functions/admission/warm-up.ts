import type { JSONWebKeySet } from 'jose';
import { mutatePath } from '../http/mutate-path.ts';
import { createMutate, type MutateTools } from './serve.ts';

/** The first round loads and compiles; a few more let the compiler settle. */
const ROUNDS = 5;

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'warm-up-1', uid: '1', controller: true };
const FIELDS = { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {} } } } };

/** With all that kube-apiserver sends: code that was compiled for less would be thrown away at the first real review. */
const POD = {
  kind: 'Pod',
  apiVersion: 'v1',
  metadata: {
    generateName: 'warm-up-1-',
    namespace: 'warm-up',
    labels: { app: 'warm-up', 'pod-template-hash': '1' },
    annotations: { note: 'warm-up' },
    ownerReferences: [OWNER],
    managedFields: [{ manager: 'warm-up', operation: 'Update', apiVersion: 'v1', fieldsV1: FIELDS }],
  },
  spec: {
    volumes: [{ name: 'warm-up', projected: { sources: [{ configMap: { name: 'warm-up' } }], defaultMode: 420 } }],
    containers: [
      {
        name: 'app',
        image: 'busybox',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        env: Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value ${i}` })),
        resources: { limits: { cpu: '1', memory: '1Gi' } },
        volumeMounts: [{ name: 'warm-up', readOnly: true, mountPath: '/var/run/warm-up' }],
      },
    ],
    securityContext: {},
    tolerations: [{ key: 'warm-up', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }],
  },
  status: {},
};
const PODS = { group: '', version: 'v1' };

/** A review of a made-up Pod. */
const REVIEW = JSON.stringify({
  kind: 'AdmissionReview',
  apiVersion: 'admission.k8s.io/v1',
  request: {
    uid: 'warm-up',
    kind: { ...PODS, kind: 'Pod' },
    resource: { ...PODS, resource: 'pods' },
    namespace: 'warm-up',
    operation: 'CREATE',
    userInfo: { username: 'warm-up', groups: ['warm-up'] },
    object: POD,
    oldObject: null,
    dryRun: false,
  },
});

/**
 * Walks the way of a request once at INIT, where Lambda gives a full core, so that the first real one does not pay for
 * loading keys and compiling code (about 20 ms here). Nothing can be reached by it: the token that is tried for the
 * keys' sake is refused, and the review is handed in behind the entry point.
 *
 * @param tools those of the entry point itself, but for the log, whose lines go nowhere
 * @param clusters Kubernetes clusters whose records are held; with none, only the keys are warmed up
 */
export async function warmUp(tools: MutateTools, keys: JSONWebKeySet, clusters: readonly string[]): Promise<void> {
  const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', kid: keys.keys[0]?.kid })).toString('base64url');
  await tools.verifyToken('warm-up', `${header}.e30.${'A'.repeat(86)}`).catch(() => {});
  const [cluster] = clusters;
  if (cluster === undefined) return;
  const verifyToken: MutateTools['verifyToken'] = async () => ({ cluster, epoch: Number.MAX_SAFE_INTEGER });
  const mutate = createMutate({ ...tools, verifyToken });
  const rawPath = mutatePath(cluster, 'warm-up');
  const event = {
    version: '2.0',
    rawPath,
    rawQueryString: 'timeout=1s',
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method: 'POST', path: rawPath }, stage: '$default' },
    body: REVIEW,
    isBase64Encoded: false,
  };
  for (let i = 0; i < ROUNDS; i++) await mutate(event);
}

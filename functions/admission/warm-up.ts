import type { JSONWebKeySet } from 'jose';
import { createMutate, type MutateTools } from './serve.ts';

const POD = { metadata: { name: 'warm-up' }, spec: { containers: [{ name: 'app', image: 'busybox' }] } };
const PODS = { group: '', version: 'v1' };

/** The first round loads and compiles; a few more let the compiler settle. */
const ROUNDS = 5;

/** A review of nobody's Pod. */
const REVIEW = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'warm-up',
    kind: { ...PODS, kind: 'Pod' },
    resource: { ...PODS, resource: 'pods' },
    namespace: 'warm-up',
    operation: 'CREATE',
    object: POD,
  },
});

/**
 * Walks the way of a request once at INIT, where Lambda gives a full core, so that the first real one does not pay for
 * loading keys and compiling code (about 20 ms here). Nothing of it is logged, and nothing can be reached by it: the
 * token that is tried for the keys' sake is refused, and the review is handed in behind the door.
 *
 * @param clusters Kubernetes clusters whose records are held; with none, only the keys are warmed up
 */
export async function warmUp(tools: MutateTools, keys: JSONWebKeySet, clusters: readonly string[]): Promise<void> {
  const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', kid: keys.keys[0]?.kid })).toString('base64url');
  await tools.verifyToken('warm-up', `${header}.e30.${'A'.repeat(86)}`).catch(() => {});
  const [cluster] = clusters;
  if (cluster === undefined) return;
  const verifyToken: MutateTools['verifyToken'] = async () => ({ cluster, epoch: Number.MAX_SAFE_INTEGER });
  const mutate = createMutate({ ...tools, verifyToken, log: () => {} });
  const rawPath = `/v1/mutate/${cluster}/warm-up`;
  const event = {
    rawPath,
    rawQueryString: 'timeout=1s',
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method: 'POST', path: rawPath } },
    body: REVIEW,
  };
  for (let i = 0; i < ROUNDS; i++) await mutate(event);
}

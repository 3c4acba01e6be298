import { parse } from 'yaml';
import { isRecord } from '../../../functions/json/faults.ts';
import { LOCAL_ISSUER } from '../server/discovery.ts';
import { mintServiceAccountToken } from '../server/service-account-token.ts';
import { loadIssuerKeys } from '../server/state.ts';
import { CART } from './canary.ts';
import { at, named, objectsOf } from './json-path.ts';
import { say } from './print.ts';
import { type Demo, type Pod, patched, review } from './review.ts';

/** A Pod whose application calls the Service in release. */
const CLIENT = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: ${CART.namespace}
  annotations:
    outrigger.dev/templates: envoy
spec:
  serviceAccountName: default
  containers:
  - name: web
    image: busybox
`;

/** The client's Pod with the `envoy` template in it, as the webhook injected it. */
export async function injectClient(demo: Demo): Promise<Pod> {
  const pod: Pod = parse(CLIENT);
  const { operations, after } = patched(pod, await review(demo, pod, CART.namespace));
  say(`   Pod ${CART.namespace}/web asks for the envoy template: ${operations.length} operations`);
  return after;
}

/** The ServiceAccount token that the volume of an injected Pod asks for. */
export async function mintToken({ stateDir }: Demo, pod: Pod): Promise<string> {
  const sources = objectsOf(at(named(at(pod, 'spec', 'volumes'), 'outrigger-identity'), 'projected', 'sources'));
  const wanted = sources.map((source) => source['serviceAccountToken']).find(isRecord);
  const { privateJwk } = await loadIssuerKeys(stateDir);
  return await mintServiceAccountToken(privateJwk, {
    namespace: String(at(pod, 'metadata', 'namespace')),
    serviceAccount: String(at(pod, 'spec', 'serviceAccountName')),
    pod: { name: String(at(pod, 'metadata', 'name')), uid: crypto.randomUUID() },
    audience: String(wanted?.['audience']),
    issuer: LOCAL_ISSUER,
    duration: Number(wanted?.['expirationSeconds']),
    now: Date.now(),
  });
}

import jsonPatch, { type Operation } from 'fast-json-patch';
import type { Answer } from '../http/http-client.ts';
import { INJECT } from '../injection/annotations.ts';
import { isRecord } from '../json/faults.ts';

const VERSION = 'admission.k8s.io/v1';
/** Where the Pod would be; no Pod is ever made. */
const NAMESPACE = 'outrigger-probe';
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  // What is tried is the way: the URL, its token, the function. Templates are the matter of a record that registration is
  // about to write, so at this time the function may know none yet.
  metadata: { name: 'probe', namespace: NAMESPACE, annotations: { [INJECT]: 'false' } },
  spec: { containers: [{ name: 'probe', image: 'registry.k8s.io/pause:3.10' }] },
};

/** The text of a review as kube-apiserver sends it for a Pod that opted out and is created with `--dry-run=server`. */
export function probeReview(uid: string): string {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = {
    uid,
    ...{ kind, resource, requestKind: kind, requestResource: resource },
    ...{ name: POD.metadata.name, namespace: NAMESPACE, operation: 'CREATE' },
    userInfo: { username: 'system:outrigger-probe', groups: ['system:authenticated'] },
    ...{ object: POD, oldObject: null, dryRun: true },
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', dryRun: ['All'] },
  };
  return JSON.stringify({ kind: 'AdmissionReview', apiVersion: VERSION, request });
}

/** What kube-apiserver would find wrong with the answer (webhook/request/admissionreview.go); undefined for nothing. */
export function faultOfAnswer({ headers, text }: Answer, uid: string): string | undefined {
  const type = headers['content-type'] ?? 'no content type';
  if (!type.startsWith('application/json')) return `answers ${type.slice(0, 60)}, not application/json`;
  const review = read(text);
  if (!isRecord(review) || review['kind'] !== 'AdmissionReview' || review['apiVersion'] !== VERSION) {
    return `answers no AdmissionReview of ${VERSION}`;
  }
  const { response } = review;
  if (!isRecord(response) || response['uid'] !== uid) return 'answers another review than was asked (uid)';
  const { allowed, patch, patchType } = response;
  if (typeof allowed !== 'boolean') return 'does not say whether the Pod is allowed';
  if (patch === undefined && patchType === undefined) return undefined;
  if (typeof patch !== 'string' || patchType !== 'JSONPatch') return 'answers a patch without patchType JSONPatch';
  return faultOfPatch(patch);
}

/** Why such a Pod is refused; undefined when it is not. */
export function denialIn({ text }: Answer): string | undefined {
  const review = read(text);
  const response: unknown = isRecord(review) ? review['response'] : undefined;
  if (!isRecord(response) || response['allowed'] !== false) return undefined;
  const { status } = response;
  return isRecord(status) && typeof status['message'] === 'string' ? status['message'] : 'without a word';
}

function faultOfPatch(patch: string): string | undefined {
  const operations = read(Buffer.from(patch, 'base64').toString('utf8'));
  if (!Array.isArray(operations)) return 'answers a patch that is no JSON Patch';
  try {
    const checked: Operation[] = operations;
    jsonPatch.applyPatch(structuredClone(POD), checked, true);
    return undefined;
  } catch {
    return 'answers a patch that does not apply to the Pod';
  }
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

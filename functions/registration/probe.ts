import { exchange } from '../http/exchange.ts';

/** Sends a made-up review to a webhook URL and says why the answer is not a good one; undefined for a good one. */
export async function probeEndpoint(
  url: string,
  ca: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const uid = crypto.randomUUID();
  const metadata = { name: 'outrigger-probe', annotations: { 'outrigger.dev/inject': 'false' } };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'app', image: 'app' }] } };
  const request = {
    uid,
    kind,
    resource,
    requestKind: kind,
    requestResource: resource,
    namespace: 'default',
    operation: 'CREATE',
    userInfo: {},
    object,
    oldObject: null,
    dryRun: true,
  };
  const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
  try {
    const answer = await exchange(new URL(`${url}?timeout=3s`), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      bytesMax: 1_000_000,
      tls: ca === undefined ? {} : { ca },
    });
    return answer.status === 200 ? undefined : `status ${answer.status}`;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
  }
}

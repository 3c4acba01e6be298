import jsonPatch, { type Operation } from 'fast-json-patch';
import type { RunningGateway } from '../server/serve.ts';
import { postJson } from './https-client.ts';

/** What the parts of the demo share. */
export interface Demo {
  readonly gateway: RunningGateway;
  /** The authority that the gateway's certificate is of, in PEM. */
  readonly ca: string;
  /** Lines that the entry points have logged. */
  readonly log: readonly string[];
  /** A temporary folder of the demo's own. */
  readonly stateDir: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** As much of an AdmissionReview's answer as is shown. */
export interface Answer {
  readonly response: {
    readonly allowed: boolean;
    readonly patch?: string;
    readonly auditAnnotations?: Readonly<Record<string, string>>;
    readonly status?: { readonly message: string };
  };
}

/** A Pod as far as the demo looks into it. */
export type Pod = { metadata: { labels?: Record<string, string> } & Record<string, unknown> } & Record<string, unknown>;

/** Sends a Pod as a kube-apiserver does when it is created. */
export async function review({ gateway, ca }: Demo, pod: Pod, namespace = 'default'): Promise<Answer> {
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = {
    uid: crypto.randomUUID(),
    ...{ kind, resource, requestKind: kind, requestResource: resource, name: pod.metadata['name'], namespace },
    ...{ operation: 'CREATE', userInfo: { username: 'demo' }, object: pod, oldObject: null, dryRun: false },
  };
  const body = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
  const { text } = await postJson(`${gateway.endpoint.webhookUrl}?timeout=3s`, body, ca);
  const answer: Answer = JSON.parse(text);
  return answer;
}

/** The operations of an answer, and the Pod after them. */
export function patched(
  pod: Pod,
  { response }: Answer,
): { readonly operations: readonly Operation[]; readonly after: Pod } {
  const operations: Operation[] = JSON.parse(Buffer.from(response.patch ?? 'W10=', 'base64').toString());
  return { operations, after: jsonPatch.applyPatch(structuredClone(pod), operations, true).newDocument };
}

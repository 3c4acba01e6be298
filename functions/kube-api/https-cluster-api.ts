import type { ClusterAccess } from './cluster-access.ts';
import { type ClusterApi, FIELD_MANAGER } from './cluster-api.ts';
import { failureOf } from './cluster-failure.ts';
import { objectIn, pageIn } from './kube-answer.ts';
import { createKubeCall, type KubeAnswer, type KubeAsk, type KubeCallTools } from './kube-call.ts';

/**
 * The calls to a Kubernetes API server over HTTPS, with connections kept open. Everything here is idempotent, so what
 * got lost or was refused for the moment is tried again, a few times, within the caller's time. No error repeats a
 * token or a header.
 */
export function createClusterApi(access: ClusterAccess, tools: KubeCallTools = {}): ClusterApi {
  const send = createKubeCall(access, tools);

  return {
    async get(path, signal) {
      const { status, text } = await call({ method: 'GET', path }, signal, 404);
      return status === 404 ? undefined : objectIn(status, text);
    },
    async list(path, { limit, continue: from, labelSelector }, signal) {
      const query = {
        limit: String(limit),
        ...(from === undefined ? {} : { continue: from }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
      };
      const { status, text } = await call({ method: 'GET', path, query }, signal);
      return pageIn(status, text);
    },
    async apply(path, object, { force, dryRun }, signal) {
      const query = {
        fieldManager: FIELD_MANAGER,
        // A field that the API server does not know would otherwise be dropped without a word.
        fieldValidation: 'Strict',
        force: String(force),
        ...(dryRun ? { dryRun: 'All' } : {}),
      };
      // JSON is YAML.
      const body = { type: 'application/apply-patch+yaml', text: JSON.stringify(object) };
      const { status, text } = await call({ method: 'PATCH', path, query, body }, signal);
      return objectIn(status, text);
    },
    async patch(path, operations, { dryRun }, signal) {
      const query = { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', ...(dryRun ? { dryRun: 'All' } : {}) };
      const body = { type: 'application/json-patch+json', text: JSON.stringify(operations) };
      const { status, text } = await call({ method: 'PATCH', path, query, body }, signal);
      return objectIn(status, text);
    },
    async delete(path, signal) {
      const { status, isRepeated } = await call({ method: 'DELETE', path }, signal, 404);
      // The try before may have deleted it, and its answer got lost.
      return status !== 404 || isRepeated;
    },
  };

  /** Rejects for anything but a success and `alsoGood`. */
  async function call(ask: KubeAsk, signal: AbortSignal, alsoGood?: number): Promise<KubeAnswer> {
    const answer = await send(ask, signal);
    const isGood = (answer.status >= 200 && answer.status < 300) || answer.status === alsoGood;
    if (!isGood) throw failureOf(answer);
    return answer;
  }
}

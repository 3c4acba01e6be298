import { type EnforcedLevels, POD_SECURITY_LEVELS } from '../../cluster-record/pod-security-levels.ts';
import { DNS_LABEL, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { type ClusterApi, ClusterApiError, type KubeObject } from '../../kube-api/cluster-api.ts';
import type { RecordDocument } from '../record/record-store.ts';

type Level = (typeof POD_SECURITY_LEVELS)[number];

const ENFORCE = 'pod-security.kubernetes.io/enforce';
/** One page; a cluster of more than 100 pages has no business here. */
const PAGE_SIZE = 500;
const PAGES_MAX = 100;

/** The levels of Pod Security that namespaces enforce by label; undefined where we may not read namespaces. */
export async function readNamespaceLevels(
  api: ClusterApi,
  signal: AbortSignal,
): Promise<EnforcedLevels['namespaces'] | undefined> {
  const levels: [string, Level][] = [];
  let from: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = { limit: PAGE_SIZE, labelSelector: ENFORCE, ...(from === undefined ? {} : { continue: from }) };
    const found = await unlessForbidden(api.list('/api/v1/namespaces', query, signal));
    if (found === undefined) return undefined;
    for (const { metadata } of found.items) {
      const level = enforcedLevel(metadata);
      if (level !== undefined && DNS_LABEL.test(metadata.name)) levels.push([metadata.name, level]);
    }
    from = found.continue;
    if (from === undefined) break;
  }
  return Object.fromEntries(levels.sort());
}

/** The level in the label of a namespace; undefined for none, or for one that Kubernetes does not define. */
function enforcedLevel(metadata: KubeObject['metadata']): Level | undefined {
  const labels = own(metadata, 'labels');
  const label = isRecord(labels) ? own(labels, ENFORCE) : undefined;
  return POD_SECURITY_LEVELS.find((level) => level === label);
}

/** The answer; undefined where RBAC does not let us ask. */
export async function unlessForbidden<T>(asked: Promise<T>): Promise<T | undefined> {
  return await asked.catch((error: unknown) => {
    if (error instanceof ClusterApiError && error.status === 403) return undefined;
    throw error;
  });
}

/** The field `podSecurity` of a record, with what namespaces enforce now; the level of the others stays as it is. */
export function podSecurityWith(
  record: RecordDocument | undefined,
  namespaces: EnforcedLevels['namespaces'],
): Record<string, unknown> {
  const stored = isRecord(record?.['podSecurity']) ? record['podSecurity'] : {};
  return { default: 'privileged', ...stored, namespaces };
}

import { isRecord } from '../json/faults.ts';
import { readRegistration } from '../registration/registration-record.ts';
import type { TemplateStore } from '../template-store/store.ts';

/**
 * The stage of a roll-out, as the registration keeps it in the cluster's record: the only namespaces whose Pods are sent
 * to the webhook. Undefined: every one with the opt-in label. Rejects when the record cannot be read.
 */
export async function readStage(
  store: Pick<TemplateStore, 'getClusterRecord'>,
  cluster: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const record = await store.getClusterRecord(cluster, signal);
  return readRegistration(isRecord(record) ? record : undefined)?.namespaces;
}

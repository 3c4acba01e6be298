import type { EvidenceRow, HostsRow } from '../canary/evidence/evidence-store.ts';
import { isRecord } from '../json/faults.ts';

/** How long what was heard of hosts is kept, in seconds: the same as a proxy report. */
export const HOSTS_SECONDS = 3_600;

/** A row of evidence as it was written; undefined for anything else: what cannot be read is no evidence. */
export function parseEvidence(value: unknown): EvidenceRow | undefined {
  return isEvidence(value) ? value : undefined;
}

/** What was heard of hosts, as it was written; undefined for anything else. */
export function parseHostsRow(value: unknown): HostsRow | undefined {
  return isHostsRow(value) ? value : undefined;
}

function isEvidence(value: unknown): value is EvidenceRow {
  return (
    isRecord(value) &&
    ['slot', 'writtenAt', 'late'].every((field) => Number.isSafeInteger(value[field])) &&
    ['steps', 'windows', 'proxies', 'names', 'numbers', 'full', 'kept'].every((field) => areLists(value, field)) &&
    ['reporting', 'silent'].every((field) => typeof value[field] === 'string') &&
    ['undefined', 'object'].includes(typeof value['hosts'])
  );
}

function isHostsRow(value: unknown): value is HostsRow {
  return isRecord(value) && Number.isSafeInteger(value['writtenAt']) && areLists(value, 'targets');
}

/** Whether a field is a list of lists, or of texts. */
function areLists(value: Readonly<Record<string, unknown>>, field: string): boolean {
  const list = value[field];
  return Array.isArray(list) && list.every((one) => Array.isArray(one) || typeof one === 'string');
}

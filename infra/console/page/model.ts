import type { AuditEntry } from '../../../functions/canary/audit-entry.ts';
import type { Canary } from '../../../functions/canary/canary.ts';
import type { EvidenceWindow } from '../../../functions/traffic/evidence/describe-evidence.ts';
import type { ProxiesDescription } from '../../../functions/traffic/proxies/proxy-status.ts';

/** What the page knows of one release. */
export interface ReleaseState {
  readonly canary: Canary;
  /** Undefined: not known to this control plane. */
  readonly proxies: ProxiesDescription | undefined;
  /** Oldest first. */
  readonly windows: readonly EvidenceWindow[];
  /** Newest first. */
  readonly history: readonly AuditEntry[];
}

/** The answer of a server of another version may be anything: only what has these fields is drawn. */
export function isCanary(value: unknown): value is Canary {
  return hasKind(value, 'Canary') && 'metadata' in value && 'spec' in value && 'status' in value;
}

/** The items of a list; empty for what is none. */
export function canariesOf(value: unknown): readonly Canary[] {
  if (!hasKind(value, 'CanaryList') || !('items' in value) || !Array.isArray(value.items)) return [];
  return value.items.filter(isCanary);
}

/** The windows of evidence and where older ones are. */
export function pageOf(value: unknown): { readonly windows: readonly EvidenceWindow[]; readonly next: string } {
  if (!isEvidence(value)) return { windows: [], next: '' };
  return { windows: value.windows, next: value.metadata.continue ?? '' };
}

interface Evidence {
  readonly metadata: { readonly continue?: string };
  readonly windows: readonly EvidenceWindow[];
}

function isEvidence(value: unknown): value is Evidence {
  return hasKind(value, 'CanaryEvidence') && 'windows' in value && Array.isArray(value.windows) && 'metadata' in value;
}

/** Whether it is what `GET …/proxies` answers. */
export function isProxies(value: unknown): value is ProxiesDescription {
  return hasKind(value, 'CanaryProxies') && 'items' in value && Array.isArray(value.items);
}

/** The entries of a history; empty for what is none. */
export function entriesOf(value: unknown): readonly AuditEntry[] {
  return isHistory(value) ? value.items : [];
}

function isHistory(value: unknown): value is { readonly items: readonly AuditEntry[] } {
  return hasKind(value, 'CanaryHistory') && 'items' in value && Array.isArray(value.items);
}

function hasKind(value: unknown, kind: string): value is object {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

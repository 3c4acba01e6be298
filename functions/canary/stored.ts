import { CanaryStoreError } from '../errors.ts';
import { isRecord } from '../faults.ts';
import { CANARY_API_VERSION, type Canary, type CanaryCondition, type CanaryTarget } from './canary.ts';
import type { AuditEntry, FleetReport, IdempotentAnswer } from './store.ts';

/** The most that DynamoDB keeps as one item, in bytes (Developer Guide, "Quotas"); every store keeps to it. */
const ITEM_BYTES_MAX = 400 * 1_024;
/** Names of attributes and both keys come on top of the document: 1,024 + 2,048 bytes of keys at most. */
const ITEM_OVERHEAD_BYTES = 4 * 1_024;

/** How long a fleet report is kept, in seconds: longer than a write awaits the fleet (4 × refresh + 35 s). */
export const FLEET_SECONDS = 300;

/** What a store keeps, as its errors name it. */
export type StoredKind = 'canary' | 'audit entry' | 'answer' | 'fleet report';

/** The document as JSON; throws CanaryStoreError when it is larger than a store takes. */
export function writeStored(kind: StoredKind, document: unknown): string {
  const text = JSON.stringify(document);
  const bytes = Buffer.byteLength(text);
  const most = ITEM_BYTES_MAX - ITEM_OVERHEAD_BYTES;
  if (bytes > most) throw new CanaryStoreError(`the ${kind} has ${bytes} bytes; a store takes at most ${most}`);
  return text;
}

/** JSON's value, or undefined for what is no JSON. */
export function parseJson(text: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return value;
  } catch {
    return undefined;
  }
}

/** A canary as it was written; throws CanaryStoreError for anything else, because a list must never lack one. */
export function readCanary(value: unknown, where: string): Canary {
  return isCanary(value) ? value : refuse('canary', where);
}

/** An audit entry as it was written, else throws CanaryStoreError. */
export function readAudit(value: unknown, where: string): AuditEntry {
  return isAudit(value) ? value : refuse('audit entry', where);
}

/** A kept answer as it was written, else throws CanaryStoreError. */
export function readAnswer(value: unknown, where: string): IdempotentAnswer {
  return isAnswer(value) ? value : refuse('answer', where);
}

/** A fleet report as it was written, else throws CanaryStoreError. */
export function readFleetReport(value: unknown, where: string): FleetReport {
  return isFleetReport(value) ? value : refuse('fleet report', where);
}

function refuse(kind: StoredKind, where: string): never {
  throw new CanaryStoreError(`the stored ${kind} at ${where} cannot be read: mend it or take it away`);
}

function isCanary(value: unknown): value is Canary {
  if (!isRecord(value) || value['apiVersion'] !== CANARY_API_VERSION || value['kind'] !== 'Canary') return false;
  const { metadata, spec, status } = value;
  if (!isRecord(metadata) || !isRecord(spec) || !isRecord(status)) return false;
  const { weights, targets, conditions, awaiting } = status;
  return (
    texts(metadata, 'name', 'namespace', 'uid', 'creationTimestamp', 'resourceVersion') &&
    /^\d{1,15}$/.test(String(metadata['resourceVersion'])) &&
    Number.isSafeInteger(metadata['generation']) &&
    isRecord(metadata['labels']) &&
    isRecord(metadata['annotations']) &&
    isService(spec['service']) &&
    isBackends(spec['backends']) &&
    Array.isArray(spec['exportTo']) &&
    Array.isArray(spec['match']) &&
    isRecord(weights) &&
    share(weights['stable']) + share(weights['canary']) === spec['totalWeight'] &&
    texts(status, 'phase', 'lastTransitionTime') &&
    Array.isArray(targets) &&
    targets.every(isTarget) &&
    Array.isArray(conditions) &&
    conditions.every(isCondition) &&
    (awaiting === undefined || (isRecord(awaiting) && texts(awaiting, 'resourceVersion', 'since', 'until')))
  );
}

function isTarget(value: unknown): value is CanaryTarget {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value['revision']) &&
    isService(value['service']) &&
    isBackends(value['backends']) &&
    texts(value, 'routesFrom')
  );
}

function isCondition(value: unknown): value is CanaryCondition {
  return isRecord(value) && texts(value, 'type', 'status', 'reason', 'message', 'lastTransitionTime');
}

function isService(value: unknown): boolean {
  return isRecord(value) && texts(value, 'name') && Number.isSafeInteger(value['port']);
}

function isBackends(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  return value.every((b: unknown) => isRecord(b) && texts(b, 'name', 'service') && Number.isSafeInteger(b['port']));
}

/** A weight; NaN for what is none, which no sum equals. */
function share(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
}

function isAudit(value: unknown): value is AuditEntry {
  return isRecord(value) && texts(value, 'time', 'who', 'verb', 'resourceVersion');
}

function isAnswer(value: unknown): value is IdempotentAnswer {
  if (!isRecord(value)) return false;
  return texts(value, 'requestHash', 'body') && ['statusCode', 'expires'].every((k) => Number.isSafeInteger(value[k]));
}

function isFleetReport(value: unknown): value is FleetReport {
  return (
    isRecord(value) &&
    typeof value['writtenAt'] === 'number' &&
    Array.isArray(value['versions']) &&
    isRecord(value['proxies']) &&
    isRecord(value['names']) &&
    typeof value['sampling'] === 'number'
  );
}

function texts(record: Readonly<Record<string, unknown>>, ...keys: readonly string[]): boolean {
  return keys.every((key) => typeof record[key] === 'string');
}

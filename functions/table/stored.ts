import type { Canary } from '../canary/canary.ts';
import { wrongField } from '../canary/document/canary-schema.ts';
import type { ProxyReport } from '../canary/proxy-reports.ts';
import { withRest } from '../canary/rest.ts';
import { withDeletion } from '../canary/settled.ts';
import { withRelease } from '../canary/steps/release.ts';
import type { AuditEntry, IdempotentAnswer } from '../canary/store.ts';
import { CanaryStoreError } from '../errors.ts';
import { isRecord, isTexts } from '../json/faults.ts';

/** The most that DynamoDB keeps as one item, in bytes (Developer Guide, "Quotas"); every store keeps to it. */
const ITEM_BYTES_MAX = 400 * 1_024;
/** Names of attributes and both keys come on top of the document: 1,024 + 2,048 bytes of keys at most. */
const ITEM_OVERHEAD_BYTES = 4 * 1_024;

/**
 * How long a proxy report is kept, in seconds: a caller that asks some minutes after a write still learns how it went.
 * Reports of environments that have ended do no harm: each report counts by its time.
 */
export const PROXY_REPORT_SECONDS = 3_600;

/**
 * The document as JSON; throws CanaryStoreError when it is larger than a store takes.
 *
 * @param kind what the document is, for the error
 */
export function writeStored(kind: string, document: unknown): string {
  const text = JSON.stringify(document);
  const bytes = Buffer.byteLength(text);
  const most = ITEM_BYTES_MAX - ITEM_OVERHEAD_BYTES;
  if (bytes > most) throw new CanaryStoreError(`the ${kind} has ${bytes} bytes; a store takes at most ${most}`);
  return text;
}

/** The value of a JSON text; undefined when the text is not JSON. */
export function parseJson(text: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return value;
  } catch {
    return undefined;
  }
}

/**
 * A canary as it was written, with the `status.atRest` and the phase of a deletion that are true of it. Throws
 * CanaryStoreError for any other value; the error names the first field that is wrong.
 */
export function readCanary(value: unknown, where: string): Canary {
  return isCanary(value) ? withRelease(withRest(withDeletion(value))) : refuse('canary', where, wrongField(value));
}

/** An audit entry as it was written, else throws CanaryStoreError. */
export function readAudit(value: unknown, where: string): AuditEntry {
  return isAudit(value) ? value : refuse('audit entry', where);
}

/** A kept answer as it was written, else throws CanaryStoreError. */
export function readAnswer(value: unknown, where: string): IdempotentAnswer {
  return isAnswer(value) ? value : refuse('answer', where);
}

/** A proxy report as it was written, else throws CanaryStoreError. */
export function readProxyReport(value: unknown, where: string): ProxyReport {
  return parseProxyReport(value) ?? refuse('proxy report', where);
}

/** The same; undefined for anything else. */
export function parseProxyReport(value: unknown): ProxyReport | undefined {
  return isProxyReport(value) ? value : undefined;
}

function refuse(kind: string, where: string, field?: string): never {
  const what = field === undefined ? '' : ` (${field})`;
  throw new CanaryStoreError(`the stored ${kind} at ${where} cannot be read${what}: correct it or delete it`, {
    field,
  });
}

function isCanary(value: unknown): value is Canary {
  return wrongField(value) === undefined;
}

function isAudit(value: unknown): value is AuditEntry {
  return isRecord(value) && isTexts(value, 'time', 'who', 'verb', 'resourceVersion');
}

function isAnswer(value: unknown): value is IdempotentAnswer {
  if (!isRecord(value)) return false;
  return (
    isTexts(value, 'requestHash', 'body') && ['statusCode', 'expires'].every((k) => Number.isSafeInteger(value[k]))
  );
}

function isProxyReport(value: unknown): value is ProxyReport {
  return (
    isRecord(value) &&
    typeof value['writtenAt'] === 'number' &&
    Array.isArray(value['versions']) &&
    isRecord(value['proxies']) &&
    isRecord(value['names']) &&
    typeof value['sampling'] === 'number' &&
    ['namespaces', 'samplings'].every((k) => value[k] === undefined || Array.isArray(value[k])) &&
    ['undefined', 'number'].includes(typeof value['refusals']) &&
    (value['learning'] === undefined || isLearning(value['learning']))
  );
}

function isLearning(value: unknown): boolean {
  return (
    isRecord(value) &&
    ['targets', 'namespaces'].every((k) => Array.isArray(value[k])) &&
    isRecord(value['proxies']) &&
    typeof value['isWhole'] === 'boolean'
  );
}

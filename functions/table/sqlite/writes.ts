import type { Canary } from '../../canary/canary.ts';
import type { CanaryKey, IdempotencyKey, IdempotentAnswer, WriteExtras } from '../../canary/store.ts';
import { CanaryStoreError } from '../../errors.ts';
import { ANSWER_PREFIX, answerKey, auditKey, auditPrefix, canaryKey, goneKey, headKey, movedKey } from '../keys.ts';
import { partitionOf } from '../row-key.ts';
import type { Rows } from '../rows.ts';
import { parseJson, readAnswer, readCanary, writeStored } from '../stored.ts';

/** One write: of what, what goes with it, and its own name. */
export interface Writing {
  readonly key: CanaryKey;
  readonly extras: WriteExtras;
  /** Unique for each write. */
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Audit entries that a store on this machine keeps of one canary: more than a history shows, and some 300 KB. */
export const AUDIT_ENTRIES_MAX = 1_000;

/** Writes of which a store on this machine remembers whose they were; a reader that is further behind reads the list. */
const MOVES_KEPT = 1_000;

/** The counter of the Kubernetes cluster's writes. */
export function readHead(rows: Rows, cluster: string): number {
  return Number(rows.get(headKey(cluster)) ?? 0);
}

/** The canary under the key, if there is one. */
export function readRow(rows: Rows, key: CanaryKey): Canary | undefined {
  const row = canaryKey(key);
  const text = rows.get(row);
  return text === undefined ? undefined : readCanary(parseJson(text), row.sort);
}

/** Puts the canary under its key. */
export function writeCanary(rows: Rows, key: CanaryKey, canary: Canary): void {
  rows.put(canaryKey(key), writeStored('canary', canary));
}

/** Writes what goes with a change of a canary: the audit entry, the kept answer, the head and who moved it. */
export function writeAround(rows: Rows, { key, extras, token, now }: Writing, version: number): void {
  const { audit, idempotency } = extras;
  rows.put(auditKey(key, audit, token), writeStored('audit entry', audit));
  forgetAudit(rows, key);
  if (idempotency !== undefined) {
    forgetAnswers(rows, key.cluster, now);
    rows.put(answerKey(key.cluster, idempotency.key), writeStored('answer', idempotency.answer));
  }
  moveHead(rows, key, version, movedKey);
}

/** Sets the head to the version of a write, and leaves word of whose it was. */
export function moveHead(
  rows: Rows,
  { cluster, namespace, name }: CanaryKey,
  version: number,
  how: typeof movedKey | typeof goneKey,
): void {
  rows.put(headKey(cluster), String(version));
  rows.put(how(cluster, version), JSON.stringify({ namespace, name }));
  for (const old of [movedKey, goneKey]) rows.delete(old(cluster, version - MOVES_KEPT));
}

/** The answer kept under the key, unless its day is over. */
export function findAnswer(
  rows: Rows,
  cluster: string,
  key: IdempotencyKey,
  now: number,
): IdempotentAnswer | undefined {
  const row = answerKey(cluster, key);
  const text = rows.get(row);
  const answer = text === undefined ? undefined : readAnswer(parseJson(text), row.sort);
  return answer === undefined || isOver(answer, now) ? undefined : answer;
}

/** The oldest entry, where there is one more than are kept. */
function forgetAudit(rows: Rows, key: CanaryKey): void {
  const partition = partitionOf(key.cluster);
  const newest = rows.list({ partition, prefix: auditPrefix(key), newestFirst: { limit: AUDIT_ENTRIES_MAX + 1 } });
  for (const { sort } of newest.slice(AUDIT_ENTRIES_MAX)) rows.delete({ partition, sort });
}

function forgetAnswers(rows: Rows, cluster: string, now: number): void {
  const partition = partitionOf(cluster);
  for (const { sort, text } of rows.list({ partition, prefix: ANSWER_PREFIX })) {
    const answer = readable(() => readAnswer(parseJson(text), sort));
    if (answer !== undefined && isOver(answer, now)) rows.delete({ partition, sort });
  }
}

/** Undefined for a row that cannot be read, which must not stop a write that is about another one. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CanaryStoreError) return undefined;
    throw error;
  }
}

function isOver({ expires }: IdempotentAnswer, now: number): boolean {
  return expires * 1_000 <= now;
}

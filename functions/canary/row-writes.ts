import type { Canary } from './canary.ts';
import { ANSWER_PREFIX, answerKey, auditKey, canaryKey, headKey, partitionOf } from './keys.ts';
import type { Rows } from './rows.ts';
import type { CanaryKey, IdempotencyKey, IdempotentAnswer, WriteExtras } from './store.ts';
import { parseJson, readAnswer, readCanary, writeStored } from './stored.ts';

/** One write: of what, what goes with it, and its own name. */
export interface Writing {
  readonly key: CanaryKey;
  readonly extras: WriteExtras;
  /** Unique for each write. */
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

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

/** Writes what goes with a change of a canary: the audit entry, the kept answer, and one step of the head. */
export function writeAround(rows: Rows, { key, extras: { audit, idempotency }, token, now }: Writing): void {
  rows.put(auditKey(key, audit, token), writeStored('audit entry', audit));
  if (idempotency !== undefined) {
    forgetAnswers(rows, key.cluster, now);
    rows.put(answerKey(key.cluster, idempotency.key), writeStored('answer', idempotency.answer));
  }
  moveHead(rows, key.cluster);
}

/** One step of the head. */
export function moveHead(rows: Rows, cluster: string): void {
  rows.put(headKey(cluster), String(readHead(rows, cluster) + 1));
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

function forgetAnswers(rows: Rows, cluster: string, now: number): void {
  const partition = partitionOf(cluster);
  for (const { sort, text } of rows.list({ partition, prefix: ANSWER_PREFIX })) {
    if (isOver(readAnswer(parseJson(text), sort), now)) rows.delete({ partition, sort });
  }
}

function isOver({ expires }: IdempotentAnswer, now: number): boolean {
  return expires * 1_000 <= now;
}

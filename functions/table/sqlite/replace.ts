import { aborted } from '../../canary/aborted.ts';
import type { Canary } from '../../canary/canary.ts';
import { claimChanges } from '../../canary/claims.ts';
import type { WriteOutcome } from '../../canary/store.ts';
import type { MateAbort } from '../../canary/stored/writes.ts';
import { versionAfter } from '../../canary/version-line.ts';
import { keyOf } from '../keys.ts';
import type { Rows } from '../rows.ts';
import { changeClaims, findClaimant } from './claims.ts';
import { findAnswer, readHead, readRow, type Writing, writeAround, writeCanary } from './writes.ts';

/** Aborts one canary, whatever it is; undefined where it is not there. */
export function abortOne(rows: Rows, { key, patch, audit }: MateAbort, token: string, now: number): Canary | undefined {
  const current = readRow(rows, key);
  if (current === undefined) return undefined;
  const version = versionAfter(readHead(rows, key.cluster), current);
  const canary = aborted(current, patch, version);
  writeCanary(rows, key, canary);
  const extras = { audit: { ...audit, resourceVersion: String(version) } };
  writeAround(rows, { key, extras, token, now }, version);
  return canary;
}

/**
 * Puts the canary where the one at `expected` stands (undefined: where none does), its claim and all that goes with it, mates
 * included. Everything is looked at before anything is written: what a transaction has changed stays.
 */
export function replaceCanary(
  rows: Rows,
  writing: Writing,
  expected: string | undefined,
  canary: Canary,
): WriteOutcome {
  const { key, extras, now, token } = writing;
  const { idempotency, mates = [], elsewhere = [] } = extras;
  const current = readRow(rows, key);
  const isTaken = idempotency !== undefined && findAnswer(rows, key.cluster, idempotency.key, now) !== undefined;
  if (current?.metadata.resourceVersion !== expected || isTaken) return { outcome: 'conflict', current };
  const claims = claimChanges(current, canary);
  const by = findClaimant(rows, key, claims, now);
  if (by !== undefined) return { outcome: 'claimed', by };
  const others = mates.map((mate) => {
    const mateKey = keyOf(key.cluster, mate.canary);
    return { ...mate, key: mateKey, claims: claimChanges(mate.before, mate.canary) };
  });
  const isMoved = others.some(
    (mate) =>
      readRow(rows, mate.key)?.metadata.resourceVersion !== mate.before.metadata.resourceVersion ||
      findClaimant(rows, mate.key, mate.claims, now) !== undefined,
  );
  if (isMoved) return { outcome: 'conflict', current };
  if (elsewhere.some((seen) => readRow(rows, seen.key)?.metadata.resourceVersion !== seen.resourceVersion)) {
    return { outcome: 'elsewhere' };
  }
  if (readHead(rows, key.cluster) >= versionOf(canary)) return { outcome: 'behind' };
  changeClaims(rows, key, claims);
  writeCanary(rows, key, canary);
  writeAround(rows, writing, versionOf(canary));
  for (const mate of others) {
    changeClaims(rows, mate.key, mate.claims);
    writeCanary(rows, mate.key, mate.canary);
    writeAround(rows, { key: mate.key, extras: { audit: mate.audit }, token, now }, versionOf(mate.canary));
  }
  return { outcome: 'written' };
}

function versionOf({ metadata }: Canary): number {
  return Number(metadata.resourceVersion);
}

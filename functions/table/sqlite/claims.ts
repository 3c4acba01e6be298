import { type ClaimChanges, isHeld, parseClaim } from '../../canary/claims.ts';
import type { CanaryKey } from '../../canary/store.ts';
import { CanaryStoreError } from '../../errors.ts';
import { claimKey } from '../keys.ts';
import type { Rows } from '../rows.ts';
import { parseJson } from '../stored.ts';

/** The other canary that has one of the claims to be put; undefined when there is none. */
export function findClaimant(rows: Rows, key: CanaryKey, { put }: ClaimChanges, now: number): string | undefined {
  for (const { service } of put) {
    const { partition, sort } = claimKey(key.cluster, key.namespace, service);
    const text = rows.get({ partition, sort });
    if (text === undefined) continue;
    const claim = parseClaim(parseJson(text));
    if (claim === undefined) throw new CanaryStoreError(`the stored claim at ${sort} cannot be read: delete it`);
    if (claim.canary !== key.name && isHeld(claim, now)) return claim.canary;
  }
  return undefined;
}

/** Puts and drops the claims of a canary. */
export function changeClaims(rows: Rows, key: CanaryKey, { put, drop }: ClaimChanges): void {
  const { cluster, namespace, name } = key;
  for (const service of drop) rows.delete(claimKey(cluster, namespace, service));
  for (const { service, until } of put) {
    rows.put(claimKey(cluster, namespace, service), JSON.stringify({ canary: name, until }));
  }
}

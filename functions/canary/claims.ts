import { isRecord } from '../json/faults.ts';
import type { Canary, CanarySpec } from './canary.ts';

/** A Service and port that one canary of a namespace has for itself. */
export interface Claim {
  readonly service: CanarySpec['service'];
  /** Milliseconds since the epoch: from then on another canary may have it. Absent: as long as the canary is there. */
  readonly until?: number;
}

/** Who has a claim, as a store keeps it. */
export interface HeldClaim {
  readonly canary: string;
  readonly until?: number;
}

/** What a write does with claims. */
export interface ClaimChanges {
  /** To be put where no other canary has them. */
  readonly put: readonly Claim[];
  /** To be given up. */
  readonly drop: readonly CanarySpec['service'][];
}

/**
 * What a canary has to itself: its Service and port for as long as it is there, its deletion included, and those of its
 * former targets until the proxies have forgotten them. Another canary there would have the same Envoy cluster names.
 */
function claimsOf({ spec, status }: Canary): ReadonlyMap<string, Claim> {
  const claims = new Map<string, Claim>();
  for (const { service, keepUntil } of status.targets) {
    const until = keepUntil === undefined ? Number.NaN : Date.parse(keepUntil);
    const known = claims.get(nameOf(service));
    const last = known === undefined ? until : Math.max(known.until ?? Number.NaN, until);
    claims.set(nameOf(service), Number.isNaN(last) ? { service } : { service, until: last });
  }
  claims.set(nameOf(spec.service), { service: spec.service });
  return claims;
}

/**
 * The claims that a write changes. One that ends by itself is never dropped: another canary may have it by now.
 *
 * @param before undefined for a creation
 */
export function claimChanges(before: Canary | undefined, after: Canary): ClaimChanges {
  const [had, has] = [before === undefined ? new Map<string, Claim>() : claimsOf(before), claimsOf(after)];
  const isNew = ([name, claim]: [string, Claim]): boolean => had.get(name)?.until !== claim.until || !had.has(name);
  return {
    put: [...has].filter(isNew).map(([, claim]) => claim),
    drop: [...had].flatMap(([name, { service, until }]) => (until === undefined && !has.has(name) ? [service] : [])),
  };
}

/** Whether a claim that stands keeps others out. */
export function isHeld({ until }: HeldClaim, now: number): boolean {
  return until === undefined || now < until;
}

/** A stored claim; undefined for anything else. */
export function parseClaim(value: unknown): HeldClaim | undefined {
  if (!isRecord(value) || typeof value['canary'] !== 'string') return undefined;
  const { canary, until } = value;
  return typeof until === 'number' ? { canary, until } : { canary };
}

function nameOf({ name, port }: CanarySpec['service']): string {
  return `${name} ${port}`;
}

import { errors } from 'jose';
import type { NamedRecord } from '../cluster-record/cluster-record.ts';
import { identityOf, type ProxyIdentity, type RefusedToken } from './proxy-identity.ts';

/**
 * What may be counted of a token that was refused.
 *
 * @param cause why
 * @param suspects the records whose issuer it names; the one whose key signed it where that is known
 * @param before whose it was when it was accepted
 */
export function refusedToken(
  cause: unknown,
  suspects: readonly NamedRecord[],
  before: ProxyIdentity | undefined,
): RefusedToken {
  const identity = before ?? provenIdentity(cause, suspects);
  return { clusters: suspects.map(({ cluster }) => cluster), ...(identity === undefined ? {} : { identity }) };
}

/** Whose token has a good signature and claims that do not hold (any more): jose looks at these last. */
function provenIdentity(cause: unknown, [named]: readonly NamedRecord[]): ProxyIdentity | undefined {
  const isProven = cause instanceof errors.JWTExpired || cause instanceof errors.JWTClaimValidationFailed;
  if (!isProven || named === undefined) return undefined;
  try {
    return identityOf(cause.payload, named.cluster);
  } catch {
    return undefined;
  }
}

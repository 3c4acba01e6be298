import { hash } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { RequestError } from '../errors.ts';
import { putNewest } from '../http/bounded-map.ts';
import { isRecord } from '../json/faults.ts';
import { createJwsVerifier } from './ed25519-jws.ts';

/** The claims of a path token: one Kubernetes cluster of one fleet, in one rotation epoch. */
export interface PathToken {
  readonly cluster: string;
  /** Counts rotations; compared with the cluster record's `minEpoch` on every request. */
  readonly epoch: number;
}

/** Verifies the last segment of a webhook URL. Every refusal is the same RequestError 403. */
export type VerifyPathToken = (cluster: string, token: string) => Promise<PathToken>;

/** A token of ours has about 240 characters; anything much longer is not one and is not hashed. */
const TOKEN_CHARACTERS_MAX = 1024;
/** Verified tokens remembered per environment. One fleet has few clusters, each with one or two live epochs. */
const TOKENS_REMEMBERED_MAX = 512;

/**
 * Verifies compact EdDSA JWS path tokens with public keys only, so that this function can never mint one.
 * A verified token is remembered by its SHA-256 (a signature check costs about 0.1 ms); refused ones are not, so that
 * strangers cannot push good ones out.
 *
 * @param keys the public JWK set; private parts are refused by the configuration, not here
 * @param fleet the audience every token must carry
 */
export function createPathTokenVerifier(keys: JSONWebKeySet, fleet: string): VerifyPathToken {
  const payloadOf = createJwsVerifier(keys);
  const verified = new Map<string, PathToken>();

  return async (cluster, token) => {
    if (token.length > TOKEN_CHARACTERS_MAX) throw refused();
    const digest = hash('sha256', token, 'base64');
    const known = verified.get(digest);
    const claims = known ?? claimsOf(payloadOf(token));
    if (known === undefined) putNewest(verified, digest, claims, TOKENS_REMEMBERED_MAX);
    if (claims.cluster !== cluster) throw refused();
    return claims;
  };

  function claimsOf(claims: unknown): PathToken {
    if (!isRecord(claims)) throw refused();
    const { aud, sub, epoch } = claims;
    if (aud !== fleet || typeof sub !== 'string' || !Number.isSafeInteger(epoch)) throw refused();
    return { cluster: sub, epoch: Number(epoch) };
  }
}

/** The one refusal: it tells a stranger nothing, and an operator what to do. */
export function refused(): RequestError {
  return new RequestError(
    403,
    'outrigger: the token in the webhook URL is not valid for this cluster; register the webhook again',
  );
}

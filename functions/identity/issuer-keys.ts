import { importJWK, type JWK } from 'jose';
import { isPublicKey, type TokenIssuer } from '../cluster-record/token-issuer.ts';
import { IssuerError } from '../errors.ts';
import type { FetchJson } from '../http/fetch-json.ts';
import { within } from '../http/within.ts';
import { isRecord } from '../json/faults.ts';
import { ISSUER_FETCH_MS } from '../limits.ts';

/** A key that verifies tokens, with the one algorithm that it may be used for. */
export interface IssuerKey {
  readonly kid: string;
  readonly algorithm: 'RS256' | 'ES256';
  readonly key: Awaited<ReturnType<typeof importJWK>>;
}

/** The keys of issuers that cluster records name. */
export interface IssuerKeys {
  /**
   * The key that an issuer calls `kid`; undefined when it has none of that name. For an unknown kid the public keys
   * are fetched again, at most every `UNKNOWN_KID_MS`. Throws IssuerError when keys cannot be fetched and none are cached.
   */
  find(issuer: TokenIssuer, kid: string): Promise<IssuerKey | undefined>;
  /** Whether that key is cached and fresh, so that `find` waits for nothing. */
  knows(issuer: TokenIssuer, kid: string): boolean;
}

/** Keys that were fetched longer ago are fetched again, so that one that its issuer withdrew goes. */
const KEYS_TTL_MS = 10 * 60_000;
/** While an issuer cannot be reached its aged keys serve, and this is how often a poll waits for another try. */
const AGED_RETRY_MS = 30_000;
/** Kubernetes publishes a new key before it signs with it, so a kid is unknown for a moment only, or made up. */
const UNKNOWN_KID_MS = 5_000;

interface CachedKeys {
  keys: ReadonlyMap<string, IssuerKey> | undefined;
  /** When the last fetch was begun, and the last good one ended. */
  triedAt: number;
  fetchedAt: number;
  fetching: Promise<void> | undefined;
  cause: unknown;
}

/**
 * Caches the keys of issuers: given ones from the record, others from the issuer by OIDC discovery. While an issuer cannot
 * be reached its keys are kept, without limit.
 *
 * @param now milliseconds since the epoch
 */
export function createIssuerKeys(fetchJson: FetchJson, now: () => number): IssuerKeys {
  const given = new WeakMap<object, ReadonlyMap<string, IssuerKey>>();
  const fetched = new Map<string, CachedKeys>();

  return {
    async find({ issuer, jwks }, kid) {
      if (issuer === undefined) return undefined;
      if (jwks === undefined) return await findFetched(issuer, kid);
      const keys = given.get(jwks) ?? (await importKeys(jwks));
      given.set(jwks, keys);
      return keys.get(kid);
    },
    knows({ issuer, jwks }, kid) {
      if (jwks !== undefined) return given.get(jwks)?.has(kid) === true;
      const cached = fetched.get(issuer ?? '');
      return cached?.keys?.has(kid) === true && !isOld(cached);
    },
  };

  async function findFetched(issuer: string, kid: string): Promise<IssuerKey | undefined> {
    const cached = fetched.get(issuer) ?? {
      keys: undefined,
      triedAt: Number.NEGATIVE_INFINITY,
      fetchedAt: 0,
      fetching: undefined,
      cause: undefined,
    };
    fetched.set(issuer, cached);
    const isKnown = cached.keys?.has(kid) === true;
    const mayTry = now() - cached.triedAt > (isKnown ? AGED_RETRY_MS : UNKNOWN_KID_MS);
    const isTrying = (!isKnown || isOld(cached)) && mayTry;
    if (isTrying) {
      cached.triedAt = now();
      cached.fetching = refresh(cached, issuer).finally(() => {
        cached.fetching = undefined;
      });
    }
    // Lambda freezes the process after the response: the poll that begins a fetch waits for it. One whose key is known does not.
    if (cached.fetching !== undefined && (isTrying || !isKnown)) await within(cached.fetching, 2 * ISSUER_FETCH_MS);
    if (cached.keys === undefined)
      throw new IssuerError('the keys of the issuer cannot be fetched', { cause: cached.cause });
    return cached.keys.get(kid);
  }

  function isOld({ fetchedAt }: CachedKeys): boolean {
    return now() - fetchedAt > KEYS_TTL_MS;
  }

  /** Never rejects: the cached keys stay. */
  async function refresh(cached: CachedKeys, issuer: string): Promise<void> {
    try {
      const base = issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
      const document = await fetchJson(`${base}/.well-known/openid-configuration`);
      if (!isRecord(document) || document['issuer'] !== issuer) throw new Error('the document is of another issuer');
      const keys = await importKeys(await fetchJson(String(document['jwks_uri'])));
      if (keys.size === 0) throw new Error('the issuer has no key');
      cached.keys = keys;
      cached.fetchedAt = now();
    } catch (cause) {
      cached.cause = cause;
    }
  }
}

/** The usable keys of a JWK set by their kid. Kubernetes signs with RSA and P-256; others are passed over. */
async function importKeys(jwks: unknown): Promise<ReadonlyMap<string, IssuerKey>> {
  const keys: unknown = isRecord(jwks) ? jwks['keys'] : undefined;
  const found = new Map<string, IssuerKey>();
  for (const jwk of Array.isArray(keys) ? keys : []) {
    if (!isPublicKey(jwk)) continue;
    const algorithm = algorithmOf(jwk);
    if (algorithm === undefined) continue;
    const key = await importJWK({ ...jwk }, algorithm).catch(() => undefined);
    if (key !== undefined) found.set(jwk.kid, { kid: jwk.kid, algorithm, key });
  }
  return found;
}

function algorithmOf({ kty, crv, alg }: JWK): IssuerKey['algorithm'] | undefined {
  const algorithm = kty === 'RSA' ? 'RS256' : crv === 'P-256' ? 'ES256' : undefined;
  return alg === undefined || alg === algorithm ? algorithm : undefined;
}

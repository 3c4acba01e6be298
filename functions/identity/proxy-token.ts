import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import type { ClusterRecord, NamedRecord } from '../cluster-record/cluster-record.ts';
import { putNewest } from '../http/bounded-map.ts';
import { findIssuer } from './find-issuer.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { claimsBeforeProof, identityOf, type ProxyIdentity, RefusedTokenError, refused } from './proxy-identity.ts';
import { refusedToken } from './refused-token.ts';

/** An identity and the record of its Kubernetes cluster. */
export interface VerifiedProxy extends NamedRecord {
  readonly identity: ProxyIdentity;
}

/** Verifies an Authorization header. Every refusal is the same RequestError 401. */
export interface VerifyProxyToken {
  (authorization: string | undefined, records: readonly NamedRecord[]): Promise<VerifiedProxy>;
  /** What was proved before and still holds, for callers that cannot wait; undefined where it has to be proved. */
  remembered(authorization: string, records: readonly NamedRecord[]): VerifiedProxy | undefined;
}

interface Remembered {
  readonly issuer: string;
  readonly kid: string;
  readonly audience: string;
  readonly identity: ProxyIdentity;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** Tokens of Kubernetes have about 1,100 characters, and API Gateway takes headers of 10 KB. */
const TOKEN_CHARACTERS_MAX = 8_192;
/** One for every proxy that an environment meets, and its next one; some 5 MB. */
const TOKENS_REMEMBERED_MAX = 20_000;
/** Clocks of a cluster and of Lambda differ by less. */
const LEEWAY_SECONDS = 60;
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i;

/**
 * Verifies ServiceAccount tokens as Kubernetes makes them, of every issuer that a cluster record names and no other. A
 * verified token is remembered by its SHA-256 until it expires, as long as its record and its key stay.
 *
 * @param fleet names the default audience, `outrigger/{fleet}`
 * @param now milliseconds since the epoch
 */
export function createProxyTokenVerifier(keys: IssuerKeys, fleet: string, now: () => number): VerifyProxyToken {
  const remembered = new Map<string, Remembered>();
  const audienceDefault = `outrigger/${fleet}`;

  const verifyToken = async (
    authorization: string | undefined,
    records: readonly NamedRecord[],
  ): Promise<VerifiedProxy> => {
    const header = authorization ?? '';
    if (header.length > TOKEN_CHARACTERS_MAX) throw refused();
    const digest = digestOf(header);
    const known = remembered.get(digest);
    const proved = stillProved(known, records);
    if (proved !== undefined) return proved;
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) throw refused();
    const { named, ...fresh } = await verify(token, records, known?.identity);
    remember(digest, fresh);
    return { cluster: named.cluster, record: named.record, identity: fresh.identity };
  };
  return Object.assign(verifyToken, {
    remembered: (header: string, records: readonly NamedRecord[]) =>
      header.length > TOKEN_CHARACTERS_MAX ? undefined : stillProved(remembered.get(digestOf(header)), records),
  });

  function stillProved(known: Remembered | undefined, records: readonly NamedRecord[]): VerifiedProxy | undefined {
    if (known === undefined || now() >= known.until) return undefined;
    const named = recordOf(known, records);
    if (named === undefined) return undefined;
    return { cluster: named.cluster, record: named.record, identity: known.identity };
  }

  async function verify(
    token: string,
    records: readonly NamedRecord[],
    before: ProxyIdentity | undefined,
  ): Promise<Remembered & { readonly named: NamedRecord }> {
    let suspects: readonly NamedRecord[] = [];
    try {
      const { issuer, kid } = claimsBeforeProof(token);
      suspects = records.filter(({ record }) => record.issuer === issuer);
      const { named, key } = await findIssuer(keys, suspects, kid);
      suspects = [named];
      const audience = audienceOf(named.record);
      const { payload } = await jwtVerify(token, key.key, {
        algorithms: [key.algorithm],
        issuer,
        audience,
        clockTolerance: LEEWAY_SECONDS,
        requiredClaims: ['exp'],
        currentDate: new Date(now()),
      });
      const until = ((payload.exp ?? 0) + LEEWAY_SECONDS) * 1_000;
      const identity = identityOf(payload, named.cluster);
      // Texts of the record and the key, not of the token: 20,000 tokens share them.
      return { named, issuer: named.record.issuer ?? issuer, kid: key.kid, audience, until, identity };
    } catch (cause) {
      const isRefusal = cause instanceof errors.JOSEError || cause instanceof RefusedTokenError;
      if (isRefusal || cause instanceof SyntaxError || cause instanceof TypeError) {
        throw Object.assign(refused(refusedToken(cause, suspects, before)), { cause });
      }
      throw cause;
    }
  }

  /** The one record that still stands for a token, when its key is at hand; undefined to look again with care. */
  function recordOf(known: Remembered, records: readonly NamedRecord[]): NamedRecord | undefined {
    const found = records.filter(({ record }) => record.issuer === known.issuer && keys.knows(record, known.kid));
    const [named] = found;
    const isSame = found.length === 1 && named?.cluster === known.identity.cluster;
    return isSame && audienceOf(named.record) === known.audience ? named : undefined;
  }

  function audienceOf(record: ClusterRecord): string {
    return record.audience ?? audienceDefault;
  }

  function remember(digest: string, entry: Remembered): void {
    putNewest(remembered, digest, entry, TOKENS_REMEMBERED_MAX);
  }
}

/** Tokens are secrets: what stays in memory is no token. */
function digestOf(header: string): string {
  return hash('sha256', header, 'base64');
}

import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import type { ClusterRecord, NamedRecord } from '../cluster-record/cluster-record.ts';
import { putNewest } from '../http/bounded-map.ts';
import { findIssuer } from './find-issuer.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { claimsBeforeProof, identityOf, type ProxyIdentity, RefusedTokenError, refused } from './proxy-identity.ts';
import { refusedToken } from './refused-token.ts';
import { createSharedTexts, createSharedValues } from './shared-values.ts';

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
  readonly proof: Proof;
  readonly identity: ProxyIdentity;
  /** Seconds since the epoch: milliseconds would be an object of their own in each of 20,000. */
  readonly until: number;
}

/** What tokens are proved by; those of one issuer share it. */
interface Proof {
  readonly issuer: string;
  readonly kid: string;
  readonly audience: string;
}

/** Tokens of Kubernetes have about 1,100 characters, and API Gateway takes headers of 10 KB. */
const TOKEN_CHARACTERS_MAX = 8_192;
/** One for every proxy that an environment meets, and its next one; some 5 MB. */
const TOKENS_REMEMBERED_MAX = 20_000;
/** Issuers, their keys and audiences: of more each token has its own. */
const PROOFS_MAX = 64;
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
  const sharedProof = createSharedValues<Proof>((proof) => JSON.stringify(proof), PROOFS_MAX);
  const sharing = createSharedTexts();
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
    const { named, remembered: fresh } = await verify(token, records, known?.identity);
    putNewest(remembered, digest, fresh, TOKENS_REMEMBERED_MAX);
    return { cluster: named.cluster, record: named.record, identity: fresh.identity };
  };
  return Object.assign(verifyToken, {
    remembered: (header: string, records: readonly NamedRecord[]) =>
      header.length > TOKEN_CHARACTERS_MAX ? undefined : stillProved(remembered.get(digestOf(header)), records),
  });

  function stillProved(known: Remembered | undefined, records: readonly NamedRecord[]): VerifiedProxy | undefined {
    if (known === undefined || now() >= known.until * 1_000) return undefined;
    const named = recordOf(known, records);
    if (named === undefined) return undefined;
    return { cluster: named.cluster, record: named.record, identity: known.identity };
  }

  async function verify(
    token: string,
    records: readonly NamedRecord[],
    before: ProxyIdentity | undefined,
  ): Promise<{ readonly named: NamedRecord; readonly remembered: Remembered }> {
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
      const until = (payload.exp ?? 0) + LEEWAY_SECONDS;
      const identity = sharing(identityOf(payload, named.cluster));
      // Texts of the record and the key, not of the token: 20,000 tokens share them.
      const proof = sharedProof({ issuer: named.record.issuer ?? issuer, kid: key.kid, audience });
      return { named, remembered: { proof, identity, until } };
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
    const { issuer, kid, audience } = known.proof;
    const found = records.filter(({ record }) => record.issuer === issuer && keys.knows(record, kid));
    const [named] = found;
    const isSame = found.length === 1 && named?.cluster === known.identity.cluster;
    return isSame && audienceOf(named.record) === audience ? named : undefined;
  }

  function audienceOf(record: ClusterRecord): string {
    return record.audience ?? audienceDefault;
  }
}

/** Tokens are secrets: what stays in memory is no token. A character for each byte: a quarter less than base64. */
function digestOf(header: string): string {
  return hash('sha256', header, 'binary');
}

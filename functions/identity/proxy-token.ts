import { hash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import type { ClusterRecord, NamedRecord } from '../cluster-record/cluster-record.ts';
import { IssuerError } from '../errors.ts';
import { putNewest } from '../http/bounded-map.ts';
import type { IssuerKey, IssuerKeys } from './issuer-keys.ts';
import { claimsBeforeProof, identityOf, type ProxyIdentity, RefusedTokenError, refused } from './proxy-identity.ts';
import { refusedToken } from './refused-token.ts';

/** An identity and the record of its Kubernetes cluster. */
export interface VerifiedProxy extends NamedRecord {
  readonly identity: ProxyIdentity;
}

/** Verifies an Authorization header. Every refusal is the same RequestError 401. */
export type VerifyProxyToken = (
  authorization: string | undefined,
  records: readonly NamedRecord[],
) => Promise<VerifiedProxy>;

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

  return async (authorization, records) => {
    const header = authorization ?? '';
    if (header.length > TOKEN_CHARACTERS_MAX) throw refused();
    const digest = hash('sha256', header, 'base64');
    const known = remembered.get(digest);
    if (known !== undefined && now() < known.until) {
      const named = recordOf(known, records);
      if (named !== undefined) return { ...named, identity: known.identity };
    }
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) throw refused();
    const { named, ...fresh } = await verify(token, records, known?.identity);
    remember(digest, fresh);
    return { ...named, identity: fresh.identity };
  };

  async function verify(
    token: string,
    records: readonly NamedRecord[],
    before: ProxyIdentity | undefined,
  ): Promise<Remembered & { readonly named: NamedRecord }> {
    let suspects: readonly NamedRecord[] = [];
    try {
      const { issuer, kid } = claimsBeforeProof(token);
      suspects = records.filter(({ record }) => record.issuer === issuer);
      const { named, key } = await findIssuer(keys, suspects, issuer, kid);
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

/**
 * The one record with that issuer and key; two with the same issuer and key count as none. A record whose keys cannot be
 * fetched does not hide the others: kubeadm's clusters all have the same issuer.
 */
async function findIssuer(
  keys: IssuerKeys,
  records: readonly NamedRecord[],
  issuer: string,
  kid: string,
): Promise<{ readonly named: NamedRecord; readonly key: IssuerKey }> {
  const found: { named: NamedRecord; key: IssuerKey }[] = [];
  const troubles: IssuerError[] = [];
  for (const named of records) {
    if (named.record.issuer !== issuer) continue;
    const key = await keys.find(named.record, kid).catch((error: unknown) => {
      if (!(error instanceof IssuerError)) throw error;
      troubles.push(error);
      return undefined;
    });
    if (key !== undefined) found.push({ named, key });
  }
  const [one, another] = found;
  if (one === undefined && troubles[0] !== undefined) throw troubles[0];
  if (one === undefined || another !== undefined) throw refused();
  return one;
}

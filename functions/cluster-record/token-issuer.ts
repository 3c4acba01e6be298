import type { JSONWebKeySet, JWK } from 'jose';
import { type Check, own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import type { Json } from '../json/json.ts';

/** Who issues the ServiceAccount tokens of a Kubernetes cluster. */
export interface TokenIssuer {
  /** `--service-account-issuer` of its API server: the `iss` of its tokens. Absent: no proxy of it is known. */
  readonly issuer?: string;
  /** Its public keys; absent: found by OIDC discovery at the issuer, as managed clusters publish them. */
  readonly jwks?: JSONWebKeySet;
}

/** Kubernetes signs with RS256 or ES256 (`--service-account-signing-key-file`). */
const KEY_TYPES = ['RSA', 'EC'];
/** A rotation has two or three. */
const KEYS_MAX = 16;
const ISSUER_CHARACTERS_MAX = 512;
const KID_CHARACTERS_MAX = 256;

/** Reads `issuer` and `jwks` of a cluster record. */
export function parseIssuer(check: Check, record: Json): TokenIssuer {
  const issuer = own(record, 'issuer') === undefined ? undefined : check.string(record, 'issuer', 'issuer');
  const jwks = own(record, 'jwks');
  if (issuer === undefined) {
    if (jwks !== undefined) check.fault('jwks', 'needs an issuer');
    return {};
  }
  if (jwks !== undefined) return { issuer, jwks: { keys: parseKeys(check, jwks) } };
  // Keys that came over plain HTTP would be anybody's.
  const isPublic = issuer.length <= ISSUER_CHARACTERS_MAX && URL.canParse(issuer) && issuer.startsWith('https://');
  if (!isPublic) check.fault('issuer', 'must be an https URL, or have its keys in jwks');
  return { issuer };
}

function parseKeys(check: Check, jwks: unknown): JWK[] {
  const keys: unknown = isRecord(jwks) ? own(jwks, 'keys') : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > KEYS_MAX) {
    check.fault('jwks', `must be a JWK set {"keys": […]} of 1 to ${KEYS_MAX} keys`);
    return [];
  }
  return keys.filter((key: unknown, i): key is JWK => {
    const good = isPublicKey(key);
    if (!good) check.fault(`jwks.keys[${i}]`, 'must be a public RSA or EC key with a kid');
    return good;
  });
}

/** Whether a JWK can verify tokens of Kubernetes. */
export function isPublicKey(key: unknown): key is JWK & { readonly kid: string } {
  if (!isRecord(key) || 'd' in key) return false;
  const { kid, kty } = key;
  return (
    typeof kid === 'string' &&
    kid !== '' &&
    kid.length <= KID_CHARACTERS_MAX &&
    KEY_TYPES.some((known) => known === kty)
  );
}

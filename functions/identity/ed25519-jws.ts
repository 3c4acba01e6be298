import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { isRecord } from '../json/faults.ts';

/** The payload of a compact JWS, parsed; undefined where it is none, or no key of ours has signed it. */
export type VerifyJws = (token: string) => unknown;

/** Three parts in base64url; an Ed25519 signature has 64 bytes. */
const COMPACT = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/;
/** Both names of the algorithm (RFC 8037, RFC 9864). */
const ALGORITHMS: readonly unknown[] = ['EdDSA', 'Ed25519'];

/**
 * Verifies compact JWS (RFC 7515) with Ed25519 by OpenSSL directly: WebCrypto, which jose takes, costs several times as
 * much at its first call, and that call is a function's first request. Nothing but what our own tokens are is accepted:
 * no `crit`, the key by its `kid`, the signature in its one canonical form.
 *
 * @param keys Ed25519 public keys with a `kid` each, checked before
 */
export function createJwsVerifier({ keys }: JSONWebKeySet): VerifyJws {
  const usable = new Map<unknown, JWK>(keys.filter(isForSignatures).map((jwk) => [jwk.kid, jwk]));

  return (token) => {
    const [, head = '', payload = '', tail = ''] = COMPACT.exec(token) ?? [];
    const jwk = keyNamedBy(parsed(head));
    const signature = Buffer.from(tail, 'base64url');
    if (jwk === undefined || signature.toString('base64url') !== tail) return undefined;
    return verify(null, Buffer.from(`${head}.${payload}`), keyOf(jwk), signature) ? parsed(payload) : undefined;
  };

  /** The public key that a JWS header names; undefined for a header that our own tokens never have. */
  function keyNamedBy(header: unknown): JWK | undefined {
    if (!isRecord(header) || Object.hasOwn(header, 'crit')) return undefined;
    const { alg, kid } = header;
    if (!ALGORITHMS.includes(alg)) return undefined;
    const jwk = usable.get(kid);
    return jwk?.alg === undefined || jwk.alg === alg ? jwk : undefined;
  }
}

/** Made for each token: that costs a fifth of the check of its signature, and good tokens are checked once. */
function keyOf({ kty = '', crv = '', x = '' }: JWK): KeyObject {
  return createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
}

function isForSignatures({ use, key_ops: operations }: JWK): boolean {
  return (use === undefined || use === 'sig') && (operations === undefined || operations.includes('verify'));
}

/** The JSON value of a part; undefined where it is none. */
function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}

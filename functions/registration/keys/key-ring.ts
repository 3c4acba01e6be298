import type { JSONWebKeySet, JWK } from 'jose';
import { isRecord } from '../../json/faults.ts';
import type { KeyOwner, KeyRing } from './key-store.ts';

/** The 32 bytes of an Ed25519 key in base64url. */
const BYTES = /^[A-Za-z0-9_-]{43}$/;

/** Reads a stored key ring; undefined for anything else. No part of it is ever repeated in an error. */
export function readKeyRing(value: unknown): KeyRing | undefined {
  if (!isRecord(value)) return undefined;
  const { generation, privateKeys, owner } = value;
  if (!Number.isSafeInteger(generation) || !Array.isArray(privateKeys) || privateKeys.length === 0) return undefined;
  if (!privateKeys.every(isPrivateKey)) return undefined;
  const ring = { generation: Number(generation), privateKeys };
  if (owner === undefined) return ring;
  return isOwner(owner) ? { ...ring, owner } : undefined;
}

/** The public halves, as `mutate` verifies path tokens with them. */
export function publicKeysOf(ring: KeyRing): JSONWebKeySet {
  return { keys: ring.privateKeys.map(({ d: _, ...publicJwk }) => publicJwk) };
}

function isOwner(owner: unknown): owner is KeyOwner {
  if (!isRecord(owner) || typeof owner['stack'] !== 'string') return false;
  const { resources } = owner;
  return Array.isArray(resources) && resources.every((resource) => typeof resource === 'string');
}

/** Whether a JWK is a private Ed25519 key with a name. */
export function isPrivateKey(key: unknown): key is JWK {
  if (!isRecord(key)) return false;
  const { kty, crv, x, d, kid } = key;
  return (
    kty === 'OKP' && crv === 'Ed25519' && BYTES.test(String(x)) && BYTES.test(String(d)) && typeof kid === 'string'
  );
}

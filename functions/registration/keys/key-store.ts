import type { JWK } from 'jose';

/** The signing keys of path tokens of a fleet, the newest last. Private: only the registrar reads them. */
export interface KeyRing {
  /** Grows when a new pair is asked for; a pair's `kid` names its generation. */
  readonly generation: number;
  /** Private Ed25519 JWKs with `kid`: the newest signs; the one before it is kept so that its tokens stay valid. */
  readonly privateKeys: readonly JWK[];
  /** The stack that owns it; absent: none yet, such as that of a state folder. */
  readonly owner?: KeyOwner;
}

/** The resources of one stack that have a key ring; while a resource is renamed there are two of them. */
export interface KeyOwner {
  readonly stack: string;
  readonly resources: readonly string[];
}

/** Where the signing keys lie: a SecureString `/outrigger/{fleet}/keys/path-token`, or a file of the state folder. */
export interface KeyStore {
  /** Undefined when none were made yet. */
  readKeys(signal: AbortSignal): Promise<KeyRing | undefined>;
  writeKeys(ring: KeyRing, signal: AbortSignal): Promise<void>;
  /** False when there were none. */
  removeKeys(signal: AbortSignal): Promise<boolean>;
}

/** The stored keys are not readable as such. The message never repeats a part of them. */
export class KeyStoreError extends Error {
  override readonly name = 'KeyStoreError' as const;
}

import type { KeyRing, KeyStore } from './key-store.ts';

/** Signing keys in memory. */
export function createMemoryKeyStore(ring?: KeyRing): KeyStore {
  let stored = ring;
  return {
    async readKeys(signal) {
      signal.throwIfAborted();
      return structuredClone(stored);
    },
    async writeKeys(next, signal) {
      signal.throwIfAborted();
      stored = structuredClone(next);
    },
    async removeKeys(signal) {
      signal.throwIfAborted();
      const had = stored !== undefined;
      stored = undefined;
      return had;
    },
  };
}

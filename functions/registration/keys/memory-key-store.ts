import type { KeyRing, KeyStore } from './key-store.ts';

/** Signing keys in memory. */
export function createMemoryKeyStore(ring?: KeyRing): KeyStore {
  let held = ring;
  return {
    async readKeys(signal) {
      signal.throwIfAborted();
      return structuredClone(held);
    },
    async writeKeys(next, signal) {
      signal.throwIfAborted();
      held = structuredClone(next);
    },
    async removeKeys(signal) {
      signal.throwIfAborted();
      const had = held !== undefined;
      held = undefined;
      return had;
    },
  };
}

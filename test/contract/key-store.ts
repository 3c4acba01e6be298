import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeyRing, KeyStore } from '../../functions/registration/keys/key-store.ts';
import { generatePathTokenKeys } from '../../functions/registration/keys/mint-path-token.ts';

/** A key store under test. */
export interface KeyHarness {
  readonly store: KeyStore;
  /** Puts something there that is no key ring; absent where nothing else can be held. */
  putBroken?(text: string): Promise<unknown>;
  close?(): Promise<void>;
}

const signal = new AbortController().signal;

/** What every key store does. */
export function keyStoreContract(title: string, make: () => Promise<KeyHarness>): void {
  describe(`signing keys: ${title}`, () => {
    let harness: KeyHarness;
    let rings: readonly KeyRing[];
    beforeAll(async () => {
      harness = await make();
      const pairs = await Promise.all(['default-1', 'default-2'].map(generatePathTokenKeys));
      const privateKeys = pairs.map((pair) => pair.privateJwk);
      rings = [
        { generation: 1, privateKeys: privateKeys.slice(0, 1) },
        { generation: 2, privateKeys },
      ];
    });
    afterAll(async () => await harness.close?.());

    test('there are none until they are written, they are read as written, and taken away once', async () => {
      const { store } = harness;
      expect(await store.readKeys(signal)).toBeUndefined();
      for (const ring of rings) {
        await store.writeKeys(ring, signal);
        expect(await store.readKeys(signal)).toEqual(ring);
      }
      expect(await store.removeKeys(signal)).toBe(true);
      expect(await store.removeKeys(signal)).toBe(false);
      expect(await store.readKeys(signal)).toBeUndefined();
    });

    test('what is no key ring is refused without a word of it', async () => {
      for (const text of ['{"d":"secret', '{"generation":1,"privateKeys":[{"d":"secret"}]}', '[]']) {
        if (harness.putBroken === undefined) return;
        await harness.putBroken(text);
        const refusal = harness.store.readKeys(signal);
        await expect(refusal).rejects.toThrow(/does not hold the signing keys/);
        await expect(refusal).rejects.not.toThrow(/secret/);
      }
    });
  });
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SecretKey, SecretReader } from '../../functions/canary/secrets/secret.ts';

/** A store of secrets, and how a test puts one into it. */
export interface SecretHarness {
  readonly read: SecretReader;
  put(key: SecretKey, secret: string): Promise<void>;
  close?(): Promise<void>;
}

/** What every store of secrets does. */
export function secretReaderContract(title: string, start: () => Promise<SecretHarness>): void {
  describe(`secrets in ${title}`, () => {
    const key: SecretKey = { cluster: 'eu1', namespace: 'shop', name: 'token' };
    const signal = (): AbortSignal => AbortSignal.timeout(20_000);
    let harness: SecretHarness;
    beforeAll(async () => {
      harness = await start();
      await harness.put(key, 'Bearer of shop');
      await harness.put({ ...key, namespace: 'pay' }, 'Bearer of pay');
    });

    afterAll(async () => await harness?.close?.());

    test('are those of their cluster and namespace', async () => {
      expect(await harness.read(key, signal())).toBe('Bearer of shop');
      expect(await harness.read({ ...key, namespace: 'pay' }, signal())).toBe('Bearer of pay');
    });

    test('one of the cluster is of no namespace, and one of a namespace is not the cluster’s', async () => {
      await harness.put({ cluster: 'eu1', name: 'oncall' }, 'of the cluster');
      expect(await harness.read({ cluster: 'eu1', name: 'oncall' }, signal())).toBe('of the cluster');
      for (const other of [
        { cluster: 'eu2', name: 'oncall' },
        { cluster: 'eu1', namespace: 'shop', name: 'oncall' },
        { cluster: 'eu1', name: 'token' },
        { cluster: 'eu1', name: '../eu1/shop/token' },
        { cluster: 'eu1', name: 'shop/token' },
      ]) {
        expect(await harness.read(other, signal())).toBeUndefined();
      }
    });

    test.each<[string, Partial<SecretKey>]>([
      ['another name', { name: 'other' }],
      ['another namespace', { namespace: 'web' }],
      ['another cluster', { cluster: 'eu2' }],
      ['a path', { namespace: 'web', name: '../shop/token' }],
      ['a path of namespaces', { namespace: '../eu1/shop' }],
      ['nothing', { name: '' }],
    ])('there is none of %s', async (_title, other) => {
      expect(await harness.read({ ...key, ...other }, signal())).toBeUndefined();
    });

    test('a changed secret is read as it is now', async () => {
      await harness.put({ ...key, name: 'turning' }, 'one');
      expect(await harness.read({ ...key, name: 'turning' }, signal())).toBe('one');
      await harness.put({ ...key, name: 'turning' }, 'two');
      expect(await harness.read({ ...key, name: 'turning' }, signal())).toBe('two');
    });
  });
}

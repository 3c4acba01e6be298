import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import type { ClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { createIssuerKeys } from '../../functions/identity/issuer-keys.ts';
import { createPathTokenVerifier } from '../../functions/identity/path-token.ts';
import { createProxyTokenVerifier } from '../../functions/identity/proxy-token.ts';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { mintServiceAccountToken } from '../../infra/local/server/service-account-token.ts';
import { ISSUER, ISSUER_KEYS, RECORD } from '../support/discovery-entry-point.ts';

// Verified tokens are remembered by their SHA-256. Whoever can have tokens made must not fill an environment's memory.

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
/** Whether a key is a SHA-256 as tokens are remembered by: in base64, or a character for each byte. */
const isDigest = (key: string): boolean =>
  /^[A-Za-z0-9+/]{43}=$/.test(key) || (key.length === 32 && Buffer.from(key, 'latin1').toString('latin1') === key);

let largest: number;
let spy: MockInstance;
beforeEach(() => {
  largest = 0;
  const { set } = Map.prototype;
  spy = vi.spyOn(Map.prototype, 'set').mockImplementation(function (this: Map<unknown, unknown>, key, value) {
    set.call(this, key, value);
    if (typeof key === 'string' && isDigest(key)) largest = Math.max(largest, this.size);
    return this;
  });
});
afterEach(() => spy.mockRestore());

test('path tokens: at most 512, however many rotations there are', async () => {
  const keys = await generatePathTokenKeys('one');
  const verify = createPathTokenVerifier({ keys: [keys.publicJwk] }, 'default');
  for (let epoch = 1; epoch <= 600; epoch++) {
    const token = await mintPathToken(keys.privateJwk, 'default', 'local', epoch);
    expect(await verify('local', token)).toEqual({ cluster: 'local', epoch });
  }
  expect(largest).toBe(512);
});

test('tokens of proxies: at most 20,000, however many Pods there are', async () => {
  const record = parseClusterRecord(RECORD);
  if (!record.valid) throw new Error('the record of the tests is none');
  const records = [{ cluster: 'local', record: record.value }];
  const keys = createIssuerKeys(
    async () => Promise.reject(new Error('down')),
    () => NOW,
  );
  const verify = createProxyTokenVerifier(keys, 'default', () => NOW);
  // A header is remembered as it is written: 64 spellings of the scheme make 64 of one token.
  const schemes = Array.from({ length: 64 }, (_, bits) =>
    [...'bearer'].map((letter, i) => ((bits >> i) & 1 ? letter.toUpperCase() : letter)).join(''),
  );
  for (let pod = 0; pod < 314; pod++) {
    const token = await mintServiceAccountToken(ISSUER_KEYS.privateJwk, {
      ...{ namespace: 'shop', serviceAccount: 'web', pod: { name: `web-${pod}`, uid: `u-${pod}` } },
      ...{ audience: 'outrigger/default', issuer: ISSUER, duration: 600, now: NOW },
    });
    await Promise.all(schemes.map((scheme) => verify(`${scheme} ${token}`, records)));
  }
  expect(largest).toBe(20_000);
});

describe('a proxy that was proved before', () => {
  let now = NOW;
  const parsed = (more: object): ClusterRecord => {
    const record = parseClusterRecord({ ...RECORD, ...more });
    if (!record.valid) throw new Error('the record of the tests is none');
    return record.value;
  };
  const keys = createIssuerKeys(
    async () => Promise.reject(new Error('down')),
    () => now,
  );
  const verify = createProxyTokenVerifier(keys, 'default', () => now);
  const records = [{ cluster: 'local', record: parsed({}) }];
  let header = '';
  beforeEach(async () => {
    now = NOW;
    header = `Bearer ${await mintServiceAccountToken(ISSUER_KEYS.privateJwk, {
      ...{ namespace: 'shop', serviceAccount: 'web', pod: { name: 'web-1', uid: 'u-1' } },
      ...{ audience: 'outrigger/default', issuer: ISSUER, duration: 600, now: NOW },
    })}`;
    await verify(header, records);
  });

  test('is known without a wait, as it was proved', async () => {
    expect(verify.remembered(header, records)).toEqual(await verify(header, records));
  });

  test('not by another header, and not once the token is over', () => {
    expect(verify.remembered(`${header.slice(0, -1)}x`, records)).toBeUndefined();
    expect(verify.remembered(`Bearer ${'x'.repeat(100_000)}`, records)).toBeUndefined();
    now = NOW + 700_000;
    expect(verify.remembered(header, records)).toBeUndefined();
  });

  test('not where the records of two Kubernetes clusters have its issuer and key', async () => {
    const other = { cluster: 'else', record: parsed({}) };
    await verify(header, [other]);
    expect(verify.remembered(header, [other])).toMatchObject({ cluster: 'else' });
    expect(verify.remembered(header, [other, ...records])).toBeUndefined();
  });

  test.each<[string, readonly { cluster: string; record: ClusterRecord }[]]>([
    ['is gone', []],
    ['wants another audience', [{ cluster: 'local', record: parsed({ audience: 'else' }) }]],
    ['has another issuer', [{ cluster: 'local', record: parsed({ issuer: 'https://else.example' }) }]],
    ['is of another Kubernetes cluster', [{ cluster: 'else', record: parsed({}) }]],
  ])('not where the record of its issuer %s', (_, others) => {
    expect(verify.remembered(header, others)).toBeUndefined();
  });
});

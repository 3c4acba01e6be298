import { beforeAll, describe, expect, test } from 'vitest';
import { readAdvanceConfig, readCanaryConfig, readConfig } from '../functions/config.ts';
import { ConfigError } from '../functions/errors.ts';
import { generatePathTokenKeys, type PathTokenKeys } from '../functions/registration/keys/mint-path-token.ts';

let pair: PathTokenKeys;
beforeAll(async () => {
  pair = await generatePathTokenKeys('k1');
});

/** The sentence of the ConfigError. */
function fault(environment: Record<string, string | undefined>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the environment was taken');
}

const set = (...keys: unknown[]): string => JSON.stringify({ keys });

test('a good environment is read, the fleet is "default" when none is named', () => {
  const config = { fleet: 'default', pathKeys: { keys: [pair.publicJwk] } };
  expect(readConfig({ OUTRIGGER_PATH_KEYS: set(pair.publicJwk) })).toEqual(config);
  expect(readConfig({ OUTRIGGER_PATH_KEYS: set(pair.publicJwk), OUTRIGGER_FLEET: 'shop_1-A' }).fleet).toBe('shop_1-A');
});

test('all faults are told at once', () => {
  const message = fault({ OUTRIGGER_FLEET: 'a b' });
  expect(message).toContain('OUTRIGGER_FLEET must be');
  expect(message).toContain('OUTRIGGER_PATH_KEYS is missing');
});

test.each(['', ' ', '-a', 'a/b', 'a\n', 'ä', 'a'.repeat(64)])('the fleet %j is refused', (fleet) => {
  expect(fault({ OUTRIGGER_FLEET: fleet, OUTRIGGER_PATH_KEYS: set(pair.publicJwk) })).toMatch(/^OUTRIGGER_FLEET must/);
});

describe('functions that know canaries', () => {
  test('need the table, and no path keys', () => {
    expect(readCanaryConfig({ OUTRIGGER_TABLE: 'prod-canaries.v1' })).toEqual({
      fleet: 'default',
      table: 'prod-canaries.v1',
    });
  });

  test.each([undefined, '', 'ab', 'a b', 'a/b', 'arn:aws:dynamodb', 'a'.repeat(256)])('no table is %j', (table) => {
    const environment = { OUTRIGGER_TABLE: table, OUTRIGGER_FLEET: '-' };
    expect(() => readCanaryConfig(environment)).toThrow(/^OUTRIGGER_FLEET must be .*; OUTRIGGER_TABLE must be/);
  });
});

describe('the environment of advance', () => {
  const TABLE = { OUTRIGGER_TABLE: 'outrigger' };
  test.each<[string | undefined, string[]]>([
    [undefined, []],
    ['', []],
    [' , ', []],
    ['prod', ['prod']],
    ['prod, Stage_2 ,prod,', ['prod', 'Stage_2']],
  ])('clusters %j', (clusters, names) => {
    expect(readAdvanceConfig({ ...TABLE, OUTRIGGER_CLUSTERS: clusters })).toEqual({
      fleet: 'default',
      table: 'outrigger',
      clusters: names,
    });
  });

  test.each(['a b', '-a', 'a/b', 'a.b', 'a'.repeat(101)])('no cluster is %j; every fault is said', (clusters) => {
    const environment = { OUTRIGGER_CLUSTERS: `prod,${clusters}` };
    expect(() => readAdvanceConfig(environment)).toThrow(/^OUTRIGGER_TABLE must be .*; OUTRIGGER_CLUSTERS must be/);
  });
});

describe('path keys that are refused:', () => {
  test.each<[string, () => string | undefined, RegExp]>([
    ['absent', () => undefined, /is missing/],
    ['empty', () => '', /is missing/],
    ['no JSON', () => '{', /is not JSON/],
    ['null', () => 'null', /must be a JWK set/],
    ['a list', () => JSON.stringify([pair.publicJwk]), /must be a JWK set/],
    ['one key without a set', () => JSON.stringify(pair.publicJwk), /must be a JWK set/],
    ['an empty set', () => set(), /at least one key/],
    ['keys that are a map', () => '{"keys": {}}', /must be a JWK set/],
    ['a key that is null', () => set(null), /not an Ed25519 JWK/],
    ['an RSA key', () => set({ kty: 'RSA', n: 'x', e: 'AQAB', kid: 'k' }), /not an Ed25519 JWK/],
    ['a P-256 key', () => set({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'k' }), /not an Ed25519 JWK/],
    ['an X25519 key', () => set({ ...pair.publicJwk, crv: 'X25519' }), /not an Ed25519 JWK/],
    ['a symmetric key', () => set({ kty: 'oct', k: 'c2VjcmV0', kid: 'k' }), /not an Ed25519 JWK/],
    ['a key without kid', () => set({ ...pair.publicJwk, kid: undefined }), /not an Ed25519 JWK/],
    ['a private key', () => set(pair.privateJwk), /holds a private key/],
    ['a private key behind a public one', () => set(pair.publicJwk, pair.privateJwk), /holds a private key/],
  ])('%s', (_case, keys, message) => {
    expect(fault({ OUTRIGGER_PATH_KEYS: keys() })).toMatch(message);
  });
});

test.each<[string, () => string]>([
  ['a private key', () => set(pair.privateJwk)],
  ['text that is no JSON', () => `{${pair.privateJwk.d}`],
  ['a key of another kind', () => set({ kty: 'oct', k: pair.privateJwk.d })],
])('no value is ever repeated in a fault: %s', (_case, keys) => {
  const message = fault({ OUTRIGGER_PATH_KEYS: keys(), OUTRIGGER_FLEET: 'my secret fleet' });
  for (const secret of [pair.privateJwk.d, pair.privateJwk.x, 'my secret fleet']) expect(message).not.toContain(secret);
});

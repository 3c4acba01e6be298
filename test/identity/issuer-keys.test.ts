import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { IssuerError } from '../../functions/errors.ts';
import { createIssuerKeys } from '../../functions/identity/issuer-keys.ts';

const ISSUER = 'https://issuer.example/id/';
const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const SECOND = 1_000;

async function publicKey(algorithm: string, more: JWK): Promise<JWK> {
  const { publicKey: key } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(key)), ...more };
}
const EC = await publicKey('ES256', { kid: 'ec', alg: 'ES256' });
const RSA = await publicKey('RS256', { kid: 'rsa' });
const CURVE = await publicKey('ES384', { kid: 'p384' });

/** An issuer and what was asked of it; `keys` undefined: it cannot be reached. */
function issuer(keys: readonly unknown[] | undefined, name = ISSUER) {
  const far = { keys, name, asked: [] as string[], now: NOW };
  const issuerKeys = createIssuerKeys(
    async (url) => {
      far.asked.push(url);
      if (far.keys === undefined) throw new Error('unreachable');
      if (url.endsWith('/keys')) return { keys: far.keys };
      return { issuer: far.name, jwks_uri: 'https://issuer.example/keys' };
    },
    () => far.now,
  );
  const find = async (kid: string, at = ISSUER): Promise<string | undefined> =>
    (await issuerKeys.find({ issuer: at }, kid))?.algorithm;
  return { far, find, knows: (kid: string) => issuerKeys.knows({ issuer: ISSUER }, kid), issuerKeys };
}

describe('keys that the record gives', () => {
  test('are used without a question to the issuer, and known from then on', async () => {
    const { far, issuerKeys } = issuer(undefined);
    const given = { issuer: ISSUER, jwks: { keys: [EC, RSA] } };
    expect(issuerKeys.knows(given, 'ec')).toBe(false);
    expect(await issuerKeys.find(given, 'ec')).toMatchObject({ kid: 'ec', algorithm: 'ES256' });
    expect(await issuerKeys.find(given, 'rsa')).toMatchObject({ kid: 'rsa', algorithm: 'RS256' });
    expect(await issuerKeys.find(given, 'other')).toBeUndefined();
    expect([issuerKeys.knows(given, 'ec'), issuerKeys.knows(given, 'other')]).toEqual([true, false]);
    expect(far.asked).toEqual([]);
  });

  test('none for a record without an issuer', async () => {
    expect(await issuer([EC]).issuerKeys.find({}, 'ec')).toBeUndefined();
  });

  test.each<[what: string, key: unknown]>([
    ['of another curve', CURVE],
    ['for another algorithm', { ...RSA, alg: 'RS512' }],
    ['of an algorithm of another kind', { ...EC, alg: 'RS256' }],
    ['that is no point of its curve', { ...EC, x: 'AAAA' }],
    ['without a name', { ...EC, kid: undefined }],
    ['that is no object', 'ec'],
  ])('a key %s is passed over, and the others count', async (_, key) => {
    const { find } = issuer([key, { ...EC, kid: 'good' }]);
    const kid = typeof key === 'object' && key !== null && 'kid' in key ? String(key.kid) : 'ec';
    expect(await find('good')).toBe('ES256');
    expect(await find(kid)).toBeUndefined();
  });
});

describe('keys of an issuer', () => {
  test('are fetched by OIDC discovery, once for many questions at a time', async () => {
    const { far, find, knows } = issuer([EC, RSA]);
    expect(knows('ec')).toBe(false);
    expect(await Promise.all([find('ec'), find('rsa'), find('ec')])).toEqual(['ES256', 'RS256', 'ES256']);
    expect(far.asked).toEqual([
      'https://issuer.example/id/.well-known/openid-configuration',
      'https://issuer.example/keys',
    ]);
    expect(knows('ec')).toBe(true);
  });

  test.each<[what: string, keys: readonly unknown[] | undefined, name: string, cause: string]>([
    ['is of another issuer', [EC], 'https://else.example', 'the document is of another issuer'],
    ['has no usable key', [CURVE], ISSUER, 'the issuer has no key'],
    ['cannot be fetched', undefined, ISSUER, 'unreachable'],
  ])('an error where the document %s, with its cause', async (_, keys, name, cause) => {
    const error = await issuer(keys, name)
      .find('ec')
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(IssuerError);
    expect(error).toMatchObject({ cause: { message: cause } });
  });

  test('an unknown key is asked for again after more than five seconds', async () => {
    const { far, find } = issuer([EC]);
    expect(await find('new')).toBeUndefined();
    far.keys = [EC, { ...EC, kid: 'new' }];
    far.now += 5 * SECOND;
    expect([await find('new'), far.asked.length]).toEqual([undefined, 2]);
    far.now += 1;
    expect([await find('new'), far.asked.length]).toEqual(['ES256', 4]);
  });

  test('keys of more than ten minutes are fetched again, and one that was withdrawn goes', async () => {
    const { far, find, knows } = issuer([EC, RSA]);
    await find('ec');
    far.keys = [RSA];
    far.now += 600 * SECOND;
    expect([knows('ec'), await find('ec')]).toEqual([true, 'ES256']);
    far.now += 1;
    expect(knows('ec')).toBe(false);
    expect([await find('ec'), knows('rsa')]).toEqual([undefined, true]);
  });

  test('aged keys serve while the issuer cannot be reached; it is tried again after more than 30 seconds', async () => {
    const { far, find, knows } = issuer([EC]);
    await find('ec');
    far.keys = undefined;
    far.now += 601 * SECOND;
    expect([await find('ec'), far.asked.length]).toEqual(['ES256', 3]);
    far.now += 30 * SECOND;
    expect([await find('ec'), far.asked.length, knows('ec')]).toEqual(['ES256', 3, false]);
    far.now += 1;
    expect([await find('ec'), far.asked.length]).toEqual(['ES256', 4]);
  });
});

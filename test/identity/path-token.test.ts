import crypto, { webcrypto } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { RequestError } from '../../functions/errors.ts';
import { createPathTokenVerifier, type VerifyPathToken } from '../../functions/identity/path-token.ts';
import {
  generatePathTokenKeys,
  mintPathToken,
  type PathTokenKeys,
} from '../../functions/registration/keys/mint-path-token.ts';

const FLEET = 'default';
let keys: PathTokenKeys;
let next: PathTokenKeys;
let stranger: PathTokenKeys;

beforeAll(async () => {
  keys = await generatePathTokenKeys('one');
  next = await generatePathTokenKeys('two');
  stranger = await generatePathTokenKeys('one');
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

function verifier(...set: PathTokenKeys[]): VerifyPathToken {
  return createPathTokenVerifier(
    { keys: [...(set.length === 0 ? [keys] : set).map((k) => k.publicJwk), forEncryption()] },
    FLEET,
  );
}

/** Our key once more, under another name and for another use. */
function forEncryption(): JWK {
  return { ...keys.publicJwk, kid: 'enc', use: 'enc' };
}

/** What becomes of a token: its claims, or the status and sentence of the refusal. */
async function outcome(token: string, cluster = 'local', verify = verifier()): Promise<unknown> {
  try {
    return await verify(cluster, token);
  } catch (error) {
    if (error instanceof RequestError) return { status: error.status, message: error.message };
    throw error;
  }
}

const REFUSED = {
  status: 403,
  message: 'outrigger: the token in the webhook URL is not valid for this cluster; register the webhook again',
};
const mint = (epoch = 1): Promise<string> => mintPathToken(keys.privateJwk, FLEET, 'local', epoch);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs with the right key whatever payload and header are wanted. */
async function sign(payload: unknown, header: Record<string, unknown> = {}, jwk = keys.privateJwk): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const key = await webcrypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign']);
  const input = `${encode({ alg: 'EdDSA', kid: 'one', ...header })}.${Buffer.from(text).toString('base64url')}`;
  const signature = await webcrypto.subtle.sign('Ed25519', key, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

const GOOD = { aud: FLEET, sub: 'local', epoch: 1 };

describe('a good token', () => {
  test('says its cluster and epoch', async () => {
    expect(await outcome(await mint(7))).toEqual({ cluster: 'local', epoch: 7 });
  });

  test('made by hand is as good: the tests below spoil one thing each', async () => {
    expect(await outcome(await sign(GOOD))).toEqual({ cluster: 'local', epoch: 1 });
  });

  test.each([
    'EdDSA',
    'Ed25519',
  ])('has one of two names of the algorithm, where its key names none: %s', async (alg) => {
    const { alg: _none, ...publicJwk } = keys.publicJwk;
    const verify = verifier({ ...keys, publicJwk });
    expect(await outcome(await sign(GOOD, { alg }), 'local', verify)).toEqual({ cluster: 'local', epoch: 1 });
    for (const other of ['RS256', 'none', ['EdDSA'], undefined]) {
      expect(await outcome(await sign(GOOD, { alg: other }), 'local', verify)).toEqual(REFUSED);
    }
  });

  test.each(['one', 'two'])('of key %s is taken while both keys are in the set', async (kid) => {
    const pair = kid === 'one' ? keys : next;
    const token = await mintPathToken(pair.privateJwk, FLEET, 'local', 2);
    expect(await outcome(token, 'local', verifier(keys, next))).toEqual({ cluster: 'local', epoch: 2 });
  });
});

describe('refused with the one sentence is', () => {
  test.each<[string, () => Promise<string>]>([
    ["a stranger's key under our kid", () => mintPathToken(stranger.privateJwk, FLEET, 'local', 1)],
    ['a kid that is not in the set', () => mintPathToken(next.privateJwk, FLEET, 'local', 1)],
    ['another audience', () => sign({ ...GOOD, aud: 'other' })],
    ['an audience in a list', () => sign({ ...GOOD, aud: [FLEET] })],
    ['no audience', () => sign({ sub: 'local', epoch: 1 })],
    ['another cluster', () => sign({ ...GOOD, sub: 'other' })],
    ['a cluster that is a number', () => sign({ ...GOOD, sub: 1 })],
    ['an epoch in quotes', () => sign({ ...GOOD, epoch: '1' })],
    ['no epoch', () => sign({ aud: FLEET, sub: 'local' })],
    ['an epoch that is no whole number', () => sign({ ...GOOD, epoch: 1.5 })],
    ['an epoch beyond 2^53', () => sign({ ...GOOD, epoch: 2 ** 53 })],
    ['an epoch that is null', () => sign({ ...GOOD, epoch: null })],
    ['a payload that is no JSON', () => sign('aud=default')],
    ['a payload that is a list', () => sign([GOOD])],
    ['a payload that is null', () => sign('null')],
    ['an empty payload', () => sign('')],
    ['alg none without signature', async () => `${encode({ alg: 'none' })}.${encode(GOOD)}.`],
    ['alg none with our kid', async () => `${encode({ alg: 'none', kid: 'one' })}.${encode(GOOD)}.AAAA`],
    ['HS256 with the public key as secret', () => symmetric(keys.publicJwk)],
    ['ES256 under our kid', elliptic],
    ['a header without alg', () => sign(GOOD, { alg: undefined })],
    ['the other name of the algorithm under a key that names one', () => sign(GOOD, { alg: 'Ed25519' })],
    ['a key of another use', async () => await sign(GOOD, { kid: 'enc' })],
    ['a kid that is a list', () => sign(GOOD, { kid: ['one'] })],
    ['a kid of the prototype', () => sign(GOOD, { kid: '__proto__' })],
    ['a header that is a list', async () => `${encode(['EdDSA'])}.${encode(GOOD)}.${'A'.repeat(86)}`],
    ['a signature with spare bits set', async () => spare(await mint())],
    ['a header with an unknown crit', () => sign(GOOD, { crit: ['x'], x: 1 })],
    ['a header with an empty crit', () => sign(GOOD, { crit: [] })],
    [
      'a payload that was changed',
      async () => (await mint()).replace(/\.[^.]+\./, `.${encode({ ...GOOD, epoch: 9 })}.`),
    ],
    ['a signature that was changed', async () => flip(await mint(), -5)],
    ['a header that was changed', async () => flip(await mint(), 12)],
    ['a signature that was cut', async () => (await mint()).slice(0, -4)],
    ['nothing', async () => ''],
    ['three empty parts', async () => '..'],
    ['two parts', async () => 'a.b'],
    ['five parts, as of an encrypted token', async () => 'a.b.c.d.e'],
    ['words', async () => 'token'],
    ['characters that base64url does not have', async () => '€.€.€'],
    ['more than 1,024 characters', async () => `${await mint()}${'A'.repeat(1_024)}`],
  ])('%s', async (_case, make) => {
    expect(await outcome(await make())).toEqual(REFUSED);
  });

  test("a good token on another cluster's path, also when it is remembered", async () => {
    const verify = verifier();
    const token = await mint();
    expect(await outcome(token, 'other', verify)).toEqual(REFUSED);
    expect(await outcome(token, 'local', verify)).toEqual({ cluster: 'local', epoch: 1 });
    expect(await outcome(token, 'other', verify)).toEqual(REFUSED);
    expect(await outcome(token, 'LOCAL', verify)).toEqual(REFUSED);
  });

  test('a token without kid while two keys are in the set', async () => {
    expect(await outcome(await sign(GOOD, { kid: undefined }), 'local', verifier(keys, next))).toEqual(REFUSED);
  });

  test('every token when the old key is out of the set', async () => {
    expect(await outcome(await mint(), 'local', verifier(next))).toEqual(REFUSED);
  });
});

describe('the memory', () => {
  const checks = (): { mock: { calls: readonly unknown[] } } => {
    const calls = vi.spyOn(crypto, 'verify');
    syncBuiltinESMExports();
    return calls;
  };

  test('keeps a verified token from being checked again', async () => {
    const calls = checks();
    const verify = verifier();
    const token = await mint();
    for (let i = 0; i < 10; i++) await verify('local', token);
    expect(calls.mock.calls).toHaveLength(1);
  });

  test('does not keep refusals', async () => {
    const calls = checks();
    const verify = verifier();
    const token = await mintPathToken(stranger.privateJwk, FLEET, 'local', 1);
    for (let i = 0; i < 3; i++) expect(await outcome(token, 'local', verify)).toEqual(REFUSED);
    expect(calls.mock.calls).toHaveLength(3);
  });

  test('is bounded: of 513 tokens the first is checked again, the last is not', async () => {
    const verify = verifier();
    const tokens = await Promise.all(Array.from({ length: 513 }, (_, epoch) => mint(epoch)));
    for (const token of tokens) await verify('local', token);
    const calls = checks();
    await verify('local', tokens.at(-1) ?? '');
    expect(calls.mock.calls).toHaveLength(0);
    await verify('local', tokens[0] ?? '');
    expect(calls.mock.calls).toHaveLength(1);
  });

  test('is not of use to an over-long token', async () => {
    const calls = checks();
    expect(await outcome('A'.repeat(1_000_000))).toEqual(REFUSED);
    expect(calls.mock.calls).toHaveLength(0);
  });
});

/** The old trick: the public key's bytes as an HMAC secret. */
async function symmetric(jwk: JWK): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(GOOD));
  const secret = Buffer.from(jwk.x ?? '', 'base64url');
  return await new CompactSign(payload).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
}

async function elliptic(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  expect((await exportJWK(privateKey)).crv).toBe('P-256');
  const payload = new TextEncoder().encode(JSON.stringify(GOOD));
  return await new CompactSign(payload).setProtectedHeader({ alg: 'ES256', kid: 'one' }).sign(privateKey);
}

/** The last letter of a signature holds two bits; the others must be 0. */
function spare(token: string): string {
  return `${token.slice(0, -1)}${String.fromCharCode((token.codePointAt(token.length - 1) ?? 0) + 1)}`;
}

/** Another letter at one place. */
function flip(token: string, at: number): string {
  const i = at < 0 ? token.length + at : at;
  return `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
}

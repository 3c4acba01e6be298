import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import type { NamedRecord } from '../../functions/cluster-record/cluster-record.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { RequestError } from '../../functions/errors.ts';
import type { FetchJson } from '../../functions/http/fetch-json.ts';
import { createIssuerKeys } from '../../functions/identity/issuer-keys.ts';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { createProxyTokenVerifier } from '../../functions/identity/proxy-token.ts';
import {
  generateIssuerKeys,
  mintServiceAccountToken,
  type TokenSubject,
} from '../../infra/local/server/service-account-token.ts';
import { ISSUER, ISSUER_KEYS } from '../support/discovery-entry-point.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const STRANGER = await generateIssuerKeys('key-1');
const NEXT = await generateIssuerKeys('key-2');
const SUBJECT: TokenSubject = {
  namespace: 'shop',
  serviceAccount: 'web',
  pod: { name: 'web-1', uid: 'u-1' },
  audience: 'outrigger/default',
  issuer: ISSUER,
  duration: 600,
  now: NOW,
};
const POD = { name: 'web-1', uid: 'u-1' };
const IDENTITY = proxyIdentity({ cluster: 'local', namespace: 'shop', serviceAccount: 'web', pod: POD });

const mint = (more: Partial<TokenSubject> = {}, keys = ISSUER_KEYS): Promise<string> =>
  mintServiceAccountToken(keys.privateJwk, { ...SUBJECT, ...more });

function recordFor(cluster: string, document: object): NamedRecord {
  const parsed = parseClusterRecord(document);
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  return { cluster, record: parsed.value };
}
const jwks = (...pairs: (typeof ISSUER_KEYS)[]): { keys: unknown[] } => ({ keys: pairs.map((pair) => pair.publicJwk) });
const LOCAL = recordFor('local', { issuer: ISSUER, jwks: jwks(ISSUER_KEYS) });

/** A verifier at a time, and what becomes of a token: the identity, or the status. */
function verifier(
  records: readonly NamedRecord[] = [LOCAL],
  fetchJson: FetchJson = async () => Promise.reject(new Error('down')),
) {
  const clock = { now: NOW };
  const verify = createProxyTokenVerifier(
    createIssuerKeys(fetchJson, () => clock.now),
    'default',
    () => clock.now,
  );
  const outcome = async (token: string, scheme = 'Bearer', among = records): Promise<unknown> => {
    try {
      return (await verify(`${scheme} ${token}`, among)).identity;
    } catch (error) {
      if (error instanceof RequestError) return error.status;
      return error instanceof Error ? error.name : error;
    }
  };
  return { outcome, clock };
}

/** Signs claims that Kubernetes would not make. */
const forge = async (claims: object, header: object = {}): Promise<string> => {
  const { publicJwk: _, privateJwk } = ISSUER_KEYS;
  const body = JSON.parse(Buffer.from((await mint()).split('.')[1] ?? '', 'base64url').toString());
  const { importJWK } = await import('jose');
  return await new SignJWT({ ...body, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'key-1', ...header })
    .sign(await importJWK(privateJwk, 'RS256'));
};

describe('a good token', () => {
  test('says who polls; without a Pod as well', async () => {
    const { outcome } = verifier();
    expect(await outcome(await mint())).toEqual(IDENTITY);
    const rest = proxyIdentity({ cluster: 'local', namespace: 'shop', serviceAccount: 'web' });
    expect(
      await outcome(await forge({ 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'web', uid: 'x' } } })),
    ).toEqual(rest);
  });

  test('is taken with the leeway of a minute on both sides, remembered or not', async () => {
    const token = await mint();
    for (const remembered of [false, true]) {
      for (const [at, wanted] of [
        [-59_000, IDENTITY],
        [-61_000, 401],
        [600_000 + 59_000, IDENTITY],
        [600_000 + 61_000, 401],
      ] as const) {
        const { outcome, clock } = verifier();
        if (remembered) expect(await outcome(token)).toEqual(IDENTITY);
        clock.now = NOW + at;
        const isEarly = remembered && at === -61_000;
        expect(await outcome(token)).toEqual(isEarly ? IDENTITY : wanted);
      }
    }
  });

  test('of an elliptic curve is taken, too', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const keys = {
      publicJwk: { ...(await exportJWK(pair.publicKey)), kid: 'ec' },
      privateJwk: { ...(await exportJWK(pair.privateKey)), kid: 'ec' },
    };
    const record = recordFor('local', { issuer: ISSUER, jwks: jwks(ISSUER_KEYS, keys) });
    const { outcome } = verifier([record]);
    expect(await outcome(await mint({}, keys))).toEqual(IDENTITY);
    expect(await outcome(await mint())).toEqual(IDENTITY);
  });
});

describe('refused', () => {
  test.each<[string, () => Promise<string>]>([
    ['another audience', () => mint({ audience: 'https://kubernetes.default.svc' })],
    ['the audience of another fleet', () => mint({ audience: 'outrigger/other' })],
    ['an issuer that no record names', () => mint({ issuer: 'https://evil.test' })],
    ['a stranger’s key under our kid', () => mint({}, STRANGER)],
    ['a kid that the issuer does not have', () => mint({}, NEXT)],
    ['no kid', () => forge({}, { kid: undefined })],
    ['no expiry', () => forge({ exp: undefined })],
    ['no claims of Kubernetes', () => forge({ 'kubernetes.io': undefined })],
    [
      'a namespace that is none',
      () => forge({ 'kubernetes.io': { namespace: '../x', serviceaccount: { name: 'web' } } }),
    ],
    ['a namespace that is not the subject’s', () => forge({ sub: 'system:serviceaccount:bank:web' })],
    ['an account that is not the subject’s', () => forge({ sub: 'system:serviceaccount:shop:root' })],
    ['a user’s subject', () => forge({ sub: 'admin' })],
    [
      'a Pod without a name',
      () => forge({ 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'web' }, pod: {} } }),
    ],
    ['no signature', async () => `${(await mint()).split('.').slice(0, 2).join('.')}.`],
    ['a cut signature', async () => (await mint()).slice(0, -10)],
    [
      'another payload under the signature',
      async () => {
        const [header, , signature] = (await mint()).split('.');
        return `${header}.${(await mint({ namespace: 'bank' })).split('.')[1]}.${signature}`;
      },
    ],
    [
      'alg none',
      async () =>
        `${Buffer.from('{"alg":"none","kid":"key-1"}').toString('base64url')}.${(await mint()).split('.')[1]}.x`,
    ],
    ['garbage', async () => 'a.b.c'],
    ['20 KB', async () => `a.${'b'.repeat(20_000)}.c`],
  ])('%s: 401', async (_title, token) => {
    expect(await verifier().outcome(await token())).toBe(401);
  });

  test('one issuer and key in two records: nobody knows whose it is', async () => {
    const twin = recordFor('twin', { issuer: ISSUER, jwks: jwks(ISSUER_KEYS) });
    expect(await verifier([LOCAL, twin]).outcome(await mint())).toBe(401);
  });

  test('a remembered token whose record, key or audience has changed', async () => {
    const { outcome } = verifier();
    const token = await mint();
    expect(await outcome(token)).toEqual(IDENTITY);
    for (const document of [
      { issuer: 'https://other.test', jwks: jwks(ISSUER_KEYS) },
      { issuer: ISSUER, jwks: jwks(NEXT) },
      { issuer: ISSUER, jwks: jwks(ISSUER_KEYS), audience: 'else' },
    ]) {
      expect(await outcome(token, 'Bearer', [recordFor('local', document)])).toBe(401);
    }
    expect(await outcome(token, 'Bearer', [])).toBe(401);
  });
});

test('several issuers, and two clusters of one issuer with keys of their own', async () => {
  const records = [
    LOCAL,
    recordFor('second', { issuer: ISSUER, jwks: jwks(NEXT) }),
    recordFor('third', { issuer: 'https://third.test', jwks: jwks(STRANGER) }),
  ];
  const { outcome } = verifier(records);
  expect(await outcome(await mint())).toEqual(IDENTITY);
  expect(await outcome(await mint({}, NEXT))).toEqual({ ...IDENTITY, cluster: 'second' });
  expect(await outcome(await mint({ issuer: 'https://third.test' }, STRANGER))).toEqual({
    ...IDENTITY,
    cluster: 'third',
  });
});

test('a cluster of the same issuer whose keys cannot be had takes no other’s away', async () => {
  const silent = recordFor('silent', { issuer: ISSUER });
  for (const records of [
    [silent, LOCAL],
    [LOCAL, silent],
  ]) {
    const { outcome } = verifier(records);
    expect(await outcome(await mint())).toEqual(IDENTITY);
    // It may be the silent one's.
    expect(await outcome(await mint({}, NEXT))).toBe('IssuerError');
  }
});

describe('keys that the issuer publishes', () => {
  const PUBLIC = recordFor('local', { issuer: ISSUER });
  /** An issuer of which everything can be changed. */
  function publisher(...pairs: (typeof ISSUER_KEYS)[]) {
    const state = { pairs, isDown: false, issuer: ISSUER, urls: [] as string[] };
    const fetchJson = async (url: string): Promise<unknown> => {
      state.urls.push(url);
      if (state.isDown) throw new Error('down');
      return url.endsWith('/openid-configuration')
        ? { issuer: state.issuer, jwks_uri: `${ISSUER}/keys` }
        : jwks(...state.pairs);
    };
    return { state, ...verifier([PUBLIC], fetchJson) };
  }

  test('are fetched once, by discovery, from issuers that a record names only', async () => {
    const { state, outcome } = publisher(ISSUER_KEYS);
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) =>
        outcome(await mint({ namespace: 'shop', pod: { name: `p${i}`, uid: 'u' } })),
      ),
    );
    expect(await outcome(await mint({ issuer: 'https://evil.test' }))).toBe(401);
    expect(state.urls).toEqual([`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/keys`]);
  });

  test('a rotation is followed without a lost poll, and an unknown kid costs a fetch every few seconds at most', async () => {
    const { state, outcome, clock } = publisher(ISSUER_KEYS);
    expect(await outcome(await mint())).toEqual(IDENTITY);
    clock.now += 10_000;
    state.pairs = [ISSUER_KEYS, NEXT];
    const [old, fresh] = await Promise.all([outcome(await mint()), outcome(await mint({}, NEXT))]);
    expect([old, fresh]).toEqual([IDENTITY, IDENTITY]);
    expect(state.urls).toHaveLength(4);
    const unknown = await generateIssuerKeys('key-3');
    for (let i = 0; i < 5; i++) expect(await outcome(await mint({}, unknown))).toBe(401);
    expect(state.urls).toHaveLength(4);
  });

  test('an aged key is fetched anew inside the request that finds it aged, so that a frozen environment loses nothing', async () => {
    const { state, outcome, clock } = publisher(ISSUER_KEYS, NEXT);
    const token = await mint({ duration: 7_200 });
    expect(await outcome(token)).toEqual(IDENTITY);
    state.pairs = [NEXT];
    clock.now += 11 * 60_000;
    expect(await outcome(token)).toBe(401);
  });

  test('an aged key serves on while its issuer is silent, which one request in a while waits for, and not for long', async () => {
    let isSilent = false;
    let fetches = 0;
    const { outcome, clock } = verifier([PUBLIC], async (url) => {
      fetches++;
      if (isSilent) return await new Promise(() => {});
      return url.endsWith('/openid-configuration') ? { issuer: ISSUER, jwks_uri: `${ISSUER}/keys` } : jwks(ISSUER_KEYS);
    });
    const token = await mint({ duration: 7_200 });
    expect(await outcome(token)).toEqual(IDENTITY);
    isSilent = true;
    clock.now += 11 * 60_000;
    for (let i = 0; i < 5; i++) expect(await outcome(token)).toEqual(IDENTITY);
    expect(fetches).toBe(3);
    clock.now += 31_000;
    expect(await outcome(token)).toEqual(IDENTITY);
    expect(fetches).toBe(4);
  });

  test('a key that is withdrawn goes, with the tokens that it verified', async () => {
    const { state, outcome, clock } = publisher(ISSUER_KEYS, NEXT);
    const token = await mint({ duration: 7_200 });
    expect(await outcome(token)).toEqual(IDENTITY);
    state.pairs = [NEXT];
    clock.now += 11 * 60_000;
    await outcome(await mint({ duration: 7_200, now: clock.now }, NEXT));
    expect(await outcome(token)).toBe(401);
  });

  test('an issuer that is down: what is held serves on; with nothing held it is our fault, not the proxy’s', async () => {
    const { state, outcome, clock } = publisher(ISSUER_KEYS);
    state.isDown = true;
    expect(await outcome(await mint())).toBe('IssuerError');
    state.isDown = false;
    clock.now += 10_000;
    expect(await outcome(await mint())).toEqual(IDENTITY);
    state.isDown = true;
    clock.now += 24 * 3_600_000;
    expect(await outcome(await mint({ now: clock.now }))).toEqual(IDENTITY);
  });

  test('a document of another issuer is not believed', async () => {
    const { state, outcome } = publisher(ISSUER_KEYS);
    state.issuer = 'https://evil.test';
    expect(await outcome(await mint())).toBe('IssuerError');
  });
});

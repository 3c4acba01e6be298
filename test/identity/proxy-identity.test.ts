import type { JWTPayload } from 'jose';
import { describe, expect, test } from 'vitest';
import { claimsBeforeProof, identityOf, RefusedTokenError } from '../../functions/identity/proxy-identity.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (header: unknown, claims: unknown): string => `${part(header)}.${part(claims)}.signature`;
const CLAIMS = {
  sub: 'system:serviceaccount:shop:web',
  'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'web' }, pod: { name: 'web-1', uid: 'u-1' } },
};
const kubernetes = (more: object): JWTPayload => ({
  ...CLAIMS,
  'kubernetes.io': { ...CLAIMS['kubernetes.io'], ...more },
});

describe('the claims by which a key is found', () => {
  test('are the key of the header and the issuer of the claims', () => {
    const claims = claimsBeforeProof(token({ alg: 'ES256', kid: 'one' }, { iss: 'https://issuer.example' }));
    expect(claims).toEqual({ issuer: 'https://issuer.example', kid: 'one' });
  });

  test.each<[what: string, header: object, claims: unknown]>([
    ['no key', { alg: 'ES256' }, { iss: 'https://issuer.example' }],
    ['no issuer', { alg: 'ES256', kid: 'one' }, {}],
    ['an issuer that is no text', { alg: 'ES256', kid: 'one' }, { iss: 1 }],
    ['claims that are no object', { alg: 'ES256', kid: 'one' }, 'iss'],
  ])('a token with %s is refused', (_, header, claims) => {
    expect(() => claimsBeforeProof(token(header, claims))).toThrow(RefusedTokenError);
  });
});

describe('the identity of a proxy', () => {
  test('is what Kubernetes claims of its ServiceAccount and Pod', () => {
    const identity = { cluster: 'eu-1', namespace: 'shop', serviceAccount: 'web' };
    const key = expect.stringMatching(/^[0-9a-f]{12}$/);
    expect(identityOf(CLAIMS, 'eu-1')).toEqual({ ...identity, pod: 'web-1', key });
    expect(identityOf(kubernetes({ pod: undefined }), 'eu-1')).toEqual({ ...identity, key });
  });

  test.each<[what: string, claims: JWTPayload]>([
    ['there are none of Kubernetes', { sub: CLAIMS.sub }],
    ['they are no object', { ...CLAIMS, 'kubernetes.io': 'shop' }],
    ['the subject is of another namespace', { ...CLAIMS, sub: 'system:serviceaccount:bank:web' }],
    ['the subject is of another account', { ...CLAIMS, sub: 'system:serviceaccount:shop:else' }],
    ['the subject is no ServiceAccount', { ...CLAIMS, sub: 'shop:web' }],
    ['there is no subject', { 'kubernetes.io': CLAIMS['kubernetes.io'] }],
    ['the namespace is no text', kubernetes({ namespace: 1 })],
    ['the namespace is no name', { ...kubernetes({ namespace: 'Shop' }), sub: 'system:serviceaccount:Shop:web' }],
    ['the account is no object', kubernetes({ serviceaccount: 'web' })],
    ['the Pod has no name', kubernetes({ pod: { uid: 'u-1' } })],
    ['the Pod has no uid', kubernetes({ pod: { name: 'web-1' } })],
  ])('a token is refused where %s', (_, claims) => {
    expect(() => identityOf(claims, 'eu-1')).toThrow(RefusedTokenError);
  });
});

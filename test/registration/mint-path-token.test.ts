import { decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { createPathTokenVerifier } from '../../functions/identity/path-token.ts';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';

test('a minted token is verified by the public half, for its own fleet and cluster', async () => {
  const { publicJwk, privateJwk } = await generatePathTokenKeys('k1');
  const token = await mintPathToken(privateJwk, 'shop', 'eu-1', 4);
  const verify = createPathTokenVerifier({ keys: [publicJwk] }, 'shop');
  expect(await verify('eu-1', token)).toEqual({ cluster: 'eu-1', epoch: 4 });
  await expect(verify('eu-2', token)).rejects.toMatchObject({ status: 403 });
  await expect(createPathTokenVerifier({ keys: [publicJwk] }, 'other')('eu-1', token)).rejects.toMatchObject({
    status: 403,
  });
});

test('a token is one path segment of at most 300 characters and names its key', async () => {
  const { privateJwk } = await generatePathTokenKeys('k1');
  const token = await mintPathToken(privateJwk, 'default', 'local', 1);
  expect(token).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
  expect(token.length).toBeLessThan(300);
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', kid: 'k1' });
});

test('the public half holds no private part', async () => {
  const { publicJwk, privateJwk } = await generatePathTokenKeys('k1');
  expect(publicJwk).toEqual({ kty: 'OKP', crv: 'Ed25519', x: privateJwk.x, kid: 'k1', alg: 'EdDSA', use: 'sig' });
  expect(privateJwk.d).toMatch(/^[A-Za-z0-9_-]{43}$/);
});

test('no two pairs are alike', async () => {
  const [one, two] = await Promise.all([generatePathTokenKeys('k'), generatePathTokenKeys('k')]);
  expect(one.publicJwk.x).not.toBe(two.publicJwk.x);
});

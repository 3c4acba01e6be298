import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

/** A signing key pair for path tokens, as JWKs; `privateJwk` never leaves the registrar. */
export interface PathTokenKeys {
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

/** Makes an Ed25519 key pair whose `kid` names the day-less, random identity of the pair. */
export async function generatePathTokenKeys(kid: string): Promise<PathTokenKeys> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const common = { kid, alg: 'EdDSA', use: 'sig' };
  return {
    publicJwk: { ...(await exportJWK(publicKey)), ...common },
    privateJwk: { ...(await exportJWK(privateKey)), ...common },
  };
}

/**
 * Signs the last segment of a webhook URL: a compact EdDSA JWS with header `kid` and payload `{aud, sub, epoch}`.
 *
 * @param fleet the audience
 * @param cluster the Kubernetes cluster that the token is for
 * @param epoch the rotation epoch, a whole number from 1
 */
export async function mintPathToken(privateJwk: JWK, fleet: string, cluster: string, epoch: number): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify({ aud: fleet, sub: cluster, epoch }));
  const header = { alg: 'EdDSA', ...(privateJwk.kid === undefined ? {} : { kid: privateJwk.kid }) };
  return await new CompactSign(payload).setProtectedHeader(header).sign(await importJWK(privateJwk, 'EdDSA'));
}

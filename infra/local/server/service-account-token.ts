import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

/** The signing keys of an issuer that stands in for a Kubernetes cluster's. */
export interface IssuerKeyPair {
  readonly publicJwk: JWK;
  readonly privateJwk: JWK;
}

/** Whom a token is for. */
export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly audience: string;
  readonly issuer: string;
  /** Seconds from `now` until it expires. */
  readonly duration: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Makes a pair as kubeadm does: RSA, 2,048 bits. */
export async function generateIssuerKeys(kid: string): Promise<IssuerKeyPair> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const common = { kid, alg: 'RS256', use: 'sig' };
  return {
    publicJwk: { ...(await exportJWK(publicKey)), ...common },
    privateJwk: { ...(await exportJWK(privateKey)), ...common },
  };
}

/** Makes a ServiceAccount token with the claims of Kubernetes 1.36, as the kubelet projects it into a Pod. */
export async function mintServiceAccountToken(privateJwk: JWK, subject: TokenSubject): Promise<string> {
  const { namespace, serviceAccount, pod, audience, issuer } = subject;
  const issuedAt = Math.floor(subject.now / 1_000);
  const claims = {
    'kubernetes.io': {
      namespace,
      ...(pod === undefined ? {} : { node: { name: 'local', uid: NODE_UID }, pod }),
      serviceaccount: { name: serviceAccount, uid: randomUUID() },
    },
  };
  const alg = privateJwk.kty === 'EC' ? 'ES256' : 'RS256';
  return await new SignJWT(claims)
    .setProtectedHeader({ alg, ...(privateJwk.kid === undefined ? {} : { kid: privateJwk.kid }) })
    .setAudience([audience])
    .setExpirationTime(issuedAt + subject.duration)
    .setIssuedAt(issuedAt)
    .setIssuer(issuer)
    .setJti(randomUUID())
    .setNotBefore(issuedAt)
    .setSubject(`system:serviceaccount:${namespace}:${serviceAccount}`)
    .sign(await importJWK(privateJwk, alg));
}

const NODE_UID = '00000000-0000-4000-8000-00000000000e';

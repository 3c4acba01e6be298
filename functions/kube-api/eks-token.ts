import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../http/sha256.ts';
import { type CredentialSource, dnsSuffix } from './aws-endpoints.ts';
import { EksError } from './eks-error.ts';

/** The cluster that a token is for, and the identity that signs it. */
export interface EksTokenOptions {
  /** The name of the EKS cluster: a token for one is no good for another. */
  readonly cluster: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const PREFIX = 'k8s-aws-v1.';
/** The header that names the cluster; aws-iam-authenticator demands that it is signed. */
const CLUSTER_HEADER = 'x-k8s-aws-id';
/** aws-iam-authenticator takes no more (maxTokenLenBytes). */
const TOKEN_BYTES_MAX = 4_096;
/** What kubectl's own plugin (`aws eks get-token`) writes; the authenticator counts 15 minutes from X-Amz-Date all the same. */
const EXPIRES_SECONDS = 60;
/** A token is used this long, then replaced: well before the 15 minutes are over. */
const TOKEN_MS = 5 * 60_000;

/**
 * Makes bearer tokens for an EKS cluster: a presigned call of STS GetCallerIdentity, which the cluster's authenticator
 * makes to learn who we are. Nothing is sent to AWS here. The query holds exactly the parameters that the authenticator
 * knows; one more and it refuses.
 *
 * @returns gives a token that is good for at least 10 minutes; rejects with EksError `TokenTooLong`
 */
export function createEksToken({ cluster, region, credentials, now }: EksTokenOptions): () => Promise<string> {
  const hostname = `sts.${region}.${dnsSuffix(region)}`;
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 });
  let cached: { readonly token: string; readonly madeAt: number } | undefined;

  return async () => {
    const madeAt = now();
    if (cached === undefined || Math.abs(madeAt - cached.madeAt) >= TOKEN_MS)
      cached = { token: await make(madeAt), madeAt };
    return cached.token;
  };

  async function make(madeAt: number): Promise<string> {
    const { query = {} } = await signer.presign(
      {
        method: 'GET',
        protocol: 'https:',
        hostname,
        path: '/',
        headers: { host: hostname, [CLUSTER_HEADER]: cluster },
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      },
      // The signer would move the header into the query, where the authenticator does not know it.
      { expiresIn: EXPIRES_SECONDS, signingDate: new Date(madeAt), unhoistableHeaders: new Set([CLUSTER_HEADER]) },
    );
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    const token = PREFIX + Buffer.from(`https://${hostname}/?${pairs.join('&')}`).toString('base64url');
    if (token.length <= TOKEN_BYTES_MAX) return token;
    throw new EksError(
      'TokenTooLong',
      `the token for EKS has ${token.length} bytes, and EKS takes at most ${TOKEN_BYTES_MAX}: the session token of the ` +
        'credentials is too long; assume the role without session tags and with fewer session policies',
    );
  }
}

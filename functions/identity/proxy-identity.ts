import { hash } from 'node:crypto';
import { decodeProtectedHeader, type JWTPayload } from 'jose';
import { RequestError } from '../errors.ts';
import { DNS_LABEL } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';

/** The identity of a polling proxy: the claims of its ServiceAccount token, and nothing else that the proxy sends. */
export interface ProxyIdentity {
  readonly cluster: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** The Pod's name; absent where a token was made for no Pod. */
  readonly pod?: string;
  /** What the proxy is called in reports; see `proxyIdentity`. */
  readonly key: string;
}

/** What an identity is made of. */
export interface ProxyClaims {
  readonly cluster: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly pod?: { readonly name: string; readonly uid: string };
}

const KEY_CHARACTERS = 12;

/**
 * The identity of a proxy, with its key: one Pod is one proxy, whatever tokens it shows; a token made for no Pod stands for
 * its ServiceAccount. 48 bits in hex: among 10,000 proxies two are alike once in some millions of fleets.
 */
export function proxyIdentity({ cluster, namespace, serviceAccount, pod }: ProxyClaims): ProxyIdentity {
  const text = `${namespace}/${pod?.name ?? serviceAccount}/${pod?.uid ?? ''}`;
  const key = hash('sha256', text, 'hex').slice(0, KEY_CHARACTERS);
  return pod === undefined
    ? { cluster, namespace, serviceAccount, key }
    : { cluster, namespace, serviceAccount, pod: pod.name, key };
}

const SUBJECT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The claims by which the key is found. They are not trusted until the signature is verified. */
export function claimsBeforeProof(token: string): { readonly issuer: string; readonly kid: string } {
  const { kid } = decodeProtectedHeader(token);
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const issuer = isRecord(claims) ? claims['iss'] : undefined;
  if (typeof kid !== 'string' || typeof issuer !== 'string') throw refused();
  return { issuer, kid };
}

/** Reads the private claims of Kubernetes (`kubernetes.io`), which have to agree with the subject. */
export function identityOf(payload: JWTPayload, cluster: string): ProxyIdentity {
  const claims: unknown = payload['kubernetes.io'];
  if (!isRecord(claims)) throw refused();
  const { namespace, serviceaccount, pod } = claims;
  const [, inSubject, account] = SUBJECT.exec(payload.sub ?? '') ?? [];
  const isWhole =
    typeof namespace === 'string' && DNS_LABEL.test(namespace) && namespace === inSubject && account !== undefined;
  if (!isWhole || !isRecord(serviceaccount) || serviceaccount['name'] !== account) throw refused();
  if (!isRecord(pod)) return proxyIdentity({ cluster, namespace, serviceAccount: account });
  const { name, uid } = pod;
  if (typeof name !== 'string' || typeof uid !== 'string') throw refused();
  return proxyIdentity({ cluster, namespace, serviceAccount: account, pod: { name, uid } });
}

/** What is known of a token that was refused. The answer to its caller is the same as to every stranger. */
export interface RefusedToken {
  /** Kubernetes clusters whose issuer the token names; it may lie. */
  readonly clusters: readonly string[];
  /** Whose it is; only where it was accepted before, or its signature is good and something else is not. */
  readonly identity?: ProxyIdentity;
}

/** Thrown for every token that is not accepted: 401, and what may be counted of it. */
export class RefusedTokenError extends RequestError {
  readonly token: RefusedToken;

  constructor(token: RefusedToken) {
    super(401, 'outrigger: no valid ServiceAccount token for this endpoint', { 'www-authenticate': 'Bearer' });
    this.token = token;
  }
}

/** The one refusal: it tells a stranger nothing. */
export function refused(token: RefusedToken = { clusters: [] }): RequestError {
  return new RefusedTokenError(token);
}

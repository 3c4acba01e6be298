import { decodeProtectedHeader, type JWTPayload } from 'jose';
import { RequestError } from '../errors.ts';
import { DNS_LABEL } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';

/** The identity of a polling proxy: the claims of its ServiceAccount token, and nothing else that the proxy sends. */
export interface ProxyIdentity {
  readonly cluster: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Absent where a token was made for no Pod. */
  readonly pod?: { readonly name: string; readonly uid: string };
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
  if (!isRecord(pod)) return { cluster, namespace, serviceAccount: account };
  const { name, uid } = pod;
  if (typeof name !== 'string' || typeof uid !== 'string') throw refused();
  return { cluster, namespace, serviceAccount: account, pod: { name, uid } };
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

import { createHash, createHmac } from 'node:crypto';
import type { AwsCredentials } from '../../functions/kube-api/aws-endpoints.ts';

/** The whitelist of aws-iam-authenticator (pkg/token/token.go, parameterWhitelist). */
const KNOWN = new Set([
  'action',
  'version',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** What aws-iam-authenticator's verifier checks before it makes the call, in its order; the URL that it would call. */
export function verified(token: string, stsHosts: readonly string[], now: number): URL {
  if (token.length > 4_096) throw new Error('token is too large');
  if (!token.startsWith('k8s-aws-v1.')) throw new Error('token is missing expected "k8s-aws-v1." prefix');
  const encoded = token.slice('k8s-aws-v1.'.length);
  // base64.RawURLEncoding: no padding.
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) throw new Error('illegal base64 data');
  const url = new URL(Buffer.from(encoded, 'base64url').toString('utf8'));
  if (url.protocol !== 'https:') throw new Error(`unexpected scheme ${url.protocol} in pre-signed URL`);
  if (!stsHosts.includes(url.host)) throw new Error(`unexpected hostname ${url.host} in pre-signed URL`);
  if (url.pathname !== '/') throw new Error('unexpected path in pre-signed URL');
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (!KNOWN.has(name.toLowerCase())) throw new Error(`non-whitelisted query parameter ${name}`);
    if (parameters.has(name.toLowerCase())) throw new Error('query parameter with multiple values not supported');
    parameters.set(name.toLowerCase(), value);
  }
  if (parameters.get('action') !== 'GetCallerIdentity') throw new Error('unexpected action parameter');
  const signedHeaders = (parameters.get('x-amz-signedheaders') ?? '').split(';');
  if (!signedHeaders.includes('x-k8s-aws-id')) throw new Error('client did not sign the x-k8s-aws-id header');
  const expires = Number(parameters.get('x-amz-expires'));
  if (!(expires >= 0 && expires <= 900)) throw new Error('invalid X-Amz-Expires parameter');
  const [, y, mo, d, h, mi, s] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(parameters.get('x-amz-date') ?? '') ?? [];
  const date = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
  if (!(now <= date + 15 * 60_000)) throw new Error('X-Amz-Date parameter is expired');
  return url;
}

/** The signature by AWS's description of Signature Version 4, with node:crypto alone. */
export function signatureOf(url: URL, { secretAccessKey }: AwsCredentials, cluster: string, region: string): string {
  const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
  const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const escaped = (text: string): string =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .toSorted()
    .join('&');
  const headers = `host:${url.host}\nx-k8s-aws-id:${cluster}\n`;
  const request = ['GET', '/', query, headers, 'host;x-k8s-aws-id', hex('')].join('\n');
  const date = url.searchParams.get('X-Amz-Date') ?? '';
  const scope = `${date.slice(0, 8)}/${region}/sts/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>((made, part) => mac(made, part), `AWS4${secretAccessKey}`);
  return mac(key, ['AWS4-HMAC-SHA256', date, scope, hex(request)].join('\n')).toString('hex');
}

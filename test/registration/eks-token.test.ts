import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { AwsCredentials } from '../../functions/registration/aws-endpoints.ts';
import { createEksToken } from '../../functions/registration/eks-token.ts';

const NOW = Date.UTC(2026, 10, 22, 21, 30, 5, 678);
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
/** As long as IAM's are (some 1,000 characters), with what has to be escaped. */
const SESSION = { ...CREDENTIALS, sessionToken: `${'IQoJb3/JpZ2+'.repeat(80)}==` };

async function tokenOf(
  credentials: AwsCredentials = SESSION,
  region = 'eu-central-1',
  cluster = 'prod-1',
): Promise<string> {
  return await createEksToken({ cluster, region, credentials: async () => credentials, now: () => NOW })();
}

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
function verified(token: string, stsHosts: readonly string[], now: number): URL {
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
function signatureOf(url: URL, { secretAccessKey }: AwsCredentials, cluster: string, region: string): string {
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

describe('a token for EKS', () => {
  test.each([
    ['aws', 'eu-central-1', 'sts.eu-central-1.amazonaws.com'],
    ['aws-cn', 'cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['aws-iso', 'us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
  ])('of %s is one that aws-iam-authenticator takes, with a signature that holds', async (_, region, host) => {
    for (const credentials of [CREDENTIALS, SESSION]) {
      const url = verified(await tokenOf(credentials, region), [host], NOW + 14 * 60_000);
      expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, credentials, 'prod-1', region));
      expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-k8s-aws-id');
      expect(url.searchParams.get('X-Amz-Security-Token')).toBe(
        'sessionToken' in credentials ? SESSION.sessionToken : null,
      );
    }
  });

  test('is for one cluster: the same signature does not hold for another', async () => {
    const url = verified(await tokenOf(), ['sts.eu-central-1.amazonaws.com'], NOW);
    const signature = url.searchParams.get('X-Amz-Signature');
    expect(signature).toBe(signatureOf(url, SESSION, 'prod-1', 'eu-central-1'));
    expect(signature).not.toBe(signatureOf(url, SESSION, 'prod-2', 'eu-central-1'));
  });

  test('is refused by the authenticator when it is too old', async () => {
    const token = await tokenOf();
    expect(() => verified(token, ['sts.eu-central-1.amazonaws.com'], NOW + 16 * 60_000)).toThrow('expired');
  });

  test('is kept for five minutes, then made anew with the credentials of that time', async () => {
    let now = NOW;
    let asked = 0;
    const credentials = async (): Promise<AwsCredentials> => ({ ...SESSION, accessKeyId: `AKID${++asked}` });
    const token = createEksToken({ cluster: 'c', region: 'eu-central-1', credentials, now: () => now });
    const first = await token();
    now += 5 * 60_000 - 1;
    expect(await token()).toBe(first);
    now += 1;
    const second = await token();
    expect(second).not.toBe(first);
    expect(verified(second, ['sts.eu-central-1.amazonaws.com'], now).searchParams.get('X-Amz-Credential')).toMatch(
      /^AKID2\//,
    );
  });

  test('that would be too long is not made, and why is said without it', async () => {
    const fits = await tokenOf({ ...CREDENTIALS, sessionToken: 'x'.repeat(2_600) });
    expect(fits.length).toBeLessThanOrEqual(4_096);
    const failure = tokenOf({ ...CREDENTIALS, sessionToken: 'x'.repeat(2_800) });
    await expect(failure).rejects.toMatchObject({ name: 'EksError', code: 'TokenTooLong' });
    await expect(failure).rejects.toThrow(
      /^the token for EKS has \d{4} bytes, and EKS takes at most 4096: .* session tags/,
    );
    await expect(failure).rejects.not.toThrow(/xxx|k8s-aws/);
  });

  test.each([
    '',
    'EU',
    'eu-central-1.evil.example/',
    'eu_central_1',
  ])('of what is no region is not made: %j', async (region) => {
    await expect(tokenOf(SESSION, region)).rejects.toThrow('an AWS region is like');
  });
});

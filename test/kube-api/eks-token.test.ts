import { describe, expect, test } from 'vitest';
import type { AwsCredentials } from '../../functions/kube-api/aws-endpoints.ts';
import { createEksToken } from '../../functions/kube-api/eks-token.ts';
import { signatureOf, verified } from '../support/eks-authenticator.ts';

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

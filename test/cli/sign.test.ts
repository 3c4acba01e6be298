import { afterEach, expect, test, vi } from 'vitest';
import { awsEndpoint, signed } from '../../infra/cli/canary/sign.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test.each([
  ['https://a1b2.execute-api.eu-central-1.amazonaws.com/x', { service: 'execute-api', region: 'eu-central-1' }],
  ['https://a1b2.execute-api.cn-north-1.amazonaws.com.cn', { service: 'execute-api', region: 'cn-north-1' }],
  ['https://a1b2.lambda-url.us-east-1.on.aws/', { service: 'lambda', region: 'us-east-1' }],
  ['http://127.0.0.1:8080', undefined],
  ['https://execute-api.eu-central-1.amazonaws.com.evil.example', undefined],
  ['https://evil.example/a.execute-api.eu-central-1.amazonaws.com', undefined],
])('%s', (url, endpoint) => {
  expect(awsEndpoint(new URL(url))).toEqual(endpoint);
});

test('a request is signed with the credentials of the environment, its body and headers with it', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  const url = new URL('https://a1b2.execute-api.eu-central-1.amazonaws.com/apis/x?limit=5');
  const ask = { method: 'PUT', url, headers: { 'if-match': '"1"' }, body: '{}' };
  const { headers, body } = await signed(ask, { service: 'execute-api', region: 'eu-central-1' });
  expect(body).toBe('{}');
  expect(headers).toMatchObject({
    'if-match': '"1"',
    host: url.host,
    'x-amz-security-token': 'session',
    // SHA-256 of {}
    'x-amz-content-sha256': '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  });
  expect(headers['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=[a-z0-9;-]*if-match[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
  );
});

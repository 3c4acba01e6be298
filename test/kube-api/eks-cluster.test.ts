import { once } from 'node:events';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterAccess } from '../../functions/kube-api/cluster-access.ts';
import { type EksClusterOptions, openEksCluster } from '../../functions/kube-api/eks-cluster.ts';

const signal = (): AbortSignal => AbortSignal.timeout(600_000);
const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-key', sessionToken: 'session-token' };
const ACTIVE = {
  name: 'prod-1',
  status: 'ACTIVE',
  endpoint: 'https://0123.gr7.eu-central-1.eks.amazonaws.com',
  certificateAuthority: { data: Buffer.from('CA').toString('base64') },
  accessConfig: { authenticationMode: 'API' },
};

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

let url: string;
let server: http.Server;
let replies: Reply[];
let seen: { url: string | undefined; headers: IncomingHttpHeaders }[];

beforeAll(async () => {
  server = http.createServer((request, response) => {
    seen.push({ url: request.url, headers: request.headers });
    const { status, body, headers } = replies.length > 1 ? (replies.shift() as Reply) : (replies[0] as Reply);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function open(answers: readonly Reply[], more: Partial<EksClusterOptions> = {}): Promise<ClusterAccess> {
  replies = [...answers];
  seen = [];
  const environment = { AWS_ENDPOINT_URL_EKS: url };
  const options = { name: 'prod-1', region: 'eu-central-1', credentials: async () => CREDENTIALS, environment };
  return await openEksCluster({ ...options, now: () => 0, wait: async () => undefined, ...more }, signal());
}

test('DescribeCluster, signed, becomes access with the cluster’s authority and tokens for it', async () => {
  const { token, ...access } = await open([{ status: 200, body: { cluster: ACTIVE } }]);
  expect(access).toEqual({ server: ACTIVE.endpoint, ca: 'CA' });
  expect(seen).toMatchObject([{ url: '/clusters/prod-1', headers: { 'x-amz-security-token': 'session-token' } }]);
  expect(seen[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/eks\/aws4_request, SignedHeaders=[^,]*host[^,]*, Signature=[0-9a-f]{64}$/,
  );
  const made = (await token?.(signal())) ?? '';
  const presigned = Buffer.from(made.replace('k8s-aws-v1.', ''), 'base64url').toString();
  expect(presigned).toMatch(/^https:\/\/sts\.eu-central-1\.amazonaws\.com\/\?Action=GetCallerIdentity&/);
});

test('AWS_ENDPOINT_URL serves where the one of EKS is not set', async () => {
  await open([{ status: 200, body: { cluster: ACTIVE } }], { environment: { AWS_ENDPOINT_URL: `${url}/` } });
  expect(seen).toMatchObject([{ url: '/clusters/prod-1' }]);
});

test('a cluster that is being changed serves; authentication by ConfigMap alone is said', async () => {
  const lines: string[] = [];
  const cluster = { ...ACTIVE, status: 'UPDATING', accessConfig: { authenticationMode: 'CONFIG_MAP' } };
  const access = await open([{ status: 200, body: { cluster } }], { say: (line) => lines.push(line) });
  expect(access.server).toBe(ACTIVE.endpoint);
  expect(lines).toEqual([
    expect.stringMatching(/CONFIG_MAP, so access entries have no effect in it: set API_AND_CONFIG_MAP/),
  ]);
});

test('what passes is tried again', async () => {
  const access = await open([
    { status: 429, body: { message: 'Rate exceeded' } },
    { status: 503, body: {} },
    { status: 200, body: { cluster: ACTIVE } },
  ]);
  expect(access.server).toBe(ACTIVE.endpoint);
  expect(seen).toHaveLength(3);
});

describe('what stands in the way is said:', () => {
  const gone = { message: 'No cluster found for name: prod-1.' };
  test.each<[string, Reply, string, RegExp]>([
    [
      'no such cluster',
      { status: 404, body: gone, headers: { 'x-amzn-errortype': 'ResourceNotFoundException:http://internal' } },
      'Gone',
      /^there is no EKS cluster prod-1$/,
    ],
    [
      'no such cluster, as emulators say it',
      { status: 404, body: { ...gone, __type: 'ResourceNotFoundException' } },
      'Gone',
      /^there is no/,
    ],
    ['another 404', { status: 404, body: {} }, 'Unreachable', /^EKS answered 404$/],
    [
      'one being made',
      { status: 200, body: { cluster: { ...ACTIVE, status: 'CREATING' } } },
      'NotReady',
      /is CREATING, not ACTIVE$/,
    ],
    [
      'one being deleted',
      { status: 200, body: { cluster: { ...ACTIVE, status: 'DELETING' } } },
      'Gone',
      /is DELETING, not ACTIVE$/,
    ],
    [
      'one that was never made',
      { status: 200, body: { cluster: { ...ACTIVE, status: 'FAILED' } } },
      'Gone',
      /is FAILED, not ACTIVE$/,
    ],
    ['no endpoint', { status: 200, body: { cluster: { ...ACTIVE, endpoint: null } } }, 'NotReady', /names no endpoint/],
    ['another answer', { status: 200, body: [] }, 'NotReady', /is undefined, not ACTIVE$/],
    [
      'no permission',
      { status: 403, body: { message: 'User: arn:x is not authorized' } },
      'Refused',
      /^EKS refuses \(User: arn:x is not authorized\); the role needs eks:DescribeCluster on cluster prod-1$/,
    ],
    [
      'a failure',
      { status: 503, body: { message: 'Service Unavailable' } },
      'Unreachable',
      /^EKS answered 503: Service Unavailable$/,
    ],
  ])('%s', async (_, reply, code, message) => {
    const failure = open([reply]);
    await expect(failure).rejects.toMatchObject({ name: 'EksError', code });
    await expect(failure).rejects.toThrow(message);
  });

  test('nobody there', async () => {
    const environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    await expect(open([], { environment })).rejects.toThrow('EKS cannot be reached at 127.0.0.1:1 (ECONNREFUSED)');
  });

  test.each(['', '../x', 'a b', 'x'.repeat(101)])('a name that EKS has not is never asked for: %j', async (name) => {
    await expect(open([], { name })).rejects.toThrow('the name of an EKS cluster is');
    expect(seen).toEqual([]);
  });
});

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { makeCertificate } from '../../../infra/local/server/certificate.ts';
import { signatureOf, verified } from '../../support/eks-authenticator.ts';
import type { Identities } from './rehearsal.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

const REGION = 'eu-central-1';
const STS_HOST = `sts.${REGION}.amazonaws.com`;

/** A kube-apiserver of the test bed that lets IAM roles in, as EKS does. */
export interface EksCluster extends TestCluster {
  /** What DescribeCluster says of it. */
  readonly endpoint: string;
  readonly certificate: string;
  /** Who came in, as `{role}: {groups}`, and why others did not. */
  readonly entries: readonly string[];
}

/**
 * Starts an API server whose tokens are judged by aws-iam-authenticator's rules: the presigned call is checked and its
 * signature made anew (no call is made: there is no STS), then the role's access entry gives the groups.
 *
 * @param identities is asked when a token comes
 * @param trusted a PEM file with the authorities that the API server trusts, instead of the system's
 */
export async function startEksCluster(name: string, identities: Identities, trusted: string): Promise<EksCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-eks-'));
  const entries: string[] = [];
  const tls = await makeCertificate(['127.0.0.1']);
  const server = https.createServer(tls, (request, response) => {
    void text(request)
      .then((body) => judge(JSON.parse(body).spec.token, name, identities))
      .then(
        (user) => {
          entries.push(`${user.username}: ${user.groups}`);
          return { authenticated: true, user };
        },
        (error: unknown) => {
          entries.push(String(error));
          return { authenticated: false, error: String(error) };
        },
      )
      .then((status) => {
        const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(review));
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/authenticate`;
  const file = join(folder, 'authenticator.yaml');
  const authority = Buffer.from(tls.ca).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'webhook',
    clusters: [{ name: 'aws', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'apiserver' }],
    contexts: [{ name: 'webhook', context: { cluster: 'aws', user: 'apiserver' } }],
  };
  await writeFile(file, JSON.stringify(config));
  const flags = [`--authentication-token-webhook-config-file=${file}`, '--authentication-token-webhook-version=v1'];
  const cluster = await startTestCluster(flags, { SSL_CERT_FILE: trusted });
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(cluster.api.kubeconfig);
  const { server: endpoint = '', caData = '' } = kubeconfig.getCurrentCluster() ?? {};
  return {
    ...cluster,
    endpoint,
    certificate: Buffer.from(caData, 'base64').toString(),
    entries,
    stop: async () => {
      await cluster.stop();
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The user that a token is of; throws when it is nobody's. */
async function judge(
  token: string,
  cluster: string,
  { roleOf, state }: Identities,
): Promise<{ username: string; groups: readonly string[] }> {
  const url = verified(token, [STS_HOST], Date.now());
  const [accessKeyId = ''] = (url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  const role = roleOf(accessKeyId);
  if (role === undefined) throw new Error('InvalidClientTokenId');
  const expected = signatureOf(url, { accessKeyId, secretAccessKey: role.secret }, cluster, REGION);
  if (url.searchParams.get('X-Amz-Signature') !== expected) throw new Error('SignatureDoesNotMatch');
  const { accessEntries } = await state();
  const entry = accessEntries.find((one) => one.cluster === cluster && one.principal === role.arn);
  if (entry === undefined) throw new Error(`${role.arn} has no access entry`);
  return { username: role.arn, groups: entry.groups };
}

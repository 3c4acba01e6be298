import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterAccess } from '../../functions/kube-api/cluster-access.ts';
import { openEksCluster } from '../../functions/kube-api/eks-cluster.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { whyNotMoto } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const signal = (): AbortSignal => AbortSignal.timeout(600_000);

await describeReal('EKS, as moto has it', whyNotMoto, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(async () => await moto?.stop());

  /** Calls EKS without the SDK, which the project does not need for anything else. */
  async function eks(method: string, path: string, body?: object): Promise<Record<string, Record<string, unknown>>> {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-central-1/eks/aws4_request, SignedHeaders=host, Signature=x';
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${moto.url}${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`moto answered ${response.status}: ${await response.text()}`);
    const answer: Record<string, Record<string, unknown>> = JSON.parse(await response.text());
    return answer;
  }

  async function open(name: string): Promise<ClusterAccess> {
    const credentials = async (): Promise<{ accessKeyId: string; secretAccessKey: string }> => ({
      accessKeyId: 'AKID',
      secretAccessKey: 'secret',
    });
    return await openEksCluster(
      { name, region: 'eu-central-1', credentials, environment: { AWS_ENDPOINT_URL: moto.url } },
      signal(),
    );
  }

  test('a cluster is described, and after its deletion there is none', async () => {
    await expect(open('prod-1')).rejects.toMatchObject({
      name: 'EksError',
      code: 'Gone',
      message: 'there is no EKS cluster prod-1',
    });
    const vpc = { subnetIds: ['subnet-1', 'subnet-2'] };
    const roleArn = 'arn:aws:iam::123456789012:role/eks';
    const { cluster } = await eks('POST', '/clusters', { name: 'prod-1', roleArn, resourcesVpcConfig: vpc });
    const { server, ca, token } = await open('prod-1');
    expect(server).toBe(String(cluster?.['endpoint']).replace(/\/$/, ''));
    const authority = cluster?.['certificateAuthority'] as { data: string };
    expect(ca).toBe(Buffer.from(authority.data, 'base64').toString());
    expect(await token?.(signal())).toMatch(/^k8s-aws-v1\.[\w-]+$/);
    await eks('DELETE', '/clusters/prod-1');
    await expect(open('prod-1')).rejects.toMatchObject({ code: 'Gone' });
  });
});

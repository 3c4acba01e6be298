import { once } from 'node:events';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../infra/local/server/certificate.ts';
import { createGateway } from '../../infra/local/server/gateway.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster } from './support/test-cluster.ts';

const bare = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'bare' },
  spec: { containers: [{ name: 'app', image: 'busybox' }] },
};

/** A way to fail: the URL to register, and what the refusal says under Fail. */
interface Failure {
  readonly url: string;
  readonly ca: string;
  readonly says: RegExp;
  /** How long the API server waits; default: as long as it can, since a busy machine is slow. */
  readonly timeoutSeconds?: number;
}

await describeReal('what becomes of a Pod when the endpoint fails', whyNotApiServer, () => {
  let cluster: TestCluster;
  const servers: Server[] = [];
  beforeAll(async () => {
    cluster = await startTestCluster();
  });
  afterEach(async () => await cluster.unregister());
  afterAll(async () => {
    for (const server of servers) server.close();
    await cluster?.stop();
  });

  /** An endpoint whose entry point takes longer than the API server waits. */
  async function late(): Promise<Failure> {
    const { ca, cert, key } = await makeCertificate(['127.0.0.1']);
    const handler = (): Promise<never> => new Promise(() => {});
    const route = { method: 'ANY', path: '/v1/mutate/{cluster}/{token}', handler, timeoutMs: 10_000 };
    const server = createGateway([route], { cert, key }) as Server;
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1/mutate/local/x`;
    return { url, ca, says: /context deadline exceeded/, timeoutSeconds: 1 };
  }

  const failures: Record<string, () => Promise<Failure>> = {
    'the process has stopped': async () => {
      const gateway = await cluster.gateway();
      await gateway.close();
      return { url: gateway.endpoint.webhookUrl, ca: gateway.ca, says: /connection refused/ };
    },
    'it answers 500': async () => {
      const gateway = await cluster.gateway(undefined, 'defaultTemplates: [gone]');
      return {
        url: gateway.endpoint.webhookUrl,
        ca: gateway.ca,
        says: /a default template of the cluster record does not exist: gone \(DefaultTemplateMissing\)/,
      };
    },
    'it answers late': late,
    'the token is wrong': async () => {
      const gateway = await cluster.gateway();
      const url = `${gateway.endpoint.webhookUrl.slice(0, -4)}AAAA`;
      return { url, ca: gateway.ca, says: /the token in the webhook URL is not valid/ };
    },
    'the token is for another cluster': async () => {
      const gateway = await cluster.gateway();
      const url = gateway.endpoint.webhookUrl.replace('/mutate/local/', '/mutate/other/');
      return { url, ca: gateway.ca, says: /the token in the webhook URL is not valid/ };
    },
  };

  test.each(Object.keys(failures))('%s: Ignore makes the Pod without sidecar', async (name) => {
    const { url, ca, timeoutSeconds = 30 } = (await failures[name]?.()) ?? expect.fail();
    await cluster.register({ url, ca, failurePolicy: 'Ignore', timeoutSeconds });
    const pod = await cluster.createPod(await cluster.namespace(), bare);
    expect(pod.spec?.containers.map((c) => c.name)).toEqual(['app']);
  });

  test.each(Object.keys(failures))('%s: Fail refuses the Pod and names the cause', async (name) => {
    const { url, ca, says, timeoutSeconds = 30 } = (await failures[name]?.()) ?? expect.fail();
    await cluster.register({ url, ca, failurePolicy: 'Fail', timeoutSeconds });
    const namespace = await cluster.namespace();
    const refusal = cluster.createPod(namespace, bare);
    await expect(refusal).rejects.toThrow(/failed calling webhook "inject\.outrigger\.dev"/);
    await expect(refusal).rejects.toThrow(says);
    expect((await cluster.core.listNamespacedPod({ namespace })).items).toEqual([]);
  });
});

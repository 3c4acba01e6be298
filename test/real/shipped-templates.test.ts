import { afterAll, beforeAll, expect, test } from 'vitest';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster } from './support/test-cluster.ts';

const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 1000,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

await describeReal(
  'the shipped templates, in a namespace of the Pod Security level restricted',
  whyNotApiServer,
  () => {
    let cluster: TestCluster;
    let namespace = '';

    beforeAll(async () => {
      cluster = await startTestCluster();
      const { endpoint, ca } = await cluster.gateway();
      await cluster.register({ url: endpoint.webhookUrl, ca, failurePolicy: 'Fail' });
      namespace = await cluster.namespace();
      await cluster.api.kubectl(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
    });
    afterAll(async () => await cluster?.stop());

    const podWith = (name: string, templates: string): object => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        annotations: {
          'outrigger.dev/templates': templates,
          'parameters.outrigger.dev/team': 'payments',
          'parameters.outrigger.dev/output': 'http',
        },
      },
      spec: { containers: [{ name: 'app', image: 'busybox', securityContext: RESTRICTED }] },
    });

    test('labels and log-shipper are admitted as they are', async () => {
      const pod = await cluster.createPod(namespace, podWith('app', 'labels,log-shipper'));
      expect(pod.metadata?.labels).toMatchObject({ team: 'payments', 'cost-center': 'unassigned' });
      const [shipper] = pod.spec?.initContainers ?? [];
      expect(shipper).toMatchObject({ name: 'log-shipper', restartPolicy: 'Always' });
      expect(shipper?.args).toContain('--output=http');
      // ServiceAccount admission found its place taken.
      expect(shipper?.volumeMounts?.map((mount) => mount.name)).toEqual([
        'log-shipper-logs',
        'log-shipper-state',
        'log-shipper-no-token',
      ]);
      expect(pod.spec?.containers[0]?.volumeMounts?.map((mount) => mount.mountPath)).toContain('/var/log/app');
    });

    test("the seed's is not, as lint says of it", async () => {
      const creating = cluster.createPod(namespace, podWith('seed', 'envoy-initializer'));
      await expect(creating).rejects.toThrow('violates PodSecurity "restricted:latest"');
    });
  },
);

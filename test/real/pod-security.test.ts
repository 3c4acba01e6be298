import { afterAll, beforeAll, expect, test } from 'vitest';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster } from './support/test-cluster.ts';

/** The strictest that an application can be: what is refused is not its. */
const CLEAN = {
  runAsNonRoot: true,
  runAsUser: 1_000,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

await describeReal('Pod Security and the mesh', whyNotApiServer, () => {
  let cluster: TestCluster;
  const namespaces = new Map<string, string>();

  beforeAll(async () => {
    cluster = await startTestCluster();
    for (const level of ['baseline', 'restricted']) {
      const name = await cluster.namespace();
      namespaces.set(level, name);
      await cluster.api.kubectl(['label', 'namespace', name, `pod-security.kubernetes.io/enforce=${level}`]);
    }
    const levels = Object.fromEntries([...namespaces].map(([level, name]) => [name, level]));
    const record = { discovery: { host: 'xds.example.com' }, podSecurity: { namespaces: levels } };
    const gateway = await cluster.gateway(undefined, JSON.stringify(record));
    await cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' });
  });
  afterAll(async () => await cluster?.stop());

  async function create(level: string, templates: string): Promise<string> {
    const annotations = { 'outrigger.dev/templates': templates };
    const app = { name: 'app', image: 'shop:1', securityContext: CLEAN };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shop', annotations }, spec: { containers: [app] } };
    return await cluster.api
      .kubectl(['create', '--dry-run=server', '-n', namespaces.get(level) ?? '', '-f', '-'], JSON.stringify(pod))
      .then(
        ({ stdout, stderr }) => stdout + stderr,
        (error: unknown) => (error instanceof Error && 'stderr' in error ? String(error.stderr) : ''),
      );
  }

  test.each([
    ['baseline', 'non-default capabilities'],
    ['restricted', 'unrestricted capabilities'],
  ])('%s refuses the capabilities of proxy-init, and nothing else; our warning says so first', async (level, fault) => {
    const said = await create(level, 'envoy');
    expect(said).toContain(
      `Warning: outrigger: Pod Security ${level} refuses envoy: container proxy-init adds the capability NET_ADMIN\n`,
    );
    expect(said.indexOf('Warning: outrigger')).toBeLessThan(said.indexOf('violates PodSecurity'));
    const why = said.slice(said.indexOf('violates PodSecurity')).trim();
    const capabilities = 'must not include "NET_ADMIN", "NET_RAW" in securityContext.capabilities.add';
    expect(why).toBe(`violates PodSecurity "${level}:latest": ${fault} (container "proxy-init" ${capabilities})`);
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outrigger } from '../support/outrigger.ts';
import { type ClusterNode, startNode } from './support/node.ts';
import { whyNotNode } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const READY = join(import.meta.dirname, '..', '..', 'infra', 'ready-templates');
const NAMES = readdirSync(READY).map((file) => file.replace('.yaml', ''));
const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 1000,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const PARAMETERS: Readonly<Record<string, string>> = {
  language: 'java',
  'otel-agent-tag': '2.21.0',
  'vault-role': 'a "quoted" role',
  'vault-secret': 'secret/data/cart',
  'sql-instance': 'project:region:instance',
  'sql-private-ip': 'true',
  'sql-iam-login': 'true',
  'oidc-issuer': 'https://id.example.com',
  'oidc-client-id': 'web',
  'oidc-redirect-url': 'https://web.example.com/oauth2/callback',
  'skip-auth-path': '^/health$',
};
/** What an application finds where every ready template is applied; the sidecars' ports are those of their probes. */
const LOOKS = [
  'cat /vault/secrets/env',
  'test -s /otel-instrumentation/javaagent.jar',
  'test "$JAVA_TOOL_OPTIONS" = -javaagent:/otel-instrumentation/javaagent.jar',
  'cat "$SSL_CERT_FILE" && echo',
  ...['9801/startup', '4180/ping', '13133/'].map((at) => `wget -qO- http://127.0.0.1:${at}`),
  '! test -e /var/run/secrets/vault',
].join(' && ');

/** A Job whose one container looks at all of it, and its manifest with the sidecars. */
async function injectedJob(
  name: string,
  change: (manifest: string) => string = (manifest) => manifest,
): Promise<string> {
  const annotations = Object.fromEntries(
    Object.entries(PARAMETERS).map(([key, value]) => [`parameters.outrigger.dev/${key}`, value]),
  );
  const container = {
    name: 'app',
    image: 'busybox',
    command: ['sh', '-ec', LOOKS],
    securityContext: RESTRICTED,
  };
  const spec = { restartPolicy: 'Never', terminationGracePeriodSeconds: 5, containers: [container] };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'shop' },
    spec: { backoffLimit: 0, template: { metadata: { annotations }, spec } },
  };
  const args = [
    'inject',
    '-f',
    '-',
    '--templates',
    READY,
    '--template',
    NAMES.join(','),
    '--state-dir',
    '/nonexistent',
  ];
  const { code, stdout, stderr } = await outrigger(args, { stdin: JSON.stringify(job) });
  expect([code, stderr]).toEqual([0, '']);
  return change(stdout);
}

await describeReal('the ready templates, on a node, at the Pod Security level that they declare', whyNotNode, () => {
  let node: ClusterNode;
  const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
    (await node.run('kubectl', args, input)).stdout;

  beforeAll(async () => {
    node = await startNode();
    await kubectl(['create', 'namespace', 'shop']);
    await kubectl(['label', 'namespace', 'shop', 'pod-security.kubernetes.io/enforce=restricted']);
    await kubectl(['create', 'configmap', 'ca-bundle', '-n', 'shop', '--from-literal=ca.crt=certificates']);
    const secret = ['--from-literal=client-secret=a', '--from-literal=cookie-secret=b'];
    await kubectl(['create', 'secret', 'generic', 'oauth2-proxy', '-n', 'shop', ...secret]);
  });
  afterAll(async () => await node?.stop());

  test('all of them in the Pod of a Job: flags, ports and probes fit, the application finds its files, and the Job ends', async () => {
    expect(NAMES).toHaveLength(6);
    await kubectl(['create', '-f', '-'], await injectedJob('all'));
    await kubectl(['wait', '--for=condition=Complete', 'job/all', '-n', 'shop', '--timeout=150s']);
    const log = await kubectl(['logs', 'job/all', '-n', 'shop', '-c', 'app']);
    expect(log.split('\n')).toEqual(['path=secret/data/cart', 'certificates', 'ok', 'ok', 'ok', '']);
    const { items } = JSON.parse(await kubectl(['get', 'pods', '-n', 'shop', '-l', 'job-name=all', '-o', 'json']));
    const statuses: { name: string; restartCount: number }[] = items[0].status.initContainerStatuses;
    expect(statuses.map(({ name, restartCount }) => [name, restartCount])).toEqual([
      ['vault-agent', 0],
      ['cloud-sql-proxy', 0],
      ['otel-collector', 0],
      ['otel-instrumentation', 0],
      ['oauth2-proxy', 0],
    ]);
  });

  test('a flag that a program does not know keeps the application from starting', async () => {
    const wrong = await injectedJob('wrong', (manifest) => manifest.replace('--health-check', '--helth-check'));
    await kubectl(['create', '-f', '-'], wrong);
    const restarted = "--for=jsonpath={.status.initContainerStatuses[?(@.name=='cloud-sql-proxy')].restartCount}=1";
    await expect
      .poll(() => kubectl(['get', 'pods', '-n', 'shop', '-l', 'job-name=wrong', '-o', 'name']), { timeout: 60_000 })
      .not.toBe('');
    await kubectl(['wait', restarted, 'pod', '-n', 'shop', '-l', 'job-name=wrong', '--timeout=150s']);
    const log = await kubectl(['logs', 'job/wrong', '-n', 'shop', '-c', 'cloud-sql-proxy', '--previous']);
    expect(log).toBe('stand-in: cloud-sql-proxy: unknown flag --helth-check\n');
  });
});

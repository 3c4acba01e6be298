import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { webhookConfiguration } from '../../functions/registration/objects/webhook-configuration.ts';
import { pathOf } from '../../infra/cli/pod/live/live-object.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { startTlsServer, type TlsServer } from '../support/tls-server.ts';

const SECRET = 'c2VjcmV0LXBhdGgtdG9rZW4';
const REGISTERED = '2026-11-01T10:00:00Z';
const [EARLY, LATE] = ['2026-11-01T09:00:00Z', '2026-11-02T09:00:00Z'];
let root = '';
let server: TlsServer;
/** What the API server holds, by path; 403 for one that may not be read. */
let objects: Record<string, unknown> = {};

beforeAll(async () => {
  server = await startTlsServer();
  root = await mkdtemp(join(tmpdir(), 'outrigger-live-'));
  const kubeconfig = {
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a', namespace: 'shop' } }],
    clusters: [{ name: 'a', cluster: { server: server.url, 'certificate-authority-data': btoa(server.ca) } }],
    users: [{ name: 'a', user: { token: 'opaque-token-of-the-test' } }],
  };
  await writeFile(join(root, 'kubeconfig'), JSON.stringify(kubeconfig));
});
afterAll(async () => {
  server.close();
  await rm(root, { recursive: true });
});
beforeEach(() => {
  objects = {
    [PATHS.namespace]: namespaceOf({ 'outrigger.dev/injection': 'enabled' }),
    [PATHS.webhook]: webhookOf(),
    [PATHS.pod]: podOf(LATE),
  };
  server.answerBy((response, { url }) => {
    const object = objects[new URL(url, server.url).pathname];
    const code = object === undefined ? 404 : object === 403 ? 403 : 200;
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: 'no', reason: 'No' };
    response
      .writeHead(code, { 'content-type': 'application/json' })
      .end(JSON.stringify(code === 200 ? object : status));
  });
});

const PATHS = {
  namespace: '/api/v1/namespaces/shop',
  pod: '/api/v1/namespaces/shop/pods/web',
  webhook: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/outrigger',
} as const;

function namespaceOf(labels: Record<string, string>): object {
  const metadata = { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', ...labels } };
  return { apiVersion: 'v1', kind: 'Namespace', metadata };
}

function podOf(creationTimestamp: string, more: object = {}): object {
  const metadata = { name: 'web', namespace: 'shop', uid: 'u', creationTimestamp, ...more };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [{ name: 'app', image: 'x' }] } };
}

function webhookOf(namespaces?: readonly string[]): object {
  const url = `https://abc.example.com/v1/mutate/eu1/${SECRET}`;
  const made = webhookConfiguration({ url, ...(namespaces === undefined ? {} : { namespaces }) });
  return { ...made, metadata: { ...made.metadata, creationTimestamp: REGISTERED } };
}

async function explain(...args: readonly string[]): Promise<Run> {
  const env = { ...process.env, KUBECONFIG: join(root, 'kubeconfig') };
  const run = await outrigger(['explain', ...args], { cwd: root, env });
  expect(run.stdout + run.stderr).not.toContain(SECRET);
  return run;
}

test('a Pod is explained from its namespace to the rules, in the namespace of the context', async () => {
  const { code, stdout, stderr } = await explain('pod/web');
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^note: the rules are asked with the templates of .*; --cluster NAME takes those of the fleet\n$/,
  );
  expect(stdout.split('\n').slice(0, 9)).toEqual([
    'Pod/web in namespace shop: inject',
    '  namespace:  + opted in: label outrigger.dev/injection is "enabled"',
    '  webhook:    + registered: https://abc.example.com, failurePolicy Ignore: while it fails, Pods start without sidecars',
    '  selectors:  + both fit',
    `  created:    + after the webhook was registered (${REGISTERED})`,
    '  sidecars:   ? none of ours: annotation outrigger.dev/status is absent',
    '  what to do: create the Pod again, e.g. kubectl rollout restart its workload: it would be injected then',
    '  why:        the templates were applied (Injected)',
    expect.stringMatching(/^ {2}rules: {6}row 1 does not fit/),
  ]);
});

describe('what keeps a Pod from the webhook comes with what to do:', () => {
  test.each<[string, Record<string, unknown>, string, string | undefined]>([
    [
      'no opt-in',
      { [PATHS.namespace]: namespaceOf({}) },
      'namespace:  - not opted in',
      'kubectl label namespace shop outrigger.dev/injection=enabled',
    ],
    [
      'another value of the label',
      { [PATHS.namespace]: namespaceOf({ 'outrigger.dev/injection': 'yes' }) },
      'namespace:  - not opted in: label outrigger.dev/injection is "yes"',
      'kubectl label namespace shop outrigger.dev/injection=enabled --overwrite',
    ],
    ['no registration', { [PATHS.webhook]: undefined }, 'webhook:    - not registered', 'outrigger cluster register'],
    [
      'another stage',
      { [PATHS.webhook]: webhookOf(['bank']) },
      'selectors:  - the namespaceSelector',
      'outrigger cluster register --namespaces …,shop',
    ],
    ['an older Pod', { [PATHS.pod]: podOf(EARLY) }, `created:    - at ${EARLY}, before`, 'create the Pod again'],
    [
      'a namespace that may not be read',
      { [PATHS.namespace]: 403 },
      'namespace:  ? shop may not be read',
      'create the Pod again',
    ],
    [
      'a registration that may not be read',
      { [PATHS.webhook]: 403 },
      'webhook:    ? its registration may not be read',
      'create the Pod again',
    ],
    [
      'nothing: it has sidecars',
      { [PATHS.pod]: podOf(LATE, { annotations: { 'outrigger.dev/status': '{}' } }) },
      'sidecars:   + injected',
      undefined,
    ],
    ['a rule', { [PATHS.pod]: podOf(LATE, { labels: { 'outrigger.dev/inject': 'false' } }) }, '(OptedOut)', undefined],
  ])('%s', async (_, changes, line, advice) => {
    objects = { ...objects, ...changes };
    const { code, stdout } = await explain('po/web', '-n', 'shop');
    expect(code).toBe(0);
    expect(stdout).toContain(line);
    if (advice === undefined) expect(stdout).not.toContain('what to do:');
    else expect(stdout).toContain(`  what to do: ${advice}`);
  });
});

test('one cause gives one piece of advice, and a Pod stays as it is until it is created again', async () => {
  objects[PATHS.namespace] = namespaceOf({});
  const [{ live }] = JSON.parse((await explain('pod/web', '-o', 'json')).stdout);
  expect(live.advice).toEqual([
    'kubectl label namespace shop outrigger.dev/injection=enabled --overwrite',
    expect.stringMatching(/^create the Pod again/),
  ]);
});

test('a workload is explained by its Pod template, whenever it was created', async () => {
  const { spec } = Object(podOf(EARLY));
  const metadata = { name: 'web', namespace: 'shop', uid: 'u', creationTimestamp: EARLY };
  objects['/apis/apps/v1/namespaces/shop/deployments/web'] = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { template: { metadata: {}, spec } },
  };
  const { stdout } = await explain('deploy/web', '-o', 'json');
  const [explained] = JSON.parse(stdout);
  expect(explained).toMatchObject({
    pod: 'Deployment/web',
    namespace: 'shop',
    verdict: 'inject',
    live: { advice: [] },
  });
  expect(explained.live.rungs.map(({ question }: { question: string }) => question)).toEqual([
    'namespace',
    'webhook',
    'selectors',
    'sidecars',
  ]);
});

test.each<[string[], string]>([
  [['pod/none'], 'error: there is no pod/none in namespace shop\n'],
  [
    ['web'],
    'error: web is not KIND/NAME, with a KIND of pod, deployment, statefulset, daemonset, replicaset, job, cronjob\n',
  ],
  [[], 'error: name either an object of the cluster, such as pod/web, or manifests with -f\n'],
  [['pod/web', '-f', 'x.yaml'], 'error: name either an object of the cluster, such as pod/web, or manifests with -f\n'],
  [['pod/web', '--context', 'b'], 'error: the kubeconfig has no context b; it has a\n'],
])('%j is refused', async (args, stderr) => {
  expect(await explain(...args)).toEqual({ code: 1, stdout: '', stderr });
});

test.each([
  'pod/..',
  'pod/a/../../secrets/b',
  'pod/A',
  'pod/',
  'secret/a',
  'constructor/a',
  'pod/a?x=y',
])('%s leads nowhere else in the API', (resource) => {
  expect(() => pathOf(resource, 'shop')).toThrow(/is not KIND\/NAME/);
  expect(() => pathOf('pod/a', `shop/../${resource}`)).toThrow(/is not the name of a namespace/);
});

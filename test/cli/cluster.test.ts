import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type RunningGateway, serve } from '../../infra/local/server/serve.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { at } from '../support/values.ts';

const ROOT = join(import.meta.dirname, '..', '..');
let stateDir = '';
let gateway: RunningGateway;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'outrigger-cluster-'));
  const templates = join(ROOT, 'infra', 'templates');
  gateway = await serve({ port: 0, address: '127.0.0.1', https: true, stateDir, templates, write: () => {} });
});
afterAll(async () => {
  await gateway.close();
  await rm(stateDir, { recursive: true });
});

async function cluster(...args: readonly string[]): Promise<Run> {
  const env = { ...process.env, KUBECONFIG: join(stateDir, 'none'), AWS_REGION: '', AWS_DEFAULT_REGION: '' };
  return await outrigger(['cluster', ...args], { env });
}

test('a client dry run prints what would be applied, without a cluster', async () => {
  const record = join(stateDir, 'clusters', 'local.yaml');
  const before = await readFile(record, 'utf8');
  const { code, stdout } = await cluster(
    'register',
    '--state-dir',
    stateDir,
    '--dry-run',
    'client',
    '--namespaces',
    'shop,bank',
  );
  expect(code).toBe(0);
  const webhook = parse(stdout).items[0];
  // The running endpoint's own URL.
  expect(at(webhook, 'webhooks', 0, 'clientConfig', 'url')).toBe(gateway.endpoint.webhookUrl);
  expect(at(webhook, 'webhooks', 0, 'namespaceSelector', 'matchExpressions', 1, 'values')).toEqual(['bank', 'shop']);
  expect(await readFile(record, 'utf8')).toBe(before);
});

test('list shows the clusters of a state folder, and one whose record is broken by its name alone', async () => {
  const { code, stdout } = await cluster('list', '--state-dir', stateDir, '-o', 'json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([
    { name: 'local', isReadable: true, defaultTemplates: ['envoy-initializer'] },
  ]);
  await writeFile(join(stateDir, 'clusters', 'bad.yaml'), '[1');
  const people = await cluster('list', '--state-dir', stateDir);
  expect([people.code, people.stdout]).toEqual([
    0,
    expect.stringMatching(/^NAME .*\nbad +<unreadable> .*\nlocal +<none> /),
  ]);
  await rm(join(stateDir, 'clusters', 'bad.yaml'));
});

test('rbac prints two roles and who has them, alike in YAML and JSON', async () => {
  const [yaml, json] = await Promise.all([cluster('rbac'), cluster('rbac', '-o', 'json')]);
  const documents = parseAllDocuments(yaml.stdout).map((d) => d.toJS());
  expect(documents.map((d: unknown) => `${at(d, 'kind')}/${at(d, 'metadata', 'name')}`)).toEqual([
    'ClusterRole/outrigger-registrar',
    'ClusterRoleBinding/outrigger-registrar',
    'ClusterRole/outrigger-drift',
    'ClusterRoleBinding/outrigger-drift',
  ]);
  expect(JSON.parse(json.stdout).items).toEqual(documents);
});

test('rbac --workloads prints a Role for each namespace, which reads and no more', async () => {
  const { stdout } = await cluster('rbac', '--workloads', 'shop', '--workloads', 'pay', '--workloads', 'shop');
  const documents = parseAllDocuments(stdout).map((d) => d.toJS());
  expect(documents.map((d: unknown) => `${at(d, 'kind')} ${at(d, 'metadata', 'namespace')}`)).toEqual([
    ...['Role shop', 'RoleBinding shop', 'Role pay', 'RoleBinding pay'],
  ]);
  expect(documents[0].rules).toEqual([
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get'] },
  ]);
  expect(documents[1].subjects).toEqual([
    { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'outrigger:workloads' },
  ]);
});

test('rbac --workloads --promotion Copy adds a Role that patches workloads, and no more', async () => {
  const { stdout } = await cluster('rbac', '--workloads', 'shop', '--promotion', 'Copy');
  const documents = parseAllDocuments(stdout).map((d) => d.toJS());
  expect(documents.map((d: unknown) => `${at(d, 'kind')} ${at(d, 'metadata', 'name')}`)).toEqual([
    ...['Role outrigger-workloads', 'RoleBinding outrigger-workloads'],
    ...['Role outrigger-promotion', 'RoleBinding outrigger-promotion'],
  ]);
  expect(documents[2].rules).toEqual([
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['patch'] },
  ]);
});

test.each<[args: readonly string[], words: RegExp]>([
  [['rbac', '--promotion', 'Copy'], /--promotion is of namespaces: name them by --workloads/],
  [['rbac', '--workloads', 'shop/x'], /must be the name of a namespace/],
  [['register'], /which cluster\? Say --cluster NAME, or --eks NAME/],
  [['register', '--cluster', 'a'], /which endpoint\? Say --endpoint/],
  [['register', '--cluster', '../a'], /must be letters/],
  [['register', '--cluster', 'a', '--endpoint', 'http://x'], /--endpoint http:\/\/x must be an https:\/\/ URL/],
  [
    ['register', '--cluster', 'a', '--endpoint', 'abc.example.com'],
    /--endpoint abc\.example\.com must be an https:\/\/ URL/,
  ],
  [['register', '--discovery-endpoint', 'http://x'], /must be https:\/\/host/],
  [['register', '--discovery-endpoint', 'https://x/stage'], /must be https:\/\/host/],
  [['register', '--namespaces', 'a,,b'], /separated by commas/],
  [['register', '--timeout-seconds', '31'], /from 1 to 30/],
  [['register', '--failure-policy', 'ignore'], /Ignore, Fail/],
  [['register', '--companion-policy', 'deny'], /Warn, Deny, None/],
  [['register', '--dry-run', 'yes'], /none, client, server/],
  [['verify', '--timeout', '5'], /must be a duration/],
  [['verify', '--state-dir', 'x', '--fleet', 'y'], /--state-dir is for npm start/],
  [['verify', '--eks', 'x', '--context', 'y'], /--eks needs no kubeconfig/],
  [['status', '--eks', 'x'], /no AWS region was found/],
  [['register', '--state-dir', '/nonexistent'], /no endpoint is running/],
  [['verify', '--state-dir', 'x'], /no kubeconfig is at/],
])('%j is refused with a sentence', async (args, words) => {
  const { code, stdout, stderr } = await cluster(...args);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain('    at ');
});

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';
import { type Answering, startTlsServer, type TlsServer } from '../support/tls-server.ts';
import { at, recordOf } from '../support/values.ts';

const BIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'bin.mjs');
const TOKEN = 'opaque-token-of-the-test';

let root = '';
let fake: SsmFake;
let server: TlsServer;

beforeAll(async () => {
  [fake, server] = await Promise.all([startSsmFake(), startTlsServer()]);
  root = await mkdtemp(join(tmpdir(), 'outrigger-validate-'));
  const kubeconfig = {
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    clusters: [{ name: 'a', cluster: { server: server.url, 'certificate-authority-data': btoa(server.ca) } }],
    users: [{ name: 'a', user: { token: TOKEN } }],
  };
  await write('kubeconfig', JSON.stringify(kubeconfig));
  await write(
    'envoy.yaml',
    'containers: [{name: envoy, image: "envoy:1", ports: [{name: Bad_Name, containerPort: 1}]}]\n',
  );
});
afterAll(async () => {
  fake.close();
  server.close();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  server.answerBy(created());
  await ssmHarness(ssmClientFor(fake.url), 'shop').clear();
});

const write = async (file: string, text: string): Promise<void> => await writeFile(join(root, file), text);
const template = (name: string, spec: object): string =>
  JSON.stringify({ apiVersion: 'outrigger.dev/v1alpha1', kind: 'SidecarTemplate', metadata: { name }, spec });

function created(headers: Record<string, string | string[]> = {}): Answering {
  return (response, { body }) => void response.writeHead(201, headers).end(body);
}

function refused(code: number, message: string, causes: readonly object[] = []): Answering {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message, details: { causes } };
  return (response) => void response.writeHead(code).end(JSON.stringify(status));
}

type Run = { code: number; stdout: string; stderr: string };

async function run(...args: readonly string[]): Promise<Run> {
  const env = {
    PATH: process.env['PATH'],
    HOME: '/nonexistent',
    KUBECONFIG: join(root, 'kubeconfig'),
    ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    ...{ AWS_REGION: 'eu-central-1', OUTRIGGER_FLEET: 'shop' },
  };
  return await new Promise((resolve) => {
    execFile(process.execPath, [BIN, 'template', ...args], { cwd: root, env }, (error, stdout, stderr) => {
      const done = { code: error === null ? 0 : Number(error.code), stdout, stderr };
      expect(stdout + stderr).not.toContain(TOKEN);
      resolve(done);
    });
  });
}
const publish = async (...args: string[]): Promise<Run> =>
  await run('publish', '--endpoint-url', fake.url, '--validate', 'server', ...args);
/** The Pods that were sent. */
const pods = (): readonly Readonly<Record<string, unknown>>[] =>
  server.seen.map(({ body }) => recordOf(JSON.parse(body)));

describe('outrigger template publish --validate server', () => {
  test('sends the Pod that the webhook would make as a strict dry run, and publishes what is accepted', async () => {
    const { code, stdout, stderr } = await publish('-f', 'envoy.yaml', '-n', 'shop');
    expect([code, stdout]).toEqual([0, 'template/envoy published as version 1, served by stable\n']);
    expect(stderr).not.toContain('api-server');
    expect(server.seen).toMatchObject([
      {
        method: 'POST',
        url: '/api/v1/namespaces/shop/pods?dryRun=All&fieldManager=outrigger&fieldValidation=Strict',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      },
    ]);
    const [pod] = pods();
    // Our own webhook and policy leave such a Pod alone.
    expect(at(pod, 'metadata', 'labels')).toEqual({ 'outrigger.dev/inject': 'false' });
    expect(at(pod, 'metadata', 'name')).toBeUndefined();
    expect(at(pod, 'spec', 'containers')).toMatchObject([{ name: 'app' }, { name: 'envoy', image: 'envoy:1' }]);
  });

  test('a refusal is told with the template’s paths, and nothing is published', async () => {
    const field = 'spec.containers[1].ports[0].name';
    const message = 'Invalid value: "Bad_Name": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
    server.answerBy(refused(422, `Pod "x" is invalid: ${field}: ${message}`, [{ field, message }]));
    fake.calls.length = 0;
    const { code, stdout, stderr } = await publish('-f', 'envoy.yaml');
    expect([code, stdout, fake.calls]).toEqual([1, '', []]);
    expect(stderr).toContain(
      `error: envoy.yaml: error: spec.pod.spec.containers[0].ports[0].name: ${message} (api-server)\n`,
    );
  });

  test('warnings are shown, and do not keep it back', async () => {
    const warning = '299 - "spec.containers[1].ports[0]: duplicate port"';
    server.answerBy(created({ warning: [warning, '299 - "deprecated, \\"really\\""'] }));
    const { code, stderr } = await publish('-f', 'envoy.yaml');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'envoy.yaml: warning: spec.pod.spec.containers[0].ports[0]: duplicate port (api-server)\n' +
        'envoy.yaml: warning: the API server warns: deprecated, "really" (api-server)\n',
    );
  });

  test('the record of a cluster decides about legacy sidecars', async () => {
    await ssmHarness(ssmClientFor(fake.url), 'shop').putClusterRecord('old', { nativeSidecars: false });
    const init = { name: 'late', image: 'late:1', restartPolicy: 'Always' };
    await write('late.yaml', template('late', { pod: { spec: { initContainers: [init] } } }));
    const field = 'spec.containers[0].image';
    server.answerBy(refused(422, '', [{ field, message: 'no' }]));
    const { stderr } = await publish('-f', 'late.yaml', '--cluster', 'old');
    expect(at(pods()[0], 'spec', 'initContainers')).toBeUndefined();
    expect(at(pods()[0], 'spec', 'containers')).toMatchObject([{ name: 'late' }, { name: 'app' }]);
    expect(stderr).toContain('spec.pod.spec.initContainers[0].image: no (api-server)');
    const asked = server.seen.length;
    const typo = await publish('-f', 'late.yaml', '--cluster', 'odl');
    expect([typo.code, typo.stderr]).toEqual([
      1,
      expect.stringContaining('cluster odl has no record in fleet shop; there are records of old;'),
    ]);
    expect(server.seen).toHaveLength(asked);
  });

  test('each branch of a boolean or enum is asked about, once', async () => {
    const parameters = [
      { name: 'team', type: 'dnsLabel', required: true },
      { name: 'debug', type: 'boolean', default: false },
      { name: 'plain', type: 'boolean', default: true },
    ];
    const container = { name: 'a', image: 'a:1', args: { $if: 'debug', then: ['--debug'], else: ['--team=${team}'] } };
    await write('vary.yaml', template('vary', { parameters, pod: { spec: { containers: [container] } } }));
    server.answerBy((response, ask) =>
      (ask.body.includes('--debug') ? refused(403, 'pods "x" is forbidden: no debugging') : created())(response, ask),
    );
    const missing = await publish('-f', 'vary.yaml');
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'parameters without a default need a value: team of template vary; say --set NAME=VALUE',
      ),
    });
    expect(server.seen).toHaveLength(0);
    const { code, stderr } = await publish('-f', 'vary.yaml', '--set', 'team=shop');
    expect(code).toBe(1);
    expect(stderr).toContain('vary.yaml: error: the API server refuses the Pod: pods "x" is forbidden: no debugging');
    expect(stderr).toContain('(with debug=true) (api-server)');
    expect(pods().map((pod) => at(pod, 'spec', 'containers', 1, 'args'))).toEqual([['--team=shop'], ['--debug']]);
  });

  test('values that the Pod carries are not repeated', async () => {
    const container = { name: 'a', image: 'a:1', env: [{ name: 'LICENCE', value: 'say-nothing' }] };
    await write('licence.yaml', template('licence', { pod: { spec: { containers: [container] } } }));
    server.answerBy(refused(400, 'admission webhook "other" denied the request: LICENCE=say-nothing is old'));
    const { code, stderr } = await publish('-f', 'licence.yaml');
    expect([code, stderr]).toEqual([1, expect.stringContaining('LICENCE=[value] is old')]);
    expect(stderr).not.toContain('say-nothing');
  });

  test('what a template expects of the Pod is there', async () => {
    const container = { name: 'a', image: 'a:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const amend = [{ container: 'web', fragment: { env: [{ name: 'A', value: '1' }] } }];
    const placement = { containers: { before: 'db' } };
    await write('needs.yaml', template('needs', { amend, placement, pod: { spec: { containers: [container] } } }));
    expect(await publish('-f', 'needs.yaml')).toMatchObject({ code: 0 });
    expect(at(pods()[0], 'spec', 'containers')).toMatchObject([
      { name: 'a' },
      { name: 'db' },
      { name: 'web', env: [{ name: 'A' }] },
    ]);
    expect(at(pods()[0], 'spec', 'volumes')).toEqual([{ name: 'data', emptyDir: {} }]);
  });

  test('a namespace in which the template is not allowed is no place to ask about it', async () => {
    await write(
      'mine.yaml',
      template('mine', { allow: { namespaces: ['team-*'] }, pod: { metadata: { labels: { a: 'b' } } } }),
    );
    const { code, stderr } = await publish('-f', 'mine.yaml');
    expect([code, server.seen]).toEqual([1, []]);
    expect(stderr).toMatch(/is not put into a plain Pod in namespace default: .* \(TemplateNotAllowed\)/);
  });
});

describe('a question that cannot be asked is one line:', () => {
  test.each<[string, Answering, string]>([
    ['no such namespace', refused(404, 'namespaces "default" not found'), 'has no namespace default; create it'],
    ['no such user', refused(401, 'Unauthorized'), 'does not accept the credentials'],
    [
      'no right to create Pods',
      refused(
        403,
        'pods is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "default"',
      ),
      'may not create Pods in namespace default, not even as a dry run: it needs a Role there with the verb create on pods',
    ],
    [
      'another webhook that cannot',
      refused(400, 'admission webhook "other.test" does not support dry run'),
      'the admission webhook other.test supports no dry runs',
    ],
    ['no API server', (r) => void r.writeHead(400).end('<html>'), 'the API server answered 400'],
  ])('%s', async (_, answering, words) => {
    server.answerBy(answering);
    const { code, stdout, stderr } = await publish('-f', 'envoy.yaml');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(words)]);
    expect(stderr).not.toContain('    at ');
  });

  test.each([
    [['--validate', 'client', '-n', 'shop'], '--namespace is for --validate server'],
    [['--set', 'x=1'], '--set x: no template has this parameter'],
    [['--set', 'x'], 'must be name=value'],
    [['-n', '../x'], 'must be the name of a namespace'],
    [['--context', 'none'], 'the kubeconfig has no context none'],
  ])('%j', async (args, words) => {
    const { code, stderr } = await publish('-f', 'envoy.yaml', ...args);
    expect([code, stderr, server.seen]).toEqual([1, expect.stringContaining(words), []]);
  });

  test('a server that never answers', async () => {
    server.answerBy(() => {});
    const { code, stderr } = await publish('-f', 'envoy.yaml', '--timeout', '300ms');
    expect([code, stderr]).toEqual([1, expect.stringContaining('it took longer than 0.3 s (--timeout)')]);
  });
});

test('outrigger template lint --validate server: findings like others; what has errors is not sent', async () => {
  await write('bad.yaml', 'containers: [{name: a, image: "a:1", env: [{name: PASSWORD, value: hunter2}]}]\n');
  server.answerBy(refused(400, 'strict decoding error: unknown field "spec.containers[1].ports[0].nam"'));
  const { code, stdout, stderr } = await run(
    'lint',
    '-f',
    'bad.yaml',
    'envoy.yaml',
    '--validate',
    'server',
    '-o',
    'json',
  );
  expect([code, server.seen.length]).toEqual([1, 1]);
  expect(stderr).toContain('bad.yaml: the API server was not asked; correct the errors first');
  expect(at(JSON.parse(stdout), 1, 'findings', 0)).toEqual({
    level: 'error',
    rule: 'api-server',
    path: 'spec.pod.spec.containers[0].ports[0].nam',
    message: 'is a field that is unknown to this API server',
  });
});

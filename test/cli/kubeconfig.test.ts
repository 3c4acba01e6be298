import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterAccess } from '../../functions/kube-api/cluster-access.ts';
import { type KubeconfigOptions, readKubeconfig } from '../../infra/cli/cluster/kubeconfig.ts';

const signal = (): AbortSignal => AbortSignal.timeout(600_000);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-kubeconfig-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

interface Made {
  readonly cluster?: object;
  readonly user?: object;
  readonly current?: string;
  readonly server?: string;
}

let files = 0;

/** Writes a kubeconfig with one context `a` of a cluster `c` and a user `u`; answers its path. */
async function file({ cluster = {}, user = {}, current = 'a', server = 'https://c.example' }: Made): Promise<string> {
  const path = join(folder, `config-${++files}`);
  const document = {
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }],
    ...(current === '' ? {} : { 'current-context': current }),
  };
  await writeFile(path, JSON.stringify(document));
  return path;
}

async function access(made: Made, options: KubeconfigOptions = {}): Promise<ClusterAccess> {
  return await readKubeconfig({ kubeconfig: await file(made), ...options }, {});
}

/** An exec plugin that says this, after the text of its environment and arguments went to a file. */
async function plugin(output: string, name = `plugin-${++files}`): Promise<string> {
  const path = join(folder, name);
  const script = `#!/bin/sh\necho "$0 $* $COLOUR $KUBERNETES_EXEC_INFO" >> "${path}.seen"\n${output}\n`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

function exec(status: object): string {
  return `echo '${JSON.stringify({ kind: 'ExecCredential', status })}'`;
}

describe('what a kubeconfig says becomes access:', () => {
  test('server, authority and client certificate, in the file', async () => {
    const cluster = { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'api.internal' };
    const user = { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') };
    expect(await access({ cluster, user, server: 'https://c.example:6443/' })).toEqual({
      server: 'https://c.example:6443',
      ca: 'CA',
      tlsServerName: 'api.internal',
      certificate: { cert: 'CERT', key: 'KEY' },
    });
  });

  test('or beside it; what is in the file counts more', async () => {
    await mkdir(join(folder, 'pki'), { recursive: true });
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, 'pki', name), `${name} of a file`);
    const cluster = { 'certificate-authority': 'pki/ca', 'insecure-skip-tls-verify': false };
    const user = {
      'client-certificate': join(folder, 'pki', 'cert'),
      'client-key': 'pki/key',
      'client-key-data': base64('KEY'),
    };
    expect(await access({ cluster, user })).toEqual({
      server: 'https://c.example',
      ca: 'ca of a file',
      certificate: { cert: 'cert of a file', key: 'KEY' },
    });
  });

  test('insecure-skip-tls-verify', async () => {
    expect(await access({ cluster: { 'insecure-skip-tls-verify': true } })).toMatchObject({
      insecureSkipTlsVerify: true,
    });
  });

  test('a token', async () => {
    const { token } = await access({ user: { token: 't' } });
    expect(await token?.(signal())).toBe('t');
  });

  test('a token file, which counts more and is read each time', async () => {
    await writeFile(join(folder, 'token'), 'one\n');
    const { token } = await access({ user: { token: 't', tokenFile: 'token' } });
    expect(await token?.(signal())).toBe('one');
    await writeFile(join(folder, 'token'), 'two\n');
    expect(await token?.(signal())).toBe('two');
  });
});

describe('exec plugins:', () => {
  test('get arguments and environment, and are asked again when what they gave has expired', async () => {
    const soon = new Date(Date.now() + 1_000).toISOString();
    const command = await plugin(exec({ token: 't', expirationTimestamp: soon }));
    const spec = { command, args: ['get', 'x y'], env: [{ name: 'COLOUR', value: 'blue' }], apiVersion: 'a/v1' };
    const { token } = await access({ user: { exec: spec } });
    expect(await token?.(signal())).toBe('t');
    const seen = (await readFile(`${command}.seen`, 'utf8')).trim().split('\n');
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(
      `${command} get x y blue {"kind":"ExecCredential","apiVersion":"a/v1","spec":{"interactive":false}}`,
    );
  });

  test('are not asked again before', async () => {
    const later = new Date(Date.now() + 600_000).toISOString();
    const command = await plugin(exec({ token: 't', expirationTimestamp: later }));
    const { token } = await access({ user: { exec: { command } } });
    for (let i = 0; i < 3; i++) expect(await token?.(signal())).toBe('t');
    expect((await readFile(`${command}.seen`, 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  test('may hand out a certificate; a relative command is one beside the kubeconfig', async () => {
    await plugin(exec({ clientCertificateData: 'C', clientKeyData: 'K' }), 'own');
    const { certificate, token } = await access({ user: { exec: { command: './own' } } });
    expect(certificate).toEqual({ cert: 'C', key: 'K' });
    expect(token).toBeUndefined();
  });

  test.each<[string, string, RegExp]>([
    [
      'fails',
      'echo "no session; run: sso login" >&2; exit 3',
      /^the exec plugin \S+ failed: no session; run: sso login$/,
    ],
    ['prints no JSON', 'echo hello', /gave no credential$/],
    ['has nothing to give', exec({}), /gave no credential$/],
    ['repeats a token', 'echo "bad eyJhbGciOiJ.e30.c2ln" >&2; exit 1', /failed: bad \[token\]$/],
  ])('one that %s is said', async (_, output, expected) => {
    await expect(access({ user: { exec: { command: await plugin(output) } } })).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(expected),
    });
  });

  test.each([
    [{ command: 'outrigger-no-such-plugin' }, /outrigger-no-such-plugin of the kubeconfig is not installed$/],
    [{}, /has no command$/],
  ])('one that is not there is said: %j', async (spec, expected) => {
    await expect(access({ user: { exec: spec } })).rejects.toThrow(expected);
  });
});

describe('which file and context:', () => {
  test('KUBECONFIG names several: the first entry of a name counts, and a missing file is passed over', async () => {
    const first = await file({ server: 'https://first.example', user: { token: '1' }, current: '' });
    const second = await file({ server: 'https://second.example', user: { token: '2' } });
    const KUBECONFIG = ['/no/such/file', first, second].join(':');
    const { server, token } = await readKubeconfig({}, { KUBECONFIG });
    expect([server, await token?.(signal())]).toEqual(['https://first.example', '1']);
  });

  test('--kubeconfig counts more than KUBECONFIG, and ~/.kube/config is the default', async () => {
    const KUBECONFIG = await file({ server: 'https://env.example' });
    expect(await readKubeconfig({ kubeconfig: await file({}) }, { KUBECONFIG })).toMatchObject({
      server: 'https://c.example',
    });
    expect(await readKubeconfig({}, { KUBECONFIG })).toMatchObject({ server: 'https://env.example' });
    const HOME = join(folder, 'home');
    await mkdir(join(HOME, '.kube'), { recursive: true });
    await writeFile(
      join(HOME, '.kube', 'config'),
      'clusters: [{name: c, cluster: {server: "https://home.example"}}]\ncontexts: [{name: x, context: {cluster: c}}]\n',
    );
    expect(await readKubeconfig({ context: 'x' }, { HOME })).toEqual({ server: 'https://home.example' });
  });

  test.each<[string, Made, KubeconfigOptions, RegExp]>([
    ['another context', {}, { context: 'b' }, /^the kubeconfig has no context b; it has a$/],
    ['no current context', { current: '' }, {}, /no current context; use --context$/],
    ['no TLS', { server: 'http://127.0.0.1:8080' }, {}, /must be an https URL$/],
    ['what is no URL', { server: 'c.example' }, {}, /must be an https URL$/],
    ['a proxy', { cluster: { 'proxy-url': 'http://p' } }, {}, /^proxy-url of a kubeconfig is not supported/],
    ['impersonation', { user: { as: 'root' } }, {}, /^as of a kubeconfig is not supported/],
    ['basic authentication', { user: { username: 'u', password: 'secret' } }, {}, /^username of a kubeconfig/],
    [
      'a file that is missing',
      { user: { 'client-certificate': 'gone' } },
      {},
      /gone, which the kubeconfig names, cannot be read \(ENOENT\)$/,
    ],
  ])('%s is said', async (_, made, options, expected) => {
    await expect(access(made, options)).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(expected),
    });
  });

  test.each([
    ['users: [{name: u, user: {token: secret-text\nx', /is not YAML$/],
    ['just text', /is no mapping$/],
    [
      'contexts: [{name: a, context: {cluster: c}}]\ncurrent-context: a',
      /^the cluster of the context a is not in the kubeconfig$/,
    ],
    [
      'clusters: [{name: c, cluster: {}}]\ncontexts: [{name: a, context: {cluster: c, user: u}}]\ncurrent-context: a',
      /^the user of the context a is not in the kubeconfig$/,
    ],
  ])('a file without what it needs is said, and none of its text: %j', async (content, expected) => {
    const path = join(folder, 'broken');
    await writeFile(path, content);
    const failure = readKubeconfig({ kubeconfig: path }, {});
    await expect(failure).rejects.toMatchObject({ name: 'UsageError', message: expect.stringMatching(expected) });
    await expect(failure).rejects.not.toThrow(/secret-text/);
  });

  test('none at all is said', async () => {
    await expect(readKubeconfig({}, { HOME: join(folder, 'nowhere') })).rejects.toThrow(
      /^no kubeconfig is at .*--eks$/,
    );
  });
});

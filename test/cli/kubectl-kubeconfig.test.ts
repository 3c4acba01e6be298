import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { withContext } from '../../infra/cli/kubectl/write-kubeconfig.ts';
import { readLocalEndpoint } from '../../infra/local/server/endpoint-file.ts';
import { type LocalGateway, startLocalGateway } from '../support/local-gateway.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { at } from '../support/values.ts';

const AWS = 'https://abc.execute-api.eu-central-1.amazonaws.com';

let gateway: LocalGateway;
let folder: string;
beforeAll(async () => {
  gateway = await startLocalGateway();
  folder = await mkdtemp(join(tmpdir(), 'outrigger-kubectl-'));
});
afterAll(async () => {
  await gateway.close();
  await rm(folder, { recursive: true });
});

const run = async (file: string, ...words: readonly string[]): Promise<Run> =>
  await outrigger(['kubeconfig', '--state-dir', gateway.stateDir, '--proxy-dir', join(folder, 'proxy'), ...words], {
    env: { ...process.env, KUBECONFIG: file },
  });
const read = async (file: string): Promise<unknown> => parse(await readFile(file, 'utf8'));

describe('outrigger kubeconfig', () => {
  test('leads to npm start by the path of its cluster, and says what it did as `aws eks update-kubeconfig` does', async () => {
    const file = join(folder, 'new', 'config');
    const words = ['--cluster', 'local', '-n', 'shop'];
    expect(await run(file, ...words)).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `Added new context outrigger-local to ${file}\n`,
    });
    const url = (await readLocalEndpoint(gateway.stateDir))?.url;
    expect(await read(file)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'outrigger-local', cluster: { server: `${url}/clusters/local` } }],
      users: [{ name: 'outrigger-local', user: {} }],
      contexts: [
        {
          name: 'outrigger-local',
          context: { cluster: 'outrigger-local', user: 'outrigger-local', namespace: 'shop' },
        },
      ],
      'current-context': 'outrigger-local',
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await run(file, ...words)).stdout).toBe(`Updated context outrigger-local in ${file}\n`);
  });

  test('with a URL of AWS leads to the proxy, whose token and authority are files of their owner alone', async () => {
    const file = join(folder, 'aws');
    expect((await run(file, '--url', AWS, '--cluster', 'eu1', '--alias', 'releases', '--port', '8101')).code).toBe(0);
    const written = await read(file);
    const tokenFile = String(at(written, 'users', 0, 'user', 'tokenFile'));
    expect(at(written, 'clusters', 0)).toEqual({
      name: 'releases',
      cluster: {
        server: 'https://127.0.0.1:8101/clusters/eu1',
        'certificate-authority': join(folder, 'proxy', 'tls', 'ca.crt'),
      },
    });
    const token = (await readFile(tokenFile, 'utf8')).trim();
    expect(token).toMatch(/^[\w-]{32}$/);
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).not.toContain(token);
    // Made once: a kubeconfig stays valid.
    await run(file, '--url', AWS);
    expect((await readFile(tokenFile, 'utf8')).trim()).toBe(token);
  });

  test('--dry-run prints, and writes nothing', async () => {
    const file = join(folder, 'dry');
    const { stdout } = await run(file, '--dry-run');
    expect(parse(stdout)).toMatchObject({ 'current-context': 'outrigger' });
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('keeps what is there, its comments, the mode of the file and a link to it', async () => {
    const file = join(folder, 'kept');
    const link = join(folder, 'link');
    const text = '# mine\napiVersion: v1\nkind: Config\nusers:\n- name: me # me\n  user: {token: x}\n';
    await writeFile(file, text, { mode: 0o640 });
    await symlink(file, link);
    expect((await run(link)).code).toBe(0);
    const written = await readFile(file, 'utf8');
    expect(written).toMatch(/^# mine\n/);
    expect(written).toContain('# me');
    expect(at(parse(written), 'users', 0, 'user', 'token')).toBe('x');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });

  test.each([
    ['a file that is no YAML', 'a: [', 'the kubeconfig is not YAML'],
    ['a file that is a list', '- a', 'the kubeconfig is not YAML'],
  ])('refuses %s, and shows none of it', async (_what, text, message) => {
    const file = join(folder, 'odd');
    await writeFile(file, text);
    const { code, stderr } = await run(file);
    expect([code, stderr.trim()]).toEqual([1, `error: ${message}`]);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('refuses a cluster that is no name, and a token over http', async () => {
    expect((await run(join(folder, 'x'), '--cluster', '../x')).stderr).toContain('--cluster ../x is no name');
    await writeFile(join(folder, 'token'), '0123456789abcdef');
    const { stderr } = await run(join(folder, 'x'), '--token-file', join(folder, 'token'));
    expect(stderr).toContain('kubectl sends a token over https only');
  });
});

test('a context replaces the one of its name, and others stay', () => {
  const first = withContext('', { name: 'a', server: 'https://one' });
  const second = withContext(first.text, { name: 'b', server: 'https://two' });
  const third = withContext(second.text, { name: 'a', server: 'https://three' });
  expect([first.isNew, second.isNew, third.isNew]).toEqual([true, true, false]);
  expect(at(parse(third.text), 'clusters')).toEqual([
    { name: 'a', cluster: { server: 'https://three' } },
    { name: 'b', cluster: { server: 'https://two' } },
  ]);
});

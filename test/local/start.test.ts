import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const START = join(import.meta.dirname, '..', '..', 'infra', 'local', 'server', 'start.ts');
let root = '';
let child: ChildProcess | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-start-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(root, { recursive: true, force: true });
});

type Ended = { code: number | null; signal: string | null; stdout: string; stderr: string };

/** Starts `npm start`'s program; `until` a text is printed the caller may wait, or for its end. */
function start(...args: string[]): { ended: Promise<Ended>; until: (text: string) => Promise<string> } {
  const run = spawn(process.execPath, [START, '--state-dir', join(root, 'state'), ...args], { stdio: 'pipe' });
  child = run;
  let stdout = '';
  let stderr = '';
  run.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  run.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    run.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const until = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve(stdout);
      };
      run.stdout.on('data', look);
      run.once('close', () => reject(new Error(`ended without ${text}: ${stdout}${stderr}`)));
      look();
    });
  return { ended, until };
}

describe('a gateway', () => {
  test.each<['SIGTERM' | 'SIGINT']>([
    ['SIGTERM'],
    ['SIGINT'],
  ])('prints its URL, answers, and ends with 0 and without local.json by %s', async (signal) => {
    const { ended, until } = start('--port', '0');
    const printed = await until('registration:');
    const local = JSON.parse(await readFile(join(root, 'state', 'local.json'), 'utf8'));
    expect(local.pid).toBe(child?.pid);
    expect(printed).toContain(`Outrigger listens on ${local.url} `);
    expect(printed).toContain(`\nconsole: ${local.url}/\n`);
    // Its last segment is a token; and what kube-apiserver could not call is not recommended.
    expect(printed).not.toContain(local.webhookUrl.split('/').at(-1));
    expect(printed).toContain(`webhook URL for the local cluster: in ${join(root, 'state', 'local.json')} `);
    expect(printed).toMatch(/\nregistration: .*npm start -- --https\n/);
    expect((await fetch(local.webhookUrl)).status).toBe(405);
    child?.kill(signal);
    expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    await expect(stat(join(root, 'state', 'local.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('with --https prints the authority to trust, and the command that registers it', async () => {
    const { until } = start('--port', '0', '--https');
    const printed = await until('kubectl apply');
    const state = join(root, 'state');
    expect(printed).toContain(`certificate authority to trust: ${join(state, 'tls', 'ca.crt')}`);
    expect(printed).toContain(`registration: npx outrigger webhook --state-dir ${state} | kubectl apply -f -\n`);
  });

  test('has its state folder to itself until it ends, however it ends', async () => {
    const first = start('--port', '0');
    await first.until('registration:');
    const holder = child;
    const file = join(root, 'state', 'local.json');
    const before = await readFile(file, 'utf8');
    expect(await start('--port', '0').ended).toEqual({
      code: 1,
      signal: null,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(`^error: another endpoint runs with state in .*state \\(process ${holder?.pid}, http://.*\\n$`),
      ),
    });
    expect(await readFile(file, 'utf8')).toBe(before);
    holder?.kill('SIGKILL');
    await first.ended;
    await start('--port', '0').until('registration:');
    expect(JSON.parse(await readFile(file, 'utf8')).pid).toBe(child?.pid);
  });
});

describe('a start that fails says so in one line and ends with 1:', () => {
  const oneLine = (words: RegExp): unknown => ({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^error: [^\\n]*${words.source}[^\\n]*\\n$`)),
  });

  test('a port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await start('--port', String(port)).ended;
    other.close();
    expect(ended).toMatchObject(Object(oneLine(/the port is in use/)));
  });

  test('a templates folder that is missing', async () => {
    const folder = join(root, 'none');
    expect(await start('--port', '0', '--templates', folder).ended).toMatchObject(
      Object(oneLine(/there is no folder .*none/)),
    );
  });

  test('an address of another machine', async () => {
    expect(await start('--port', '0', '--address', '192.0.2.1').ended).toMatchObject(Object(oneLine(/192\.0\.2\.1/)));
  });

  test.each(['65536', '-1', 'http', '1.5', '', '0x50'])('the port %j', async (port) => {
    expect(await start('--port', port).ended).toMatchObject(Object(oneLine(/must be a number from 0 to 65535/)));
  });

  test('an option that does not exist', async () => {
    expect(await start('--prot', '1').ended).toMatchObject({ code: 1, stderr: expect.stringContaining('--prot') });
  });
});

import { execFile, execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../../infra/cli/program.ts';
import { bundleCommand } from '../../infra/deploy/command-bundle.ts';
import type { Run } from '../support/outrigger.ts';

const ROOT = join(import.meta.dirname, '..', '..');
let folder = '';
let prefix = '';
const { version }: { version: string } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-packaged-'));
  prefix = join(folder, 'prefix');
  await bundleCommand(join(folder, 'command'));
  const npm = (...args: string[]): string =>
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  npm('pack', './command');
  // As people install it, and without a network: nothing comes with it.
  npm('install', '--global', '--offline', '--prefix', prefix, `./outrigger-${version}.tgz`);
}, 120_000);
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function run(file: string, args: readonly string[], stdin = ''): Promise<Run> {
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [file, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(stdin);
  });
}
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: app, image: x}]}\n';

describe('installed from its tarball', () => {
  test('it holds the bundle and what that reads, and no sources', async () => {
    const installed = join(prefix, 'lib', 'node_modules', 'outrigger');
    const files = await readdir(installed, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map(({ name }) => name);
    const shipped = await readdir(join(ROOT, 'infra', 'templates'), { recursive: true, withFileTypes: true });
    const templates = shipped.filter((file) => file.isFile()).map(({ name }) => name);
    expect(names.toSorted()).toEqual(
      ['LICENSE', 'bin.mjs', 'console.css', 'console.js', 'outrigger.mjs', 'package.json', ...templates].toSorted(),
    );
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect([manifest.dependencies, manifest.scripts]).toEqual([undefined, undefined]);
  });

  test.each(['outrigger', 'kubectl-outrigger'])('%s runs with the shipped templates', async (name) => {
    const bin = join(prefix, 'bin', name);
    expect(await run(bin, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const { code, stdout, stderr } = await run(bin, ['inject', '-f', '-'], POD);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('name: envoy');
  });

  test('a command that needs AWS finds its SDK in the bundle', async () => {
    const url = ['--endpoint-url', 'http://127.0.0.1:9', '--region', 'eu-central-1'];
    const { code, stderr } = await run(join(prefix, 'bin', 'outrigger'), ['template', 'list', ...url]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: (?:no AWS credentials|AWS Systems Manager)/)]);
  });
});

test('the one file runs without npm, wherever it lies', async () => {
  const file = join(folder, 'alone.mjs');
  await cp(join(folder, 'command', 'lib', 'cli', 'outrigger.mjs'), file);
  expect(await run(file, ['canary', 'get', '--state-dir', 'none'])).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: no endpoint is running with state in none;/),
  });
});

test('what is loaded alone is what all of it is', async () => {
  const all = await createProgram('1');
  expect((await createProgram('1', ['--help'])).helpInformation()).toBe(all.helpInformation());
  for (const command of all.commands) {
    const words = [command.name(), ...command.commands.map((verb) => verb.name()).slice(0, 1)];
    const alone = (await createProgram('1', [words[0] ?? ''])).commands.find((one) => one.name() === command.name());
    expect(alone?.helpInformation()).toBe(command.helpInformation());
  }
  const verbs = all.commands.find((command) => command.name() === 'canary')?.commands ?? [];
  expect(verbs.length).toBeGreaterThan(10);
  for (const verb of verbs) {
    const [canary] = (await createProgram('1', ['canary', verb.name()])).commands.filter((c) => c.name() === 'canary');
    expect(canary?.commands.map((one) => one.helpInformation())).toEqual([verb.helpInformation()]);
  }
});

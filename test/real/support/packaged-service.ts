import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, recordOf } from '../../support/values.ts';
import { run } from './scripts.ts';

/** What `osls package` made of serverless.yml, in a copy of the service. */
export interface PackagedService {
  /** The copy: further osls commands run here. */
  readonly folder: string;
  /** By their names in serverless.yml. */
  readonly functions: ReadonlyMap<string, PackagedFunction>;
  remove(): Promise<void>;
}

/** One zip, unpacked, and what the template says of it. */
export interface PackagedFunction {
  readonly folder: string;
  readonly handler: string;
  readonly timeoutMs: number;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Packages the service and unpacks its zips. */
export async function packageService(): Promise<PackagedService> {
  const folder = await copyService();
  await runOsls(folder, ['package']);
  const output = join(folder, '.serverless');
  const template: unknown = JSON.parse(
    await readFile(join(output, 'cloudformation-template-update-stack.json'), 'utf8'),
  );
  const functions = new Map<string, PackagedFunction>();
  for (const resource of Object.values(recordOf(at(template, 'Resources')))) {
    if (at(resource, 'Type') !== 'AWS::Lambda::Function') continue;
    const { FunctionName, Handler, Timeout } = recordOf(at(resource, 'Properties'));
    const name = String(FunctionName).split('-').at(-1) ?? '';
    const code = join(folder, 'unpacked', name);
    await mkdir(code, { recursive: true });
    await run('unzip', ['-q', join(output, `${name}.zip`), '-d', code]);
    functions.set(name, { folder: code, handler: String(Handler), timeoutMs: Number(Timeout) * 1_000 });
  }
  return { folder, functions, remove: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * A copy of what osls reads, in a folder of its own: it writes bundles and zips into the service's folder, and other tests
 * package at the same time.
 */
export async function copyService(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-service-'));
  for (const name of ['functions', 'infra', 'package.json', 'serverless.yml']) {
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Runs osls in a copy of the service; its output. */
export async function runOsls(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const osls = join(ROOT, 'node_modules', 'osls', 'bin', 'serverless.js');
  const { stdout, stderr } = await run(process.execPath, [osls, ...args], { cwd: folder, env: { ...OFFLINE, ...env } });
  return stdout + stderr;
}

/** Nothing of the person's own: no telemetry, no look-up of newer versions, no credentials. */
const OFFLINE = { SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', AWS_EC2_METADATA_DISABLED: 'true' };

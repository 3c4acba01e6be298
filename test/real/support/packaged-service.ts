import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyService } from '../../support/service-copy.ts';
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
export async function unpackService(): Promise<PackagedService> {
  const folder = await newServiceFolder();
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

/** A copy of the service in a folder of its own. */
export async function newServiceFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-service-'));
  await copyService(folder);
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

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { copyService } from './service-copy.ts';
import { at, recordOf } from './values.ts';

/** What `osls package` made of serverless.yml. */
export interface ServicePackage {
  /** Where template and zips lie. */
  readonly folder: string;
  /** The CloudFormation template. */
  readonly templateFile: string;
  readonly template: unknown;
  /** Its resources by their logical ids. */
  readonly resources: Readonly<Record<string, unknown>>;
}

/** Parameters by name, as `--param` takes them. */
type Params = Readonly<Record<string, string>>;

const ROOT = join(import.meta.dirname, '..', '..');
/** The busiest machine has packaged by then; for the hooks that wait for it. */
export const PACKAGE_MS_MAX = 240_000;

/** The parameters that each network profile is tried with; each has clusters, an alarm topic and options of its own. */
export const PROFILES: readonly (readonly [profile: string, params: Params])[] = [
  ['public', { clusters: 'prod,eu-1', alarmTopic: 'arn:aws:sns:eu-central-1:123456789012:ops' }],
  ['rest', { profile: 'rest', clusters: 'prod', sourceIps: '203.0.113.7/32,198.51.100.0/24', failurePolicy: 'Fail' }],
  [
    'private',
    { profile: 'private', clusters: 'prod', vpcEndpoints: 'vpce-0a1b2c3d,vpce-4e5f6071', apiGatewayAccount: 'false' },
  ],
];

/**
 * Packages the service without credentials, once in a run of the tests for each set of parameters: the test files share
 * the result.
 *
 * @param again another word packages once more with the same parameters
 */
export async function packageService(params: Params, again = ''): Promise<ServicePackage> {
  const name = createHash('sha256')
    .update(JSON.stringify([params, again]))
    .digest('hex')
    .slice(0, 12);
  const home = join(inject('runFolder'), name);
  const folder = join(home, 'package');
  const isFirst = await mkdir(home).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const said = await runOsls(home, ['package', '--package', folder, ...paramArguments(params)]);
    await writeFile(join(home, 'said'), said);
  }
  await until(() => existsSync(join(home, 'said')));
  const templateFile = join(folder, 'cloudformation-template-update-stack.json');
  if (!existsSync(templateFile)) throw new Error(await readFile(join(home, 'said'), 'utf8'));
  const template: unknown = JSON.parse(await readFile(templateFile, 'utf8'));
  return { folder, templateFile, template, resources: recordOf(at(template, 'Resources')) };
}

/** What osls says to parameters that do not fit. */
export async function packagingRefusal(params: Params): Promise<string> {
  return await packageService(params).then(
    () => 'packaged',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Runs osls in a copy of what it reads, since it writes bundles beside the service; answers its output, come what may. */
async function runOsls(home: string, args: readonly string[]): Promise<string> {
  const service = join(home, 'service');
  await copyService(service);
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, AWS_PROFILE: ___, AWS_REGION: ____, ...env } = process.env;
  const osls = join(ROOT, 'node_modules', '.bin', 'osls');
  const options = { cwd: service, env, timeout: PACKAGE_MS_MAX };
  return await promisify(execFile)(process.execPath, [osls, ...args], options).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: unknown) => `${at(error, 'stdout')}${at(error, 'stderr')}${error}`,
  );
}

function paramArguments(params: Params): string[] {
  return Object.entries(params).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
}

async function until(isDone: () => boolean): Promise<void> {
  const end = Date.now() + PACKAGE_MS_MAX;
  while (!isDone()) {
    if (Date.now() > end) throw new Error('the service is still being packaged');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

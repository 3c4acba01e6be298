import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canaryKey, fleetKey, headKey } from '../../functions/canary/keys.ts';
import { DISCOVERY_TIMEOUT_MS } from '../../functions/limits.ts';
import { at } from '../support/values.ts';

const ROOT = join(import.meta.dirname, '..', '..');

let folder: string;
let resources: unknown;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrigger-package-'));
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, AWS_PROFILE: ___, ...env } = process.env;
  const args = [join(ROOT, 'node_modules', '.bin', 'osls'), 'package', '--package', folder];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env, timeout: 80_000 });
  const text = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
  resources = at(JSON.parse(text), 'Resources');
}, 90_000);
afterAll(async () => await rm(folder, { recursive: true }));

test('the function has its own share of concurrency and the time of the code', () => {
  expect(at(resources, 'DiscoveryLambdaFunction', 'Properties')).toMatchObject({
    Handler: 'dist/discovery.handler',
    Timeout: DISCOVERY_TIMEOUT_MS / 1_000,
    ReservedConcurrentExecutions: 20,
    Environment: { Variables: { OUTRIGGER_TABLE: { Ref: 'CanaryTable' } } },
  });
});

test('its route is throttled for itself, and is there before the stage says so', () => {
  expect(at(resources, 'HttpApiRoutePostV3ProxyVar', 'Properties', 'RouteKey')).toBe('POST /v3/{proxy+}');
  expect(at(resources, 'HttpApiStage', 'Properties', 'RouteSettings', 'POST /v3/{proxy+}')).toMatchObject({
    ThrottlingRateLimit: 3000,
  });
  expect(JSON.stringify(at(resources, 'HttpApiStage', 'DependsOn'))).toContain('HttpApiRoutePostV3ProxyVar');
});

test('its role reads, and writes nothing but sightings', () => {
  const statements = at(resources, 'DiscoveryRole', 'Properties', 'Policies', 0, 'PolicyDocument', 'Statement');
  const actions = (Array.isArray(statements) ? statements : []).flatMap((s: unknown) => at(s, 'Action'));
  expect(actions.toSorted()).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ssm:GetParameters',
    'ssm:GetParametersByPath',
  ]);
  expect(statements).toContainEqual(
    expect.objectContaining({
      Action: 'dynamodb:PutItem',
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['F#*'] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    }),
  );
  // What the condition lets it write is where sightings are, and where nothing else is.
  for (const cluster of ['prod', 'F#prod', 'C#prod']) {
    const key = { cluster, namespace: 'shop', name: 'cart' };
    expect(fleetKey(cluster, 'env-1').partition).toMatch(/^F#/);
    for (const { partition } of [canaryKey(key), headKey(cluster)]) expect(partition).not.toMatch(/^F#/);
  }
});

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BODY_BYTES_MAX } from '../../functions/http/event.ts';
import { MUTATE_TIMEOUT_MS } from '../../functions/limits.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const execute = promisify(execFile);

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

describe('npx osls package, without credentials', () => {
  let folder: string;
  let resources: Readonly<Record<string, Resource>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrigger-package-'));
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, AWS_PROFILE: ___, ...env } = process.env;
    const osls = join(ROOT, 'node_modules', '.bin', 'osls');
    await execute(process.execPath, [osls, 'package', '--package', folder], { cwd: ROOT, env, timeout: 60_000 });
    const text = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
    resources = JSON.parse(text).Resources;
  }, 90_000);
  afterAll(async () => await rm(folder, { recursive: true }));

  const mutate = (): Record<string, unknown> => resources['MutateLambdaFunction']?.Properties ?? {};

  test('the function runs on Node 24 and arm64, within the limits of the code', () => {
    expect(mutate()).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'dist/mutate.handler' });
    expect(mutate()['Timeout']).toBe(MUTATE_TIMEOUT_MS / 1_000);
    // A request of the largest size is parsed in a fraction of this memory (npm run bench: 2.5 MB in about 10 ms).
    expect(Number(mutate()['MemorySize']) * 1024 * 1024).toBeGreaterThan(BODY_BYTES_MAX * 20);
  });

  test('the zip holds the one bundle that the handler names, and no source map', async () => {
    expect(entriesOf(await readFile(join(folder, 'mutate.zip')))).toEqual(['dist/mutate.mjs']);
  });

  test('its role may read templates and records and write its log, nothing else', () => {
    const role = JSON.parse(JSON.stringify(resources['MutateRole']?.Properties));
    const statements: Statement[] = role.Policies.flatMap(
      (p: { PolicyDocument: { Statement: Statement[] } }) => p.PolicyDocument.Statement,
    );
    const actions = statements.flatMap((s) => s.Action);
    expect(actions.toSorted()).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'ssm:GetParameter',
      'ssm:GetParameters',
      'ssm:GetParametersByPath',
    ]);
    const text = JSON.stringify(statements.map((s) => s.Resource));
    expect(text).not.toContain('"*"');
    expect(text).toContain('parameter/outrigger/default/templates');
    expect(role.ManagedPolicyArns).toBeUndefined();
  });

  test('only POST on the one route reaches it, throttled', () => {
    const routes = Object.values(resources).filter((r) => r.Type === 'AWS::ApiGatewayV2::Route');
    const keys = routes.map((r) => String(r.Properties['RouteKey']));
    expect(keys.filter((key) => !key.includes('/apis') && !key.includes('/healthz')).toSorted()).toEqual([
      'POST /v1/mutate/{cluster}/{token}',
      'POST /v3/{proxy+}',
    ]);
    const stage = Object.values(resources).find((r) => r.Type === 'AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: 2000, ThrottlingBurstLimit: 2000 },
    });
  });

  test('access logs name the route, never the path, because the path holds a token', () => {
    const stage = Object.values(resources).find((r) => r.Type === 'AWS::ApiGatewayV2::Stage');
    const format = JSON.stringify(stage?.Properties['AccessLogSettings']);
    expect(format).toContain('$context.routeKey');
    expect(format).not.toMatch(/\$context\.path|\$context\.identity\.userAgent/);
  });

  test('logs are kept for 30 days, not for ever', () => {
    const groups = Object.values(resources).filter((r) => r.Type === 'AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(0);
    for (const group of groups) expect(group.Properties['RetentionInDays']).toBe(30);
  });
});

/** The names in a zip's central directory (APPNOTE 4.3.12: signature, 42 bytes more, then the name). */
function entriesOf(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf('PK\x01\x02'); at !== -1; at = zip.indexOf('PK\x01\x02', at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names;
}

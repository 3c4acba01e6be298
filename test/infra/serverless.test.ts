import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BODY_BYTES_MAX } from '../../functions/http/event.ts';
import { CANARIES_TIMEOUT_MS, CANARIES_WORK_MS, MUTATE_TIMEOUT_MS } from '../../functions/limits.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const execute = promisify(execFile);

interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
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
    const { actions, text } = permissionsOf('MutateRole');
    expect(actions).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'ssm:GetParameter',
      'ssm:GetParameters',
      'ssm:GetParametersByPath',
    ]);
    expect(text).toContain('parameter/outrigger/default/templates');
  });

  /** The actions of a role, sorted, and the text of what they are allowed on; no role has more than these. */
  function permissionsOf(name: string): { actions: string[]; text: string } {
    const role = JSON.parse(JSON.stringify(resources[name]?.Properties));
    const statements: Statement[] = role.Policies.flatMap(
      (p: { PolicyDocument: { Statement: Statement[] } }) => p.PolicyDocument.Statement,
    );
    const text = JSON.stringify(statements.map((s) => s.Resource));
    expect(text).not.toContain('"*"');
    expect(role.ManagedPolicyArns).toBeUndefined();
    return { actions: statements.flatMap((s) => s.Action).toSorted(), text };
  }

  test('the release API may use its one table and read records, not templates, and has time for an abort', async () => {
    const { actions, text } = permissionsOf('CanariesRole');
    expect(actions).toEqual([
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'ssm:GetParameter',
      'ssm:GetParametersByPath',
    ]);
    expect(text).not.toContain('/templates');
    const { Timeout, Handler, Environment } = resources['CanariesLambdaFunction']?.Properties ?? {};
    expect([Timeout, Handler]).toEqual([CANARIES_TIMEOUT_MS / 1_000, 'dist/canaries.handler']);
    expect(Environment).toEqual({ Variables: { OUTRIGGER_FLEET: 'default', OUTRIGGER_TABLE: { Ref: 'CanaryTable' } } });
    expect(CANARIES_WORK_MS).toBeLessThan(CANARIES_TIMEOUT_MS);
    expect(entriesOf(await readFile(join(folder, 'canaries.zip')))).toEqual(['dist/canaries.mjs']);
  });

  test('each route has its door: the webhook by its token, the release API by signed requests only', () => {
    const routes = Object.values(resources).filter((r) => r.Type === 'AWS::ApiGatewayV2::Route');
    const found = routes.map(({ Properties: p }) => `${p['RouteKey']} ${p['AuthorizationType'] ?? 'NONE'}`);
    expect(found.toSorted()).toEqual([
      'ANY /apis/{proxy+} AWS_IAM',
      'GET /apis AWS_IAM',
      'GET /healthz AWS_IAM',
      'POST /v1/mutate/{cluster}/{token} NONE',
      'POST /v3/{proxy+} NONE',
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

  test('the table of canaries outlives the stack, can be set back in time, and forgets what expires', () => {
    const tables = Object.values(resources).filter((r) => r.Type === 'AWS::DynamoDB::Table');
    expect(tables).toHaveLength(1);
    expect(tables[0]).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(tables[0]?.Properties).toEqual({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      AttributeDefinitions: [
        { AttributeName: 'PK', AttributeType: 'S' },
        { AttributeName: 'SK', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'PK', KeyType: 'HASH' },
        { AttributeName: 'SK', KeyType: 'RANGE' },
      ],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      // The attribute that functions/canary writes on kept answers and fleet reports.
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });

  test('admission does not know the table', () => {
    expect(JSON.stringify([mutate(), resources['MutateRole']])).not.toMatch(/dynamodb|OUTRIGGER_TABLE|CanaryTable/);
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

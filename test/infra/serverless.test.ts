import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { BODY_BYTES_MAX } from '../../functions/http/event.ts';
import {
  ADVANCE_TIMEOUT_MS,
  CANARIES_TIMEOUT_MS,
  CANARIES_WORK_MS,
  DISCOVERY_TIMEOUT_MS,
  MUTATE_TIMEOUT_MS,
} from '../../functions/limits.ts';
import { ENTRY_POINTS } from '../../infra/deploy/bundle-checks.ts';
import { PACKAGE_MS_MAX, packageService, packagingRefusal, type ServicePackage } from '../support/service-package.ts';
import { at } from '../support/values.ts';
import { entriesOf, sha256 } from '../support/zip.ts';

/** Both forms of the path of an abort. */
const ABORTS = ['', '/clusters/{cluster}'].map(
  (cluster) => `/apis/outrigger.dev/v1alpha1${cluster}/namespaces/{namespace}/canaries/{name}/abort`,
);

let packaged: ServicePackage;
const propertiesOf = (id: string): unknown => at(packaged.resources, id, 'Properties');
const functionOf = (entryPoint: string): unknown =>
  propertiesOf(`${entryPoint.slice(0, 1).toUpperCase()}${entryPoint.slice(1)}LambdaFunction`);

beforeAll(async () => {
  packaged = await packageService({});
}, PACKAGE_MS_MAX);

describe('npx osls package, without credentials and parameters', () => {
  test.each(ENTRY_POINTS)('%s runs on Node 24 and arm64, as the bundle that its handler names', async (entryPoint) => {
    expect(functionOf(entryPoint)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: `dist/${entryPoint}.handler`,
    });
    expect(entriesOf(await readFile(join(packaged.folder, `${entryPoint}.zip`)))).toEqual([`dist/${entryPoint}.mjs`]);
  });

  test('the same sources give the same zips, so that nothing is deployed that has not changed', async () => {
    const again = await packageService({}, 'again');
    for (const entryPoint of ENTRY_POINTS) {
      const name = `${entryPoint}.zip`;
      expect(await sha256(join(again.folder, name)), name).toBe(await sha256(join(packaged.folder, name)));
    }
  });

  test.each<[entryPoint: string, ms: number, concurrency: number]>([
    ['mutate', MUTATE_TIMEOUT_MS, 50],
    ['canaries', CANARIES_TIMEOUT_MS, 5],
    ['abort', CANARIES_TIMEOUT_MS, 5],
    ['discovery', DISCOVERY_TIMEOUT_MS, 100],
    ['advance', ADVANCE_TIMEOUT_MS, 2],
    ['register', 240_000, 5],
  ])('%s has the time of the code and its own share of concurrency', (entryPoint, ms, concurrency) => {
    expect(functionOf(entryPoint)).toMatchObject({ Timeout: ms / 1_000, ReservedConcurrentExecutions: concurrency });
  });

  test('proxies of new clusters poll a Function URL, of which Lambda logs only the calls that fail', () => {
    expect(propertiesOf('DiscoveryLambdaFunctionUrl')).toMatchObject({ AuthType: 'NONE' });
    const LoggingConfig = { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' };
    expect(functionOf('discovery')).toMatchObject({ LoggingConfig });
    const others = ENTRY_POINTS.filter((name) => name !== 'discovery');
    expect(others.filter((name) => at(functionOf(name), 'LoggingConfig') !== undefined)).toEqual([]);
  });

  test('a review of the largest size has memory enough', () => {
    // It is parsed in a fraction of this (npm run bench: 2.5 MB in about 10 ms).
    expect(Number(at(functionOf('mutate'), 'MemorySize')) * 1024 * 1024).toBeGreaterThan(BODY_BYTES_MAX * 20);
  });

  test('an abort has time, and the work ends before its function does', () => {
    expect(CANARIES_WORK_MS).toBeLessThan(CANARIES_TIMEOUT_MS);
  });

  test.each<[entryPoint: string, environment: object]>([
    ['mutate', { OUTRIGGER_PATH_KEYS: { 'Fn::GetAtt': ['Keys', 'PublicKeys'] } }],
    ['canaries', { OUTRIGGER_TABLE: { Ref: 'CanaryTable' } }],
    ['abort', { OUTRIGGER_TABLE: { Ref: 'CanaryTable' } }],
    ['discovery', { OUTRIGGER_TABLE: { Ref: 'CanaryTable' } }],
    ['advance', { OUTRIGGER_TABLE: { Ref: 'CanaryTable' }, OUTRIGGER_CLUSTERS: '' }],
    // Not the keys: they are made by it, and CloudFormation would go round in a circle.
    ['register', { OUTRIGGER_KEY_ID: { 'Fn::GetAtt': ['PathTokenKey', 'Arn'] } }],
  ])('%s is told the fleet and what it needs, nothing more', (entryPoint, environment) => {
    expect(at(functionOf(entryPoint), 'Environment', 'Variables')).toEqual({
      OUTRIGGER_FLEET: 'default',
      ...environment,
    });
  });

  test('each route has its entry point: the webhook by its token, the release API by signed requests only', () => {
    const routes = Object.values(packaged.resources).filter((r) => at(r, 'Type') === 'AWS::ApiGatewayV2::Route');
    const found = routes.map((route) => {
      const { RouteKey, AuthorizationType = 'NONE' } = Object(at(route, 'Properties'));
      return `${RouteKey} ${AuthorizationType}`;
    });
    expect(found.toSorted()).toEqual([
      'ANY /apis/{proxy+} AWS_IAM',
      ...['/api', '/api/{proxy+}', '/apis'].map((path) => `GET ${path} AWS_IAM`),
      ...['/healthz', '/openapi/{proxy+}', '/version'].map((path) => `GET ${path} AWS_IAM`),
      `POST ${ABORTS[1]} AWS_IAM`,
      `POST ${ABORTS[0]} AWS_IAM`,
      'POST /v1/mutate/{cluster}/{token} NONE',
      'POST /v3/{proxy+} NONE',
    ]);
  });

  test('polls and release requests have throttles of their own, and leave admission its share', () => {
    const { RouteSettings, DefaultRouteSettings } = Object(propertiesOf('HttpApiStage'));
    const rates = Object.values(RouteSettings).map((settings) => Number(at(settings, 'ThrottlingRateLimit')));
    const all = [...rates, Number(DefaultRouteSettings.ThrottlingRateLimit)];
    expect(Object.keys(RouteSettings)).toHaveLength(5);
    for (const path of ABORTS) expect(RouteSettings).toHaveProperty([`POST ${path}`]);
    expect(at(RouteSettings, 'POST /v1/mutate/{cluster}/{token}', 'ThrottlingRateLimit')).toBe(2_000);
    // The limit of an account and region.
    expect(all.reduce((sum, rate) => sum + rate, 0)).toBeLessThan(10_000);
    // A stage refuses settings of a route that is not there yet.
    const before = at(packaged.resources, 'HttpApiStage', 'DependsOn');
    const routes = Object.keys(packaged.resources).filter((id) => id.startsWith('HttpApiRoute'));
    const aborts = routes.filter((id) => id.endsWith('Abort')).map((id) => id.slice('HttpApiRoute'.length));
    expect(aborts).toHaveLength(2);
    for (const id of ['PostV1MutateClusterVarTokenVar', 'PostV3ProxyVar', 'AnyApisProxyVar', ...aborts]) {
      expect(before).toContain(`HttpApiRoute${id}`);
    }
  });

  test('the keys are made before the functions that need them; without clusters nothing is registered', () => {
    expect(at(packaged.resources, 'Keys')).toEqual({
      Type: 'Custom::OutriggerKeys',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['RegisterLambdaFunction', 'Arn'] },
        ServiceTimeout: 300,
        Fleet: 'default',
        Generation: '1',
      },
    });
    // The function ends, and answers, before CloudFormation gives up.
    expect(Number(at(propertiesOf('RegisterLambdaFunction'), 'Timeout'))).toBeLessThan(300);
    expect(Object.keys(packaged.resources).filter((id) => id.startsWith('Registration'))).toEqual([]);
  });

  test('advance is called every minute, by a role of the scheduler, and nothing is tried again', () => {
    expect(propertiesOf('AdvanceSchedule')).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    for (const [entryPoint, age] of [['Advance', 60] as const, ['Register', 300] as const]) {
      expect(propertiesOf(`${entryPoint}LambdaEvConf`)).toMatchObject({
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: age,
      });
    }
  });
});

test('parameters that do not fit stop the packaging with what to mend', async () => {
  const said = await packagingRefusal({ failurePolicy: 'fail', profile: 'rest' });
  expect(said).toContain('params.failurePolicy is "fail"; it must be one of Ignore, Fail');
  expect(said).toContain('params.sourceIps is needed by profile rest');
  expect(await packagingRefusal({ cluster: 'prod' })).toContain('params.cluster is not known; known are');
});

import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LogEvent } from '../../functions/events/event.ts';
import { METRICS_NAMESPACE } from '../../functions/events/metrics.ts';
import * as catalogue from '../../functions/events.ts';
import { refused } from '../../functions/identity/path-token.ts';
import { PACKAGE_MS_MAX, PROFILES, packageService, type ServicePackage } from '../support/service-package.ts';
import { at } from '../support/values.ts';

const EVENTS: readonly LogEvent[] = Object.values(catalogue);

describe.each(PROFILES)('the template of network profile %s', (profile, params) => {
  let packaged: ServicePackage;
  const ofType = (...types: string[]): [string, unknown][] =>
    Object.entries(packaged.resources).filter(([, resource]) => types.includes(String(at(resource, 'Type'))));

  beforeAll(async () => {
    packaged = await packageService(params);
  }, PACKAGE_MS_MAX);

  test('lets nobody call a function but this API, or a Function URL that says so', () => {
    const permissions = ofType('AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThanOrEqual(3);
    for (const [id, permission] of permissions) {
      const { SourceArn, FunctionUrlAuthType, InvokedViaFunctionUrl, FunctionName, Principal } = Object(
        at(permission, 'Properties'),
      );
      if (FunctionUrlAuthType !== undefined || InvokedViaFunctionUrl !== undefined) {
        // Everybody may call it: the function asks for a ServiceAccount token.
        expect(JSON.stringify(FunctionName), id).toContain('DiscoveryLambdaFunction');
        expect(profile, id).toBe('public');
      } else {
        expect(JSON.stringify(SourceArn), id).toMatch(/execute-api.*(HttpApi|RestApi)/);
        expect(Principal, id).toBe('apigateway.amazonaws.com');
      }
    }
  });

  test('tells clusters a Function URL where the profile is open, and only those that have no host yet', () => {
    const registrations = ofType('Custom::OutriggerRegistration').map(([, one]) => at(one, 'Properties'));
    expect(registrations.length).toBeGreaterThan(0);
    for (const one of registrations) {
      const hosts = [at(one, 'DiscoveryEndpoint'), at(one, 'DiscoveryScope')];
      if (profile === 'public') {
        expect(hosts).toEqual([{ 'Fn::GetAtt': ['DiscoveryLambdaFunctionUrl', 'FunctionUrl'] }, 'NewClusters']);
      } else {
        expect(JSON.stringify(hosts[0])).toContain('${RestApi}');
        expect(hosts[1]).toBeUndefined();
      }
    }
  });

  test('keeps every log for thirty days', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    expect(groups).toHaveLength(7);
    for (const [id, group] of groups) expect(at(group, 'Properties', 'RetentionInDays'), id).toBe(30);
  });

  test('gives every function concurrency and a role of its own', () => {
    const functions = ofType('AWS::Lambda::Function');
    expect(functions).toHaveLength(6);
    const roles = functions.map(([, made]) => JSON.stringify(at(made, 'Properties', 'Role')));
    expect(new Set(roles).size).toBe(6);
    for (const [id, made] of functions) {
      expect(at(made, 'Properties', 'ReservedConcurrentExecutions'), id).toBeGreaterThan(0);
    }
  });

  test('holds no secret: no private key, no token, no credentials', async () => {
    const text = await readFile(packaged.templateFile, 'utf8');
    expect(text).not.toMatch(/PRIVATE KEY|"d":|eyJ[A-Za-z0-9_-]{10}|AKIA[A-Z0-9]{16}|SecretString|bearer /i);
  });

  test('logs the route of a call and never its path, which holds a token', () => {
    const stages = ofType('AWS::ApiGatewayV2::Stage', 'AWS::ApiGateway::Stage');
    expect(stages.length).toBeGreaterThan(0);
    for (const [id, stage] of stages) {
      const { AccessLogSettings, AccessLogSetting, MethodSettings } = Object(at(stage, 'Properties'));
      const { Format } = AccessLogSettings ?? AccessLogSetting;
      const fields = Object.values(JSON.parse(Format)).toSorted();
      expect(fields, id).toEqual(
        [
          '$context.httpMethod',
          '$context.identity.sourceIp',
          '$context.integrationErrorMessage',
          '$context.integrationLatency',
          '$context.protocol',
          '$context.requestId',
          '$context.requestTime',
          '$context.responseLatency',
          '$context.responseLength',
          profile === 'public' ? '$context.routeKey' : '$context.resourcePath',
          '$context.status',
        ].toSorted(),
      );
      expect(JSON.stringify(MethodSettings ?? []), id).not.toMatch(/LoggingLevel|DataTraceEnabled/);
    }
  });

  test('registers last: after routes, stages, permissions and the access to the cluster', () => {
    const registrations = ofType('Custom::OutriggerRegistration');
    expect(registrations).toHaveLength(params['clusters']?.split(',').length ?? 0);
    for (const [id, registration] of registrations) {
      const before = at(registration, 'DependsOn');
      const way = ofType(
        'AWS::ApiGatewayV2::Route',
        'AWS::ApiGatewayV2::Stage',
        'AWS::ApiGateway::Stage',
        'AWS::WAFv2::WebACLAssociation',
        'AWS::Lambda::Permission',
      ).map(([name]) => name);
      const suffix = id.replace('Registration', '');
      expect(before).toEqual(
        expect.arrayContaining([
          ...way,
          ...['RegistrarAccess', 'RegistrarDescribe', 'DriftAccess', 'DriftDescribe'].map((entry) => entry + suffix),
        ]),
      );
      // The function ends, and answers, before CloudFormation gives up.
      const seconds = Number(at(packaged.resources, 'RegisterLambdaFunction', 'Properties', 'Timeout'));
      expect(at(registration, 'Properties', 'ServiceTimeout')).toBeGreaterThan(seconds);
      expect(at(registration, 'Properties', 'Revision')).toMatch(/^1-1-[0-9a-f]{12}$/);
      expect(at(registration, 'Properties', 'SelfTest')).toBe(profile === 'public' ? undefined : 'None');
      expect(at(registration, 'Properties', 'FailurePolicy')).toBe(params['failurePolicy'] ?? 'Ignore');
    }
  });

  test('the table of canaries outlives the stack, can be set back in time, and forgets what expires', () => {
    const [table, ...others] = ofType('AWS::DynamoDB::Table').map(([, resource]) => resource);
    expect(others).toEqual([]);
    expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(at(table, 'Properties')).toEqual({
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
      // The attribute that functions/canary writes on kept answers and proxy reports.
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });

  test('alarms on metrics that there are, and calls the topic only where one is given', () => {
    const emitted = EVENTS.flatMap(({ metric, text }) => (metric?.alarm === true ? [text] : [])).join();
    const alarms = ofType('AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThan(15);
    for (const [id, alarm] of alarms) {
      const { Namespace, MetricName, Dimensions, AlarmActions, TreatMissingData } = Object(at(alarm, 'Properties'));
      expect(AlarmActions, id).toEqual(params['alarmTopic'] === undefined ? undefined : [params['alarmTopic']]);
      // A night without Pods is nothing bad, but for the alarm that waits for reviews.
      expect(TreatMissingData, id).toBe(id === 'NoReviewsAlarm' ? 'breaching' : 'notBreaching');
      if (Namespace !== METRICS_NAMESPACE) continue;
      const names = (Dimensions ?? []).map((dimension: unknown) => at(dimension, 'Name'));
      expect(emitted, id).toContain(`"Name":"${MetricName}"`);
      expect(emitted, `${id}: the dimensions of ${MetricName}`).toContain(JSON.stringify(names));
    }
  });

  test('alarms on reviews whose path token is refused, by the status that they are refused with', () => {
    const dimensions = at(packaged.resources, 'TokenRefusedAlarm', 'Properties', 'Dimensions');
    expect(dimensions).toEqual([{ Name: 'status', Value: String(refused().status) }]);
  });

  test('shows one page, whose text is JSON and names this API', () => {
    const text = at(packaged.resources, 'Dashboard', 'Properties', 'DashboardBody', 'Fn::Sub');
    const body: unknown = JSON.parse(String(text));
    expect(at(body, 'widgets')).toHaveLength(15);
    expect(text).toContain(profile === 'public' ? '"ApiId","${HttpApi}"' : '"ApiName","outrigger-production"');
  });

  test('shows another page for releases', () => {
    const { DashboardName, DashboardBody } = Object(at(packaged.resources, 'ReleaseDashboard', 'Properties'));
    expect(DashboardName).toBe('outrigger-production-releases');
    expect(at(JSON.parse(String(at(DashboardBody, 'Fn::Sub'))), 'widgets')).toHaveLength(12);
  });

  test('says where the endpoint begins', () => {
    const value = JSON.stringify(at(packaged.template, 'Outputs', 'EndpointUrl', 'Value'));
    expect(value).toContain(profile === 'public' ? 'HttpApi' : 'RestApi');
    expect(JSON.stringify(at(packaged.resources, 'RegistrationProd', 'Properties', 'Endpoint'))).toBe(value);
  });
});

import { describe, expect, test } from 'vitest';
import type { Resources } from '../../infra/deploy/deployment/cloudformation.ts';
import { completeResources } from '../../infra/deploy/deployment/complete.ts';
import type { Settings } from '../../infra/deploy/deployment/settings.ts';
import { at } from '../support/values.ts';

const SETTINGS: Settings = {
  profile: 'public',
  fleet: 'shop',
  clusters: [],
  failurePolicy: 'Ignore',
  reinvocationPolicy: 'Never',
  companionPolicy: 'Warn',
  namespaces: [],
  defaultTemplates: ['envoy'],
  revision: '1',
  alarmTopic: '',
  notificationTargets: [],
  heartbeatHours: 6,
  keyGeneration: 3,
  concurrency: {},
  discoveryUrl: 'false',
  apiGatewayAccount: true,
};
const ENDPOINT = { 'Fn::GetAtt': ['HttpApi', 'ApiEndpoint'] };

/** What the resources below become. */
function completed(settings: Partial<Settings>, body: unknown = {}): Resources {
  const resources: Resources = {
    RegisterRole: { Type: 'AWS::IAM::Role', Properties: { Policies: [{ PolicyName: 'register' }] } },
    AdvanceLambdaFunction: {
      Type: 'AWS::Lambda::Function',
      Properties: { ReservedConcurrentExecutions: 1, Timeout: 60 },
    },
    AdvanceRole: { Type: 'AWS::IAM::Role', Properties: {} },
    NoReviewsAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1 } },
    FailuresAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Threshold: 1 } },
    RestApi: { Type: 'AWS::ApiGateway::RestApi', Properties: { Body: body } },
    RestDeployment: { Type: 'AWS::ApiGateway::Deployment' },
    RestStage: stage('ApiGatewayAccount'),
    RestProxiesStage: stage(['ApiGatewayAccount', 'Other']),
    ApiGatewayAccount: { Type: 'AWS::ApiGateway::Account' },
    ApiGatewayLogRole: { Type: 'AWS::IAM::Role' },
    Permission: { Type: 'AWS::Lambda::Permission' },
  };
  completeResources(resources, { ...SETTINGS, ...settings }, { endpoint: ENDPOINT, codeVersion: 'c0de' });
  return resources;
}

function stage(DependsOn: string | string[]): Resources[string] {
  return { Type: 'AWS::ApiGateway::Stage', DependsOn, Properties: { DeploymentId: { Ref: 'RestDeployment' } } };
}

describe('registrations', () => {
  test('none without clusters: no access, no permission to describe anything', () => {
    const resources = completed({});
    expect(Object.keys(resources).filter((id) => /Registration|Access/.test(id))).toEqual([]);
    expect(JSON.stringify(resources)).not.toContain('eks:');
  });

  test('one for each cluster, after everything that a review passes through', () => {
    const resources = completed({ clusters: ['prod', 'eu-west_1'], namespaces: ['a'], failurePolicy: 'Fail' });
    expect(resources['RegistrationEuWest1']).toEqual({
      Type: 'Custom::OutriggerRegistration',
      DependsOn: [
        ...['RestStage', 'RestProxiesStage', 'Permission'],
        ...['RegistrarAccessEuWest1', 'RegistrarDescribeEuWest1', 'DriftAccessEuWest1', 'DriftDescribeEuWest1'],
      ],
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['RegisterLambdaFunction', 'Arn'] },
        ServiceTimeout: 300,
        Fleet: 'shop',
        Cluster: 'eu-west_1',
        Endpoint: ENDPOINT,
        FailurePolicy: 'Fail',
        ReinvocationPolicy: 'Never',
        TimeoutSeconds: '3',
        CompanionPolicy: 'Warn',
        Namespaces: ['a'],
        DefaultTemplates: ['envoy'],
        Revision: '1-3-c0de',
      },
    });
    expect(at(resources, 'RegistrationProd', 'Properties', 'Cluster')).toBe('prod');
  });

  test('leave the default templates of the record alone where none are named', () => {
    const [named, none] = [completed({ clusters: ['prod'] }), completed({ clusters: ['prod'], defaultTemplates: [] })];
    expect(at(named, 'RegistrationProd', 'Properties', 'DefaultTemplates')).toEqual(['envoy']);
    expect(none['RegistrationProd']?.Properties).not.toHaveProperty('DefaultTemplates');
  });

  test('try the endpoint where the registrar reaches it: not where only the clusters’ networks are let in', () => {
    const selfTestOf = (profile: Settings['profile']): unknown =>
      at(completed({ clusters: ['prod'], profile }), 'RegistrationProd', 'Properties', 'SelfTest');
    expect([selfTestOf('public'), selfTestOf('rest'), selfTestOf('private')]).toEqual([undefined, 'None', 'None']);
  });

  test('run anew for a new pair of keys', () => {
    const revisionOf = (keyGeneration: number): unknown =>
      at(completed({ clusters: ['prod'], keyGeneration }), 'RegistrationProd', 'Properties', 'Revision');
    expect(revisionOf(1)).not.toEqual(revisionOf(2));
  });

  test('each role enters as its own groups, and may describe the named clusters alone', () => {
    const resources = completed({ clusters: ['prod'] });
    const entry = (role: string, ...groups: readonly string[]): unknown => ({
      Type: 'AWS::EKS::AccessEntry',
      Properties: {
        ClusterName: 'prod',
        PrincipalArn: { 'Fn::GetAtt': [role, 'Arn'] },
        KubernetesGroups: groups,
        Type: 'STANDARD',
      },
    });
    expect(resources['RegistrarAccessProd']).toEqual(entry('RegisterRole', 'outrigger:registrar'));
    expect(resources['DriftAccessProd']).toEqual(entry('AdvanceRole', 'outrigger:drift', 'outrigger:workloads'));
    // Not in the role itself: that would lose it before the registration of a cluster is deleted.
    expect(at(resources, 'RegisterRole', 'Properties', 'Policies')).toHaveLength(1);
    for (const [id, role] of [
      ['RegistrarDescribeProd', 'RegisterRole'] as const,
      ['DriftDescribeProd', 'AdvanceRole'] as const,
    ]) {
      expect(resources[id]).toMatchObject({ Type: 'AWS::IAM::RolePolicy', Properties: { RoleName: { Ref: role } } });
      expect(at(resources, id, 'Properties', 'PolicyDocument', 'Statement')).toEqual([
        {
          Effect: 'Allow',
          Action: 'eks:DescribeCluster',
          Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:eks:${AWS::Region}:${AWS::AccountId}:cluster/prod' },
        },
      ]);
    }
  });

  test('every cluster has a policy of its own, which stays until its registration is deleted', () => {
    const resources = completed({ clusters: ['prod', 'eu-1'] });
    for (const [name, other] of [['Prod', 'Eu1'] as const, ['Eu1', 'Prod'] as const]) {
      const before = at(resources, `Registration${name}`, 'DependsOn');
      expect(before).toEqual(expect.arrayContaining([`RegistrarDescribe${name}`, `DriftDescribe${name}`]));
      expect(before).not.toContain(`RegistrarDescribe${other}`);
    }
  });
});

describe('the share of a function', () => {
  const propertiesWith = (advance: number): unknown =>
    completed({ concurrency: { advance } })['AdvanceLambdaFunction']?.Properties;

  test('is reserved', () => {
    expect(propertiesWith(7)).toEqual({ ReservedConcurrentExecutions: 7, Timeout: 60 });
  });

  test('is not where it is 0, with which Lambda would never run it', () => {
    expect(propertiesWith(0)).toEqual({ Timeout: 60 });
  });
});

describe('what releases may notify', () => {
  const [topic, bus] = ['arn:aws:sns:eu-central-1:1:t', 'arn:aws:events:eu-central-1:1:event-bus/b'];
  const policyOf = (notificationTargets: readonly string[]) =>
    completed({ notificationTargets })['NotificationPolicy']?.Properties;

  test('is nothing, without a policy, unless it is named', () => {
    expect(completed({})).not.toHaveProperty('NotificationPolicy');
  });

  test('is each topic and bus by its ARN, for advance alone', () => {
    const Version = '2012-10-17';
    const publish = { Effect: 'Allow', Action: 'sns:Publish', Resource: [topic] };
    const put = { Effect: 'Allow', Action: 'events:PutEvents', Resource: [bus] };
    expect(policyOf([topic, bus])).toEqual({
      Roles: [{ Ref: 'AdvanceRole' }],
      PolicyDocument: { Version, Statement: [publish, put] },
    });
    expect(policyOf([bus])?.['PolicyDocument']).toEqual({ Version, Statement: [put] });
  });

  test('fits into a managed policy, as many as may be named', () => {
    const longest = Array.from(
      { length: 16 },
      (_, i) => `arn:aws-us-gov:events:us-gov-west-1:123456789012:event-bus/${'x'.repeat(253)}${i + 10}`,
    );
    expect(JSON.stringify(Object(policyOf(longest)).PolicyDocument).length).toBeLessThan(6_144);
  });
});

describe('alarms', () => {
  test('call the topic, when it is well again too', () => {
    const resources = completed({ alarmTopic: 'arn:ops' });
    expect(resources['FailuresAlarm']?.Properties).toEqual({
      Threshold: 1,
      AlarmActions: ['arn:ops'],
      OKActions: ['arn:ops'],
    });
  });

  test('call nobody without one', () => {
    expect(completed({})['FailuresAlarm']?.Properties).toEqual({ Threshold: 1 });
  });

  test('of a quiet webhook is there unless it is not wanted', () => {
    expect(completed({})).toHaveProperty('NoReviewsAlarm');
    expect(completed({ heartbeatHours: 0 })).not.toHaveProperty('NoReviewsAlarm');
  });
});

describe('the deployment of a REST API', () => {
  const deploymentOf = (resources: Resources): string[] =>
    Object.keys(resources).filter((id) => id.startsWith('RestDeployment'));

  test('is another one when the API is another, and both stages serve it', () => {
    const [one, same, other] = [completed({}, { a: 1 }), completed({}, { a: 1 }), completed({}, { a: 2 })];
    expect(deploymentOf(one)).toEqual([expect.stringMatching(/^RestDeployment[0-9a-f]{12}$/)]);
    expect(deploymentOf(same)).toEqual(deploymentOf(one));
    expect(deploymentOf(other)).not.toEqual(deploymentOf(one));
    const [id] = deploymentOf(one);
    for (const name of ['RestStage', 'RestProxiesStage']) {
      expect(at(one, name, 'Properties', 'DeploymentId')).toEqual({ Ref: id });
    }
  });

  test('leaves the account’s role alone where it is asked to', () => {
    const resources = completed({ apiGatewayAccount: false });
    expect(Object.keys(resources).filter((id) => id.startsWith('ApiGateway'))).toEqual([]);
    expect(resources['RestStage']).not.toHaveProperty('DependsOn');
    expect(resources['RestProxiesStage']).toHaveProperty('DependsOn', ['Other']);
  });
});

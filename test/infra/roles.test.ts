import { beforeAll, describe, expect, test } from 'vitest';
import { canaryKey, headKey, spreadProxyReportKey } from '../../functions/table/keys.ts';
import { CLUSTERS_MAX } from '../../infra/deploy/deployment/settings.ts';
import { PACKAGE_MS_MAX, PROFILES, packageService } from '../support/service-package.ts';
import { at, recordOf } from '../support/values.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
/** The only resource `*`: in the policy of a key it means that key (KMS Developer Guide, "Key policy elements"). */
const KEY_POLICIES = ['PathTokenKey'];
/** Actions that IAM lets no narrower resource be named for (Service Authorization Reference, "Amazon CloudWatch"). */
const WITHOUT_RESOURCE = ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'];

describe.each(PROFILES)('what the roles of network profile %s allow', (_profile, params) => {
  const clusters = params['clusters']?.split(',') ?? [];
  let resources: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    resources = (await packageService(params)).resources;
  }, PACKAGE_MS_MAX);

  /** The policies that a role holds inside, and those that stand beside it. */
  function documentsOf(role: string): unknown[] {
    const { Policies } = recordOf(at(resources, role, 'Properties'));
    const beside = Object.values(resources).filter(
      (resource) =>
        at(resource, 'Type') === 'AWS::IAM::RolePolicy' && at(resource, 'Properties', 'RoleName', 'Ref') === role,
    );
    const policies = [...(Array.isArray(Policies) ? Policies : []), ...beside.map((one) => at(one, 'Properties'))];
    return policies.map((policy) => at(policy, 'PolicyDocument'));
  }

  function statementsOf(role: string): Statement[] {
    return documentsOf(role).flatMap((document) => Object(document).Statement);
  }

  /** Whether a role may do this to the fleet's parameters below a folder. */
  function may(role: string, action: string, folder: string): boolean {
    return statementsOf(role).some(
      ({ Action, Resource }) =>
        [Action].flat().includes(action) &&
        JSON.stringify(Resource).includes(`:parameter/outrigger/default/${folder}/*`),
    );
  }

  test.each<[role: string, actions: string[]]>([
    [
      'MutateRole',
      [...LOGS, 'ssm:GetParameter', 'ssm:GetParameterHistory', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
    ],
    [
      'CanariesRole',
      [
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        ...LOGS,
        'ssm:GetParameter',
        'ssm:GetParameters',
        'ssm:GetParametersByPath',
      ],
    ],
    [
      'AbortRole',
      [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        ...LOGS,
        'ssm:GetParameter',
        'ssm:GetParameters',
        'ssm:GetParametersByPath',
      ],
    ],
    [
      'DiscoveryRole',
      [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        ...LOGS,
        'ssm:GetParameters',
        'ssm:GetParametersByPath',
      ],
    ],
    [
      'AdvanceRole',
      [
        'aps:QueryMetrics',
        ...WITHOUT_RESOURCE,
        'dynamodb:ConditionCheckItem',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:UpdateItem',
        ...clusters.map(() => 'eks:DescribeCluster'),
        ...LOGS,
        'ssm:GetParameter',
        'ssm:GetParameters',
        'ssm:GetParametersByPath',
      ],
    ],
    [
      'RegisterRole',
      [
        ...clusters.map(() => 'eks:DescribeCluster'),
        'kms:Decrypt',
        'kms:Encrypt',
        ...LOGS,
        'ssm:DeleteParameter',
        'ssm:GetParameter',
        'ssm:GetParameters',
        'ssm:GetParametersByPath',
        'ssm:PutParameter',
        'ssm:PutParameter',
      ],
    ],
    ['AdvanceScheduleRole', ['lambda:InvokeFunction']],
  ])('%s: these actions, each on named resources', (role, actions) => {
    const statements = statementsOf(role);
    expect(statements.flatMap(({ Action }) => Action).toSorted()).toEqual(actions);
    const unbound = statements.filter(({ Resource }) => JSON.stringify(Resource).includes('"*"'));
    const isExcused = actions.includes('cloudwatch:GetMetricData');
    expect(unbound.flatMap(({ Action }) => Action)).toEqual(isExcused ? WITHOUT_RESOURCE : []);
    expect(at(resources, role, 'Properties', 'ManagedPolicyArns')).toBeUndefined();
  });

  test('no action is written with a wildcard, and no policy but a key’s names all resources', () => {
    for (const [id, resource] of Object.entries(resources)) {
      const text = JSON.stringify(resource);
      const actions = [...text.matchAll(/"Action":(\[[^\]]*\]|"[^"]*")/g)].map(([, action]) => action);
      // osls's own bucket policy denies: it refuses every action without TLS.
      if (id !== 'ServerlessDeploymentBucketPolicy') expect(actions.join(), id).not.toContain('*');
      const bounded = text.replace(`"Action":${JSON.stringify(WITHOUT_RESOURCE)},"Resource":"*"`, '');
      if (!KEY_POLICIES.includes(id)) expect(bounded, id).not.toMatch(/"Resource":(\["\*"\]|"\*")/);
    }
  });

  test('no other role is there, but the one that API Gateway writes logs with', () => {
    const roles = Object.entries(resources).filter(([, resource]) => at(resource, 'Type') === 'AWS::IAM::Role');
    const others = roles.map(([id]) => id).filter((id) => statementsOf(id).length === 0);
    expect(others).toEqual(params['profile'] === 'rest' ? ['ApiGatewayLogRole'] : []);
  });

  test('admission does not know the table, and only the registrar the keys', () => {
    const mutate = JSON.stringify([resources['MutateRole'], resources['MutateLambdaFunction']]);
    expect(mutate).not.toMatch(/dynamodb|OUTRIGGER_TABLE|CanaryTable/);
    for (const [id, resource] of Object.entries(resources)) {
      if (at(resource, 'Type') !== 'AWS::IAM::Role' || id === 'RegisterRole') continue;
      expect(JSON.stringify(resource), id).not.toMatch(/\/keys\/|kms:/);
    }
  });

  test('the registrar uses the key through Parameter Store alone, and describes the named clusters alone', () => {
    const statements = statementsOf('RegisterRole');
    expect(statements).toContainEqual({
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:Encrypt'],
      Resource: { 'Fn::GetAtt': ['PathTokenKey', 'Arn'] },
      Condition: { StringEquals: { 'kms:ViaService': { 'Fn::Sub': 'ssm.${AWS::Region}.amazonaws.com' } } },
    });
    const described = statements.filter(({ Action }) => Action === 'eks:DescribeCluster');
    expect(described.map(({ Resource }) => String(at(Resource, 'Fn::Sub')).split(':').at(-1))).toEqual(
      clusters.map((cluster) => `cluster/${cluster}`),
    );
  });

  test.each([
    'MutateRole',
    'CanariesRole',
    'AbortRole',
    'DiscoveryRole',
    'AdvanceRole',
    'RegisterRole',
  ])('%s may read a cluster record that lies in parts, and write it so where it writes records', (role) => {
    expect(may(role, 'ssm:GetParametersByPath', 'clusters')).toBe(true);
    expect(may(role, 'ssm:GetParameters', 'parts')).toBe(true);
    expect(may(role, 'ssm:PutParameter', 'parts')).toBe(may(role, 'ssm:PutParameter', 'clusters'));
  });

  test('advance alone reads the secrets of metrics, and no function writes any', () => {
    const named = Object.keys(resources).filter((id) => JSON.stringify(resources[id]).includes('/secrets/'));
    expect(named).toEqual(['AdvanceRole']);
    const statements = statementsOf('AdvanceRole').filter(({ Resource }) =>
      JSON.stringify(Resource).includes('/secrets/'),
    );
    expect(statements.map(({ Action }) => Action)).toEqual([['ssm:GetParameter', 'ssm:GetParameters']]);
  });

  test('admission alone reads what templates were, and of nothing else', () => {
    const readers = Object.keys(resources).filter((id) =>
      JSON.stringify(resources[id]).includes('GetParameterHistory'),
    );
    expect(readers).toEqual(['MutateRole']);
    const [statement] = statementsOf('MutateRole').filter(({ Action }) => Action === 'ssm:GetParameterHistory');
    expect(JSON.stringify(statement?.Resource)).toMatch(/:parameter\/outrigger\/default\/templates\/\*"\}$/);
  });

  test.each(['RegisterRole', 'AdvanceRole'])('%s has room for a policy of every cluster that may be named', (role) => {
    const sizeOf = (document: unknown): number =>
      JSON.stringify(document)
        .replaceAll(/\{"Fn::Sub":("[^"]*")\}|\{"Fn::GetAtt":\["[^"]*","Arn"\]\}/g, (_, text) => text ?? 'x'.repeat(100))
        .replaceAll(/\$\{AWS::\w+\}/g, 'ap-southeast-1')
        .replaceAll('/outrigger/default/', `/outrigger/${'f'.repeat(63)}/`).length;
    const [own = 0, ...others] = documentsOf(role).map(sizeOf);
    const each = (others[0] ?? 0) + 100 - (clusters[0]?.length ?? 0);
    // IAM counts the characters of all policies in a role together, without blanks.
    expect(own + CLUSTERS_MAX * each).toBeLessThan(10_240);
  });

  test('the key turns by itself, and nobody decrypts with it but through Parameter Store for this one parameter', () => {
    const key = at(resources, 'PathTokenKey');
    expect(key).toMatchObject({ UpdateReplacePolicy: 'Retain', Properties: { EnableKeyRotation: true } });
    const statements = at(key, 'Properties', 'KeyPolicy', 'Statement');
    for (const statement of Array.isArray(statements) ? statements : []) {
      if (!JSON.stringify(at(statement, 'Action')).includes('crypt')) continue;
      const condition = at(statement, 'Condition', 'StringEquals');
      expect(Object.keys(recordOf(condition)).toSorted()).toEqual([
        'kms:CallerAccount',
        'kms:EncryptionContext:PARAMETER_ARN',
        'kms:ViaService',
      ]);
    }
  });

  test('discovery writes proxy reports alone, in partitions that hold nothing else', () => {
    expect(statementsOf('DiscoveryRole')).toContainEqual(
      expect.objectContaining({
        Action: 'dynamodb:PutItem',
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['F#*'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    );
    for (const cluster of ['prod', 'F#prod', 'C#prod']) {
      const key = { cluster, namespace: 'shop', name: 'cart' };
      expect(spreadProxyReportKey(cluster, 'env-1').partition).toMatch(/^F#/);
      for (const { partition } of [canaryKey(key), headKey(cluster)]) expect(partition).not.toMatch(/^F#/);
    }
  });
});

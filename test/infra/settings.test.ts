import { describe, expect, test } from 'vitest';
import { checkGiven, readSettings } from '../../infra/deploy/deployment/settings.ts';

/** As serverless.yml has them by default, but for the texts of `--param`. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  profile: 'public',
  stage: 'production',
  fleet: 'default',
  clusters: '',
  sourceIps: '',
  vpcEndpoints: '',
  apiGatewayAccount: 'true',
  discoveryUrl: 'false',
  failurePolicy: 'Ignore',
  reinvocationPolicy: 'Never',
  companionPolicy: 'Warn',
  namespaces: '',
  defaultTemplates: '',
  keyGeneration: 1,
  revision: '1',
  alarmTopic: '',
  notificationTargets: '',
  heartbeatHours: 6,
  mutateConcurrency: 50,
  canariesConcurrency: 5,
  abortConcurrency: 5,
  discoveryConcurrency: 20,
  registerConcurrency: 5,
  advanceConcurrency: 2,
};

/** So many different names, with commas between them. */
function names(count: number): string {
  return Array.from({ length: count }, (_, i) => `n${i}`).join(',');
}

/** The faults of these parameters as lines; none where they fit. */
function faultsOf(more: Readonly<Record<string, unknown>>): string[] {
  const read = readSettings({ ...DEFAULTS, ...more });
  return read.valid ? [] : read.faults.map(({ path, message }) => `${path} ${message}`);
}

test('the defaults fit, and register no cluster', () => {
  expect(readSettings(DEFAULTS)).toMatchObject({ valid: true, value: { profile: 'public', clusters: [] } });
});

test('lists are read by their commas', () => {
  const read = readSettings({
    ...DEFAULTS,
    clusters: 'prod,eu-1',
    namespaces: 'shop',
    defaultTemplates: 'envoy,labels',
  });
  expect(read).toMatchObject({
    value: { clusters: ['prod', 'eu-1'], namespaces: ['shop'], defaultTemplates: ['envoy', 'labels'] },
  });
});

test.each<[name: string, value: unknown]>([
  ['discoveryUrl', true],
  ['discoveryUrl', 'true'],
  ['mutateConcurrency', '70'],
  ['mutateConcurrency', 0],
  ['mutateConcurrency', 863],
  ['advanceConcurrency', '0'],
  ['keyGeneration', 999_999],
  ['namespaces', names(100)],
  ['clusters', names(30)],
  ['heartbeatHours', 0],
  ['heartbeatHours', '24'],
  ['companionPolicy', 'None'],
  ['alarmTopic', 'arn:aws-cn:sns:cn-north-1:123456789012:ops'],
  [
    'notificationTargets',
    'arn:aws:sns:eu-west-1:123456789012:a.fifo,arn:aws:events:eu-west-1:123456789012:event-bus/a/b',
  ],
])('%s may be %j', (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([]);
});

describe('a parameter that does not fit is named, with what it is and may be', () => {
  test.each<[name: string, value: unknown, message: string]>([
    ['profile', 'vpc', 'is "vpc"; it must be one of public, rest, private'],
    ['profile', undefined, 'is ""; it must be one of public, rest, private'],
    ['fleet', 'a b', 'is "a b"; it must be letters'],
    ['fleet', '', 'is ""; it must be letters'],
    ['clusters', 'prod, eu-1', 'holds " eu-1"; it must be names of EKS clusters'],
    ['clusters', 'prod,', 'holds ""'],
    ['clusters', 'prod,prod', 'names "prod" twice'],
    ['clusters', 'eu-1,eu_1', 'names eu-1 and eu_1, which CloudFormation cannot tell apart'],
    ['clusters', `c${'x'.repeat(100)}`, 'holds'],
    ['failurePolicy', 'ignore', 'is "ignore"; it must be one of Ignore, Fail'],
    ['reinvocationPolicy', 'Always', 'it must be one of Never, IfNeeded'],
    ['companionPolicy', 'Audit', 'it must be one of Warn, Deny, None'],
    ['namespaces', 'Shop', 'holds "Shop"; it must be names of namespaces'],
    ['defaultTemplates', 'a/b', 'holds "a/b"; it must be names of templates'],
    ['keyGeneration', 0, 'is "0"; it must be a whole number from 1'],
    ['keyGeneration', '1.5', 'is "1.5"; it must be a whole number'],
    ['alarmTopic', 'ops', 'is "ops"; it must be the ARN of an SNS topic'],
    ['notificationTargets', 'arn:aws:sns:*:123456789012:*', 'it must be ARNs of SNS topics and event buses'],
    ['notificationTargets', 'arn:aws:sqs:eu-west-1:123456789012:a', 'it must be ARNs of SNS topics and event buses'],
    ['heartbeatHours', 25, 'it must be a whole number from 0 to 24'],
    ['mutateConcurrency', 'many', 'is "many"; it must be a whole number from 0'],
    ['registerConcurrency', -1, 'is "-1"; it must be a whole number from 0'],
    ['advanceConcurrency', 3, 'is "3"; it must be a whole number from 0 to 2'],
    ['mutateConcurrency', 864, 'reserve 901 together; they may reserve 900'],
    ['mutateConcurrency', 901, 'it must be a whole number from 0 to 900'],
    ['keyGeneration', 1_000_000, 'it must be a whole number from 1 to 999999'],
    ['clusters', names(31), 'holds 31; it may hold 30 at most'],
    ['namespaces', names(101), 'holds 101; it may hold 100 at most'],
    ['defaultTemplates', names(101), 'holds 101; it may hold 100 at most'],
    ['discoveryUrl', 'yes', 'is "yes"; it must be one of new, true, false'],
    ['apiGatewayAccount', 1, 'it must be one of false, true'],
    ['revision', 'a\nb', 'it must be any text'],
    ['sourceIps', '10.0.0.1', 'holds "10.0.0.1"; it must be IPv4 ranges'],
    ['vpcEndpoints', 'vpc-1', 'holds "vpc-1"; it must be ids of VPC endpoints'],
  ])('%s = %j', (name, value, message) => {
    const [fault = '', ...others] = faultsOf({ [name]: value });
    expect(others).toEqual([]);
    expect(fault).toContain(`params.${name} `);
    expect(fault).toContain(message);
  });

  test('all of them at once', () => {
    expect(faultsOf({ profile: 'x', fleet: '', keyGeneration: 'x' })).toHaveLength(3);
  });

  test.each([undefined, null, 'text', []])('parameters that are %j', (values) => {
    expect(readSettings(values).valid).toBe(false);
  });
});

test.each<[case_: string, more: Readonly<Record<string, unknown>>, share: number]>([
  ['what is asked for', {}, 5],
  ['as many as there are clusters, which CloudFormation asks for all at once', { clusters: names(12) }, 12],
  ['nothing where nothing is to be reserved', { clusters: names(12), registerConcurrency: 0 }, 0],
])('registrations have %s', (_case, more, share) => {
  expect(readSettings({ ...DEFAULTS, ...more })).toMatchObject({
    value: { concurrency: { mutate: 50, canaries: 5, abort: 5, discovery: 20, register: share, advance: 2 } },
  });
});

test.each<[profile: string, discoveryUrl: string, used: string]>([
  ['public', 'new', 'new'],
  ['public', 'true', 'true'],
  ['public', 'false', 'false'],
  // These let the clusters' networks in, and a Function URL everybody.
  ['rest', 'new', 'false'],
  ['rest', 'true', 'true'],
  ['private', 'new', 'false'],
])('a Function URL with profile %s, where %s is said: %s', (profile, discoveryUrl, used) => {
  const needs = { sourceIps: '192.0.2.0/24', vpcEndpoints: 'vpce-0a1b2c3d' };
  expect(readSettings({ ...DEFAULTS, ...needs, profile, discoveryUrl })).toMatchObject({
    value: { discoveryUrl: used },
  });
});

describe('a network profile and what it needs', () => {
  test.each<[case_: string, more: Readonly<Record<string, unknown>>, message: string]>([
    ['rest without addresses', { profile: 'rest' }, 'params.sourceIps is needed by profile rest'],
    ['private without endpoints', { profile: 'private' }, 'params.vpcEndpoints is needed by profile private'],
    [
      'private with a Function URL',
      { profile: 'private', vpcEndpoints: 'vpce-0a1b2c3d', discoveryUrl: 'true' },
      'params.discoveryUrl cannot be true with profile private',
    ],
    [
      'rest with the proxies’ stage as its own',
      { profile: 'rest', sourceIps: '192.0.2.0/24', stage: 'v3' },
      'params.stage cannot be v3 with profile rest',
    ],
  ])('%s', (_case, more, message) => {
    expect(faultsOf(more)).toEqual([expect.stringContaining(message)]);
  });

  test('a stage v3 is as good as any other without a REST API', () => {
    expect(faultsOf({ stage: 'v3' })).toEqual([]);
  });
});

describe('what --param gives is looked at first', () => {
  const known = Object.keys(DEFAULTS);

  test.each<[given: string, message: string]>([
    ['cluster=prod', 'is not known; known are profile'],
    ['mutateConcurrency=many', 'is "many"; it must be a whole number'],
    ['advanceConcurrency=3', 'is "3"; it must be a whole number from 0 to 2'],
    ['mutateConcurrency', 'is ""; it must be a whole number'],
    ['__proto__=1', 'is not known'],
  ])('%s', (given, message) => {
    expect(checkGiven([given], known)).toEqual([
      { path: `params.${given.split('=')[0]}`, message: expect.stringContaining(message) },
    ]);
  });

  test('and nothing else is', () => {
    expect(checkGiven(['clusters=a,b', 'profile=x', 'revision=a=b', 'mutateConcurrency=7'], known)).toEqual([]);
  });
});

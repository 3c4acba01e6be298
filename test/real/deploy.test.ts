import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessRules } from '../../functions/registration/access-rules.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { at } from '../support/values.ts';
import { type Account, readAccount } from './support/aws-account.ts';
import { type EksCluster, startEksCluster } from './support/eks-cluster.ts';
import { newServiceFolder, runOsls } from './support/packaged-service.ts';
import { type Rehearsal, type RehearsalState, startRehearsal } from './support/rehearsal.ts';
import { whyNotApiServer, whyNotMoto, whyNotRuntimeClient } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'app', image: 'busybox' }] } };
const WEBHOOKS = 'mutatingwebhookconfigurations';
const RECORD = '/outrigger/default/clusters/prod';
const SIGNING_KEYS = '/outrigger/default/keys/path-token';

const whyNot = async (): Promise<string | undefined> =>
  (await whyNotRuntimeClient()) ?? (await whyNotMoto()) ?? (await whyNotApiServer());

/**
 * From nothing to an injected Pod by one deploy, and back, without AWS: osls deploys to moto, the zips run in the runtime
 * client, the endpoint is a local gateway with the routes that were deployed, and EKS is a kube-apiserver that lets IAM
 * roles in by aws-iam-authenticator's rules and the access entries of the stack.
 *
 * What moto cannot do, and the packaged template has to show: the architecture, the table's TTL and point-in-time
 * recovery, retries of asynchronous calls, IAM (nothing is refused for want of a permission), throttling, a schedule that
 * fires, the policy of the deployment bucket.
 */
await describeReal('osls deploy, update and remove', whyNot, () => {
  let aws: Rehearsal;
  let cluster: EksCluster;
  let folder: string;
  let account: Account;
  let state: RehearsalState;
  let namespace: string;

  const osls = async (...args: readonly string[]): Promise<string> =>
    await runOsls(folder, [...args, '--param', 'clusters=prod', '--param', 'defaultTemplates=envoy'], {
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-central-1',
    });
  const containersOf = async (name: string, ...args: readonly string[]): Promise<unknown> => {
    const pod = await cluster.createPod(namespace, { ...POD, metadata: { name } }, args);
    return pod.spec?.containers.map((container) => container.name);
  };
  /** The URL that the API server calls. */
  const registeredUrl = async (): Promise<string> => {
    const path = 'jsonpath={.webhooks[0].clientConfig.url}';
    return (await cluster.api.kubectl(['get', WEBHOOKS, 'outrigger', '-o', path])).stdout;
  };
  /** What CloudFormation asked of custom resources since a moment, and the logical ids that it did something to. */
  const asked = ({ history }: RehearsalState, from = 0): readonly string[] =>
    history.slice(from).flatMap(({ did, id }) => (did.startsWith('custom') ? [`${did} ${id}`] : []));

  beforeAll(async () => {
    folder = await newServiceFolder();
    aws = await startRehearsal(async (caFile, identities) => {
      cluster = await startEksCluster('prod', identities, caFile);
      return { prod: { endpoint: cluster.endpoint, ca: cluster.certificate } };
    });
    // The one thing that a person does in the cluster: outrigger cluster rbac | kubectl apply -f -
    const items = accessRules();
    await cluster.api.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    await ssmHarness(ssmClientFor(aws.url), 'default').put('envoy', document('envoy'));
    namespace = await cluster.namespace();
    await osls('deploy');
    account = await readAccount(aws.url);
    state = await aws.state();
  });
  afterAll(async () => {
    await aws?.stop();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('the functions are there, each with its own role, its share of the concurrency and a log that is not kept for ever', () => {
    expect(account.functions).toMatchObject({
      mutate: { runtime: 'nodejs24.x', timeout: 2, memory: 512, concurrency: 50 },
      canaries: { runtime: 'nodejs24.x', timeout: 10, memory: 512, concurrency: 5 },
      abort: { runtime: 'nodejs24.x', timeout: 10, memory: 512, concurrency: 5 },
      discovery: { runtime: 'nodejs24.x', timeout: 4, memory: 256, concurrency: 100 },
      advance: { runtime: 'nodejs24.x', timeout: 90, concurrency: 2 },
      register: { runtime: 'nodejs24.x', concurrency: 5 },
    });
    const names = Object.keys(account.functions);
    expect(names).toHaveLength(6);
    expect(new Set(Object.values(account.functions).map(({ role }) => role)).size).toBe(names.length);
    for (const name of names) expect(account.logGroups[`/aws/lambda/outrigger-production-${name}`]).toBe(30);
  });

  test('the routes are there, with who may call them and how often', () => {
    expect(account.routes).toMatchObject({
      'POST /v1/mutate/{cluster}/{token}': 'NONE',
      'POST /v3/{proxy+}': 'NONE',
      'ANY /apis/{proxy+}': 'AWS_IAM',
      'GET /apis': 'AWS_IAM',
      'POST /apis/outrigger.dev/v1alpha1/clusters/{cluster}/namespaces/{namespace}/canaries/{name}/abort': 'AWS_IAM',
      'POST /apis/outrigger.dev/v1alpha1/namespaces/{namespace}/canaries/{name}/abort': 'AWS_IAM',
    });
    for (const name of ['mutate', 'canaries', 'abort', 'discovery']) {
      const permissions = [account.permissions[name]].flat();
      const sources = permissions.map((one) => at(one, 'Condition', 'ArnLike', 'AWS:SourceArn'));
      // Polls come by a Function URL besides, which has no ARN.
      expect(sources.filter((source) => source === undefined)).toHaveLength(name === 'discovery' ? 2 : 0);
      expect(sources.find((source) => source !== undefined)).toMatch(/^arn:aws:execute-api:eu-central-1:\d{12}:/);
    }
    const [stage] = account.stages;
    expect(at(stage, 'defaultRouteSettings', 'throttlingRateLimit')).toBeGreaterThan(0);
    expect(at(stage, 'routeSettings', 'POST /v3/{proxy+}', 'throttlingRateLimit')).toBeGreaterThan(0);
    const format = at(stage, 'accessLogSettings', 'format');
    expect(format).toContain('$context.routeKey');
    expect(format).not.toContain('$context.path');
  });

  test('table, schedule, alarms, signing keys and record are there', () => {
    expect(account.tables).toMatchObject([
      { DeletionProtectionEnabled: true, BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } },
    ]);
    expect(account.schedules).toMatchObject([{ ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' }]);
    expect(account.alarms.length).toBeGreaterThan(5);
    expect(account.parameters).toMatchObject({ [SIGNING_KEYS]: 'SecureString', [RECORD]: 'String' });
  });

  test('the custom resources ran: the keys before the function that needs them, the registration after all else', () => {
    expect(asked(state)).toEqual(['custom Create Keys', 'custom Create RegistrationProd']);
    const order = state.history.map(({ did, id }) => `${did} ${id}`);
    expect(order.indexOf('custom Create Keys')).toBeLessThan(order.indexOf('create MutateLambdaFunction'));
    const before = order.slice(0, order.indexOf('custom Create RegistrationProd'));
    for (const route of order.filter((line) => line.startsWith('create HttpApi'))) expect(before).toContain(route);
    const keys = String(at(account.functions, 'mutate', 'environment', 'OUTRIGGER_PATH_KEYS'));
    expect(JSON.parse(keys)).toMatchObject({ keys: [{ kty: 'OKP', crv: 'Ed25519' }] });
    // Neither the private half of a key nor a token in what CloudFormation keeps.
    const answers = JSON.stringify(state.history.map(({ answer }) => answer));
    expect(answers).not.toMatch(/\\?"d\\?":|eyJ/);
  });

  test('the function came into the cluster by its role, as registrar and as nothing more', async () => {
    expect(new Set(cluster.entries)).toEqual(
      new Set([expect.stringMatching(/RegisterRole-\w+: outrigger:registrar$/)]),
    );
    const can = async (...what: readonly string[]): Promise<string> => {
      const as = ['--as', 'x', '--as-group', 'outrigger:registrar'];
      const { stdout } = await cluster.api.kubectl(['auth', 'can-i', ...what, ...as]).catch((error) => error);
      return String(stdout).trim();
    };
    expect(await can('patch', `${WEBHOOKS}/outrigger`)).toBe('yes');
    expect(await can('patch', `${WEBHOOKS}/other`)).toBe('no');
    expect(await can('create', 'pods')).toBe('no');
    expect(await can('get', 'secrets')).toBe('no');
  });

  test('one deploy, and a Pod is injected by the deployed zip', async () => {
    expect((await registeredUrl()).startsWith(`${aws.endpoint}/v1/mutate/prod/`)).toBe(true);
    // The very first one: the environment that answered the registrar's made-up review found the record then.
    expect(await containersOf('first')).toEqual(['app', 'envoy']);
    const lines = aws.functions.lines('outrigger-production-mutate').filter((line) => line.includes('"Injected"'));
    expect(lines.length).toBeGreaterThan(0);
  });

  test('an update keeps keys and URL, and Pods are injected as before', async () => {
    const from = (await aws.state()).history.length;
    const url = await registeredUrl();
    await osls('deploy', '--param', 'revision=2');
    expect(asked(await aws.state(), from)).toEqual(['custom Update RegistrationProd']);
    expect(await registeredUrl()).toBe(url);
    const { functions } = await readAccount(aws.url);
    expect(at(functions, 'mutate', 'environment')).toEqual(at(account.functions, 'mutate', 'environment'));
    expect(await containersOf('second')).toEqual(['app', 'envoy']);
  });

  test('remove takes the registration out of the cluster before the endpoint goes', async () => {
    const from = (await aws.state()).history.length;
    await osls('remove');
    const history = (await aws.state()).history.slice(from);
    const order = history.map(({ did, id }) => `${did} ${id}`);
    expect(order[0]).toBe('custom Delete RegistrationProd');
    expect(order.indexOf('custom Delete Keys')).toBeLessThan(order.indexOf('delete PathTokenKey'));
    expect(order.indexOf('custom Delete Keys')).toBeLessThan(order.indexOf('delete RegisterLambdaFunction'));
    const { stdout } = await cluster.api.kubectl(['get', WEBHOOKS, '-o', 'name']);
    expect(stdout).toBe('');
    expect(await containersOf('third')).toEqual(['app']);
  });

  test('and leaves, on purpose, the table, the templates and the record of the cluster; nothing else', async () => {
    const { tables, parameters, ...rest } = await readAccount(aws.url);
    expect(tables).toEqual(account.tables);
    expect(parameters).toEqual({ [RECORD]: 'String', '/outrigger/default/templates/envoy': 'String' });
    // The KMS key is kept by AWS for the days of its waiting period.
    expect({ ...rest, keys: [] }).toEqual({
      ...{ functions: {}, permissions: {}, routes: {}, stages: [], logGroups: {}, schedules: [], alarms: [] },
      ...{ roles: [], keys: [], stacks: [] },
    });
    expect((await aws.state()).accessEntries).toEqual([]);
  });
});

import { DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import type { Json } from '../../../functions/json/json.ts';
import { ssmClientFor } from '../../contract/ssm-harness.ts';
import { dynamoClientFor } from '../../support/dynamo-client.ts';
import { at } from '../../support/values.ts';

/** What is in an account, as the services' own APIs tell it; names without the stack's. */
export interface Account {
  readonly functions: Readonly<Record<string, Json>>;
  /** The policies that let others call the functions. */
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly routes: Readonly<Record<string, string>>;
  readonly stages: readonly Json[];
  /** Days of retention by log group. */
  readonly logGroups: Readonly<Record<string, unknown>>;
  readonly schedules: readonly Json[];
  readonly alarms: readonly string[];
  readonly roles: readonly string[];
  readonly tables: readonly unknown[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly keys: readonly string[];
  readonly stacks: readonly string[];
}

/** Reads it from moto. */
export async function readAccount(url: string): Promise<Account> {
  const ask = askOf(url);
  const all = list(await ask('lambda', 'GET', '/2015-03-31/functions/'), 'Functions');
  const functions: Record<string, Json> = {};
  const permissions: Record<string, unknown> = {};
  for (const one of all) {
    const { FunctionName, Runtime, Timeout, MemorySize, Role, Environment } = one;
    const name = String(FunctionName);
    const concurrency = await ask('lambda', 'GET', `/2019-09-30/functions/${name}/concurrency`);
    const policy = at(await ask('lambda', 'GET', `/2015-03-31/functions/${name}/policy`), 'Policy');
    const short = name.split('-').at(-1) ?? '';
    functions[short] = {
      runtime: Runtime,
      timeout: Timeout,
      memory: MemorySize,
      concurrency: at(concurrency, 'ReservedConcurrentExecutions'),
      role: String(Role).split('/').at(-1),
      environment: at(Environment, 'Variables') ?? {},
    };
    if (typeof policy === 'string') permissions[short] = at(JSON.parse(policy), 'Statement');
  }
  const routes: Record<string, string> = {};
  const stages: Json[] = [];
  for (const { apiId } of list(await ask('apigateway', 'GET', '/v2/apis'), 'items')) {
    for (const route of list(await ask('apigateway', 'GET', `/v2/apis/${apiId}/routes`), 'items')) {
      routes[String(route['routeKey'])] = String(route['authorizationType']);
    }
    stages.push(...list(await ask('apigateway', 'GET', `/v2/apis/${apiId}/stages`), 'items'));
  }
  const groups = list(await ask('logs', 'POST', '/', 'Logs_20140328.DescribeLogGroups', {}), 'logGroups');
  return {
    functions,
    permissions,
    routes,
    stages,
    logGroups: Object.fromEntries(groups.map((g) => [String(g['logGroupName']), g['retentionInDays']])),
    schedules: await readSchedules(ask),
    alarms: list(
      await ask('monitoring', 'POST', '/', 'GraniteServiceVersion20100801.DescribeAlarms', {}),
      'MetricAlarms',
    ).map(({ AlarmName }) => String(AlarmName)),
    roles: await namesIn(url, 'iam', 'ListRoles', 'RoleName'),
    stacks: await namesIn(url, 'cloudformation', 'DescribeStacks', 'StackName'),
    tables: await readTables(url),
    parameters: await readParameters(url),
    keys: list(await ask('kms', 'POST', '/', 'TrentService.ListKeys', {}), 'Keys').map((key) => String(key['KeyId'])),
  };
}

type Ask = (service: string, method: string, path: string, target?: string, body?: object) => Promise<unknown>;

function askOf(url: string): Ask {
  return async (service, method, path, target, body) => {
    // A type makes moto take any request for the JSON protocol.
    const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target ?? '' };
    const response = await fetch(url + path, {
      method,
      headers: { ...signed(service), ...(target === undefined ? {} : json) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return text === '' ? {} : JSON.parse(text);
  };
}

/** moto reads the service and region from a signature, and nothing else. */
export function signed(service: string): { authorization: string } {
  const scope = `test/20260101/eu-central-1/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
}

/** Names in the XML answer of a service with the Query protocol. */
async function namesIn(url: string, service: string, action: string, element: string): Promise<string[]> {
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08' });
  const text = await (await fetch(url, { method: 'POST', headers: signed(service), body })).text();
  return [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, name = '']) => name);
}

async function readSchedules(ask: Ask): Promise<Json[]> {
  const names = list(await ask('scheduler', 'GET', '/schedules'), 'Schedules').map(({ Name }) => String(Name));
  return await Promise.all(names.map(async (name) => (await ask('scheduler', 'GET', `/schedules/${name}`)) as Json));
}

async function readTables(url: string): Promise<unknown[]> {
  const client = dynamoClientFor(url);
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  return await Promise.all(
    TableNames.map(async (TableName) => (await client.send(new DescribeTableCommand({ TableName }))).Table),
  );
}

async function readParameters(url: string): Promise<Record<string, unknown>> {
  const { Parameters = [] } = await ssmClientFor(url).send(new DescribeParametersCommand({}));
  return Object.fromEntries(Parameters.map(({ Name, Type }) => [Name, Type]));
}

function list(value: unknown, key: string): Json[] {
  const found = at(value, key);
  return Array.isArray(found) ? found : [];
}

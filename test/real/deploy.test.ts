import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { at } from '../support/values.ts';
import { type Account, readAccount } from './support/aws-account.ts';
import { copyService, runOsls } from './support/packaged-service.ts';
import { type Rehearsal, startRehearsal } from './support/rehearsal.ts';
import { whyNotMoto, whyNotRuntimeClient } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const whyNot = async (): Promise<string | undefined> => (await whyNotRuntimeClient()) ?? (await whyNotMoto());

/**
 * A whole deployment, without AWS. What moto cannot do, and who looks at it instead (the packaged template): architecture,
 * TTL and point-in-time recovery of the table, asynchronous retries, policies (nothing is refused for want of a
 * permission), throttling, a schedule that fires.
 */
await describeReal('osls deploy, update and remove, against moto', whyNot, () => {
  let aws: Rehearsal;
  let folder: string;
  let account: Account;
  const osls = async (...args: readonly string[]): Promise<string> =>
    await runOsls(folder, args, {
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-central-1',
    });
  beforeAll(async () => {
    aws = await startRehearsal();
    folder = await copyService();
    await osls('deploy');
    account = await readAccount(aws.url);
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await aws?.stop();
  });

  test('the functions are there, each with its own role, its share of the concurrency and a log that is not kept for ever', () => {
    expect(account.functions).toMatchObject({
      mutate: { runtime: 'nodejs24.x', timeout: 2, memory: 512, concurrency: 50 },
      canaries: { runtime: 'nodejs24.x', timeout: 10, memory: 512, concurrency: 5 },
      discovery: { runtime: 'nodejs24.x', timeout: 4, memory: 512, concurrency: 20 },
    });
    const names = Object.keys(account.functions);
    const roles = Object.values(account.functions).map(({ role }) => role);
    expect(new Set(roles).size).toBe(names.length);
    for (const name of names) expect(account.logGroups[`/aws/lambda/outrigger-production-${name}`]).toBe(30);
    for (const name of names) {
      const [permission] = [account.permissions[name]].flat();
      expect(at(permission, 'Condition', 'ArnLike', 'AWS:SourceArn')).toMatch(
        /^arn:aws:execute-api:eu-central-1:\d{12}:/,
      );
    }
  });

  test('the routes are there, with who may call them and how often', () => {
    expect(account.routes).toEqual({
      'POST /v1/mutate/{cluster}/{token}': 'NONE',
      'POST /v3/{proxy+}': 'NONE',
      'ANY /apis/{proxy+}': 'AWS_IAM',
      'GET /apis': 'AWS_IAM',
      'GET /healthz': 'AWS_IAM',
    });
    const [stage] = account.stages;
    expect(at(stage, 'defaultRouteSettings')).toMatchObject({ throttlingBurstLimit: 2000, throttlingRateLimit: 2000 });
    const { format } = { format: '', ...Object(at(stage, 'accessLogSettings')) };
    expect(format).toContain('$context.routeKey');
    expect(format).not.toContain('$context.path');
  });

  test('the table is there, and protected', () => {
    expect(account.tables).toMatchObject([
      { DeletionProtectionEnabled: true, BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } },
    ]);
  });

  test('a second deploy changes nothing that stands', async () => {
    await osls('deploy', '--force');
    expect(await readAccount(aws.url)).toEqual(account);
  });

  test('remove leaves the table, which is retained on purpose, and nothing else', async () => {
    await osls('remove');
    const { tables, ...rest } = await readAccount(aws.url);
    expect(tables).toEqual(account.tables);
    expect(rest).toEqual({
      ...{ functions: {}, permissions: {}, routes: {}, stages: [], logGroups: {}, schedules: [], alarms: [] },
      ...{ roles: [], parameters: {}, keys: [], stacks: [] },
    });
  });
});

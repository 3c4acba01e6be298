import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { webhookConfiguration } from '../../functions/registration/objects/webhook-configuration.ts';
import { type LocalEndpoint, writeLocalEndpoint } from '../../infra/local/server/endpoint-file.ts';
import { openStateDir } from '../../infra/local/server/state.ts';
import { outrigger, type Run } from '../support/outrigger.ts';

const WEBHOOK_URL = 'https://127.0.0.1:8443/v1/mutate/local/a.b.c';
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'outrigger-webhook-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function webhook(...args: string[]): Promise<Run> {
  return await outrigger(['webhook', '--state-dir', dir, ...args]);
}

/** Publishes an endpoint as a running gateway does. */
async function publish(more: Partial<LocalEndpoint> = {}): Promise<void> {
  await openStateDir(dir);
  await mkdir(join(dir, 'tls'), { recursive: true });
  const caFile = join(dir, 'tls', 'ca.crt');
  await writeFile(caFile, 'PEM\n');
  await writeLocalEndpoint(dir, {
    url: 'https://127.0.0.1:8443',
    webhookUrl: WEBHOOK_URL,
    apiUrl: 'http://127.0.0.1:1/apis',
    discoveryUrl: 'http://127.0.0.1:1/v3/discovery',
    caFile,
    pid: process.pid,
    ...more,
  });
}

describe('without', () => {
  const oneLine = (words: RegExp): Run => ({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^error: [^\\n]*${words.source}[^\\n]*\\n$`)),
  });

  test('an endpoint it says how to start one', async () => {
    expect(await webhook()).toEqual(oneLine(/no endpoint is running.*npm start -- --https/));
  });

  test('a living endpoint it says the same', async () => {
    // Linux gives no pid beyond 4,194,304.
    await publish({ pid: 4_194_305 });
    expect(await webhook()).toEqual(oneLine(/no endpoint is running/));
  });

  test('HTTPS it says what to do', async () => {
    await writeLocalEndpoint(dir, {
      url: 'http://127.0.0.1:1',
      webhookUrl: 'http://127.0.0.1:1/x',
      apiUrl: 'http://127.0.0.1:1/apis',
      discoveryUrl: 'http://127.0.0.1:1/v3/discovery',
      pid: process.pid,
    });
    expect(await webhook()).toEqual(oneLine(/serves HTTP; .*npm start -- --https/));
  });

  test.each<[string, string]>([
    ['is cut', '{"url": '],
    ['is null', 'null'],
    ['holds no endpoint', '{}'],
  ])('a readable local.json it is one line, too: the file %s', async (_case, text) => {
    await writeFile(join(dir, 'local.json'), text);
    expect(await webhook()).toEqual(oneLine(/local\.json|no endpoint is running/));
  });
});

describe('the registration', () => {
  test('is the same object in YAML and JSON, with URL and authority', async () => {
    await publish();
    const [yaml, json] = await Promise.all([webhook(), webhook('-o', 'json')]);
    expect([yaml.code, json.code, yaml.stderr, json.stderr]).toEqual([0, 0, '', '']);
    expect(parse(yaml.stdout)).toEqual(webhookConfiguration({ url: WEBHOOK_URL, ca: 'PEM\n' }));
    expect(JSON.parse(json.stdout)).toEqual(parse(yaml.stdout));
  });

  test.each<[string[], Record<string, unknown>]>([
    [['--failure-policy', 'Fail'], { failurePolicy: 'Fail' }],
    [['--reinvocation-policy', 'IfNeeded'], { reinvocationPolicy: 'IfNeeded' }],
    [['--timeout-seconds', '30'], { timeoutSeconds: 30 }],
  ])('takes %j', async (args, wanted) => {
    await publish();
    expect(parse((await webhook(...args)).stdout).webhooks).toMatchObject([wanted]);
  });

  test.each<[string[]]>([
    [['--failure-policy', 'ignore']],
    [['--reinvocation-policy', 'Always']],
    [['--timeout-seconds', '0']],
    [['--timeout-seconds', '31']],
    [['--timeout-seconds', '1.5']],
    [['--timeout-seconds', 'x']],
    [['--timeout-seconds', '']],
    [['-o', 'xml']],
    [['--fail']],
  ])('refuses %j', async (args) => {
    await publish();
    const { code, stdout, stderr } = await webhook(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(args[0]);
  });
});

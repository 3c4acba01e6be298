import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LabelParameterVersionCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  generatePathTokenKeys,
  mintPathToken,
  type PathTokenKeys,
} from '../../functions/registration/keys/mint-path-token.ts';
import { writeSnapshot } from '../../functions/template-store/cache/bundled-templates.ts';
import { bundleEntryPoints } from '../../infra/deploy/bundle.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { reviewDocument } from '../support/reviews.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';

const POD = { metadata: { name: 'p' }, spec: { containers: [{ name: 'app', image: 'busybox' }] } };

/** Loads the module as Lambda's INIT does, calls the handler twice, prints what it saw. */
const RUNNER = `
const started = performance.now();
const { handler } = await import(process.argv[1]);
const initMs = performance.now() - started;
const rawPath = process.env.RAW_PATH;
const event = { version: '2.0', rawPath, rawQueryString: 'timeout=3s', headers: { 'content-type': 'application/json' },
  requestContext: { http: { method: 'POST', path: rawPath }, stage: '$default' }, body: process.env.BODY, isBase64Encoded: false };
const results = [await handler(event), await handler(event)];
console.log(JSON.stringify({ initMs, results, parameters: handler.length }));
process.exit(0);`;

interface Seen {
  readonly initMs: number;
  readonly results: readonly { statusCode: number; body: string }[];
  readonly parameters: number;
  readonly log: readonly Record<string, unknown>[];
}

describe('the bundled mutate entry point, in a fresh process', () => {
  let folder: string;
  let fake: SsmFake;
  let env: Record<string, string>;
  let keys: PathTokenKeys;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outrigger-bundle-'));
    await bundleEntryPoints(folder);
    fake = await startSsmFake();
    const client = ssmClientFor(fake.url);
    const put = (Name: string, value: unknown): Promise<unknown> =>
      client.send(new PutParameterCommand({ Name, Value: JSON.stringify(value), Type: 'String' }));
    const Name = '/outrigger/f/templates/envoy';
    await put(Name, document('envoy'));
    await client.send(new LabelParameterVersionCommand({ Name, Labels: ['stable'] }));
    await put('/outrigger/f/clusters/c1', { defaultTemplates: ['envoy'] });
    keys = await generatePathTokenKeys('k1');
    env = {
      AWS_ENDPOINT_URL: fake.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      OUTRIGGER_FLEET: 'f',
      OUTRIGGER_PATH_KEYS: JSON.stringify({ keys: [keys.publicJwk] }),
      RAW_PATH: `/v1/mutate/c1/${await mintPathToken(keys.privateJwk, 'f', 'c1', 1)}`,
      BODY: JSON.stringify(reviewDocument(POD)),
    };
  });
  afterAll(async () => {
    fake.close();
    await rm(folder, { recursive: true });
  });

  test('it has at most 420 KB with the snapshot of the shipped templates (design §9)', async () => {
    expect((await stat(join(folder, 'mutate.mjs'))).size).toBeLessThanOrEqual(420 * 1_024);
  });

  test('no builtin is imported as an ES module, which would evaluate the getters of all its exports', async () => {
    const code = await readFile(join(folder, 'mutate.mjs'), 'utf8');
    expect(code.match(/\b(?:from|import) ?["']node:\w+/g)).toBeNull();
    expect(code.includes('getBuiltinModule("node:crypto")')).toBe(true);
  });

  test('nothing looks for the configuration files of a desk', async () => {
    const code = await readFile(join(folder, 'mutate.mjs'), 'utf8');
    expect(code.includes('AWS_CONFIG_FILE')).toBe(false);
  });

  async function start(more: Record<string, string> = {}, from = folder): Promise<Seen> {
    const args = ['--input-type=module', '-e', RUNNER, join(from, 'mutate.mjs')];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...env, ...more } });
    const lines: Record<string, unknown>[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const seen = lines.pop();
    return { initMs: 0, results: [], parameters: 0, ...seen, log: lines };
  }

  test('injects from Parameter Store, with every read done at INIT and none by the requests', async () => {
    fake.calls.length = 0;
    const { results, log, parameters } = await start();
    expect(results.map((r) => r.statusCode)).toEqual([200, 200]);
    const { response } = JSON.parse(results[0]?.body ?? '');
    const patch: { path: string }[] = JSON.parse(Buffer.from(response.patch, 'base64').toString());
    expect(patch.map((o) => o.path)).toEqual(['/metadata/annotations', '/spec/containers/-']);
    expect(results[1]?.body).toBe(results[0]?.body);
    expect(fake.calls.toSorted()).toEqual(['GetParametersByPath', 'GetParametersByPath']);
    expect(log).toMatchObject([
      { reason: 'Injected', cluster: 'c1' },
      { reason: 'Injected', cluster: 'c1' },
    ]);
    // The runtime client of Node 24 refuses a handler that declares a callback.
    expect(parameters).toBeLessThanOrEqual(2);
  });

  test('without a cluster record it answers nobody: that Parameter Store knows none is a refusal, no failure', async () => {
    const token = await mintPathToken(keys.privateJwk, 'f', 'c2', 1);
    const { results } = await start({ RAW_PATH: `/v1/mutate/c2/${token}` });
    expect(results.map((r) => r.statusCode)).toEqual([403, 403]);
  });

  test('throttled, it knows the error by its name, though only Parameter Store’s errors have classes', async () => {
    const code = await readFile(join(folder, 'mutate.mjs'), 'utf8');
    expect(code.match(/\w+(StepNotFound|ItemNotFound|ParameterNotFound)\w*/g)).toBeNull();
    fake.trouble = { kind: 'error', type: 'ThrottlingException', status: 400 };
    const { log } = await start().finally(() => {
      fake.trouble = undefined;
    });
    expect(log).toContainEqual(expect.objectContaining({ name: 'stable', why: 'ThrottlingException' }));
  });

  test('with Parameter Store down at INIT it still opens, bounded in time, and answers 500', async () => {
    fake.trouble = { kind: 'hang' };
    const { results, initMs } = await start().finally(() => {
      fake.trouble = undefined;
    });
    expect(initMs).toBeLessThan(4_000);
    expect(results.map((r) => r.statusCode)).toEqual([500, 500]);
    expect(results[0]?.body).toContain('TemplateStoreUnavailable');
  });

  describe('with a snapshot', () => {
    const stored = { name: 'envoy', version: '7', document: document('envoy', 'from-the-snapshot:7') };
    const text = writeSnapshot({ channels: { stable: [stored] }, records: { c1: { defaultTemplates: ['envoy'] } } });
    let other: string;

    beforeAll(async () => {
      other = await mkdtemp(join(tmpdir(), 'outrigger-snapshot-'));
      await writeFile(join(other, 'snapshot.json'), text);
      await bundleEntryPoints(other, join(other, 'snapshot.json'));
    });
    afterAll(async () => await rm(other, { recursive: true }));

    test('with Parameter Store down at INIT it injects from the snapshot, and warns', async () => {
      fake.trouble = { kind: 'reset' };
      const { results } = await start({}, other).finally(() => {
        fake.trouble = undefined;
      });
      expect(results.map((r) => r.statusCode)).toEqual([200, 200]);
      const { response } = JSON.parse(results[0]?.body ?? '');
      expect(Buffer.from(response.patch, 'base64').toString()).toContain('from-the-snapshot:7');
      expect(response.warnings).toEqual([expect.stringContaining('the snapshot of the deployment decided')]);
    });

    test('with Parameter Store up nothing of it is served', async () => {
      const { response } = JSON.parse((await start({}, other)).results[0]?.body ?? '');
      expect(Buffer.from(response.patch, 'base64').toString()).toContain('lyft/envoy:1');
      expect(response.warnings).toBeUndefined();
    });

    test('one that was changed is refused at build', async () => {
      await writeFile(join(other, 'poisoned.json'), text.replace('from-the-snapshot', 'from-elsewhere'));
      await expect(bundleEntryPoints(other, join(other, 'poisoned.json'))).rejects.toThrow('checksum');
    });

    test('and at start: 500, with the reason in the log', async () => {
      const poisoned = await mkdtemp(join(other, 'poisoned-'));
      const code = await readFile(join(other, 'mutate.mjs'), 'utf8');
      await writeFile(join(poisoned, 'mutate.mjs'), code.replace('from-the-snapshot', 'from-elsewhere'));
      const { results, log } = await start({}, poisoned);
      expect(results.map((r) => r.statusCode)).toEqual([500, 500]);
      expect(log[0]).toMatchObject({ why: expect.stringContaining('checksum of the snapshot does not match') });
    });
  });

  test('misconfigured, it answers 500 and says in its log what is wrong, without a value', async () => {
    const { results, log } = await start({ OUTRIGGER_PATH_KEYS: '{"keys":[{"secret":"hunter2"}]}' });
    expect(results.map((r) => r.statusCode)).toEqual([500, 500]);
    expect(log[0]).toMatchObject({ level: 'error', message: 'function is misconfigured' });
    expect(JSON.stringify([log, results])).not.toContain('hunter2');
  });
});

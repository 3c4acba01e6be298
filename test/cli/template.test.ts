import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSnapshot } from '../../functions/template-store/cache/bundled-templates.ts';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';

const ENV = { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app, image: a:1}]}\n';
let root = '';
let fake: SsmFake;

beforeAll(async () => {
  fake = await startSsmFake();
  root = await mkdtemp(join(tmpdir(), 'outrigger-template-'));
  await write('pod.yaml', POD);
  await write('envoy.yaml', template('envoy:1'));
});
afterAll(async () => {
  fake.close();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  fake.trouble = undefined;
  await ssmHarness(ssmClientFor(fake.url), 'shop').clear();
});

const template = (image: string): string => `containers: [{name: envoy, image: "${image}"}]\n`;
const write = async (file: string, text: string): Promise<void> => await writeFile(join(root, file), text);

/** Runs `outrigger template` in the temporary folder. */
async function run(args: readonly string[], env: Record<string, string> = KEYS): Promise<Run> {
  return await outrigger(['template', ...args], { cwd: root, env: { ...ENV, ...env } });
}
/** The same with the fleet `shop` on the fake. */
const fleet = async (...args: string[]): Promise<Run> =>
  await run([...args, '--fleet', 'shop', '--region', 'eu-central-1', '--endpoint-url', fake.url]);
const publisherOf = (): ReturnType<typeof createSsmPublisher> =>
  createSsmPublisher(ssmClientFor(fake.url), 'shop', Date.now);
const publish = async (...images: string[]): Promise<void> => {
  const publisher = publisherOf();
  for (const image of images) {
    const pod = { spec: { containers: [{ name: 'envoy', image }] } };
    await publisher.publish('envoy', {
      apiVersion: 'outrigger.dev/v1alpha1',
      kind: 'SidecarTemplate',
      metadata: { name: 'envoy' },
      spec: { pod },
    });
  }
};

describe('outrigger template lint', () => {
  test('a folder is every manifest in it, a pattern every file that fits', async () => {
    await mkdir(join(root, 'many', 'below'), { recursive: true });
    for (const file of ['many/b.yml', 'many/a.yaml', 'many/notes.txt', 'many/below/c.yaml'])
      await write(file, template(`${file}:1`));
    const linted = async (...files: string[]): Promise<unknown> => {
      const { code, stdout } = await run(['lint', ...files.flatMap((file) => ['-f', file]), '-o', 'json']);
      return [code, JSON.parse(stdout).map(({ file }: { file: string }) => file)];
    };
    expect(await linted('many')).toEqual([0, ['many/a.yaml', 'many/b.yml']]);
    expect(await linted('many/*.y*ml', 'envoy.yaml')).toEqual([0, ['many/a.yaml', 'many/b.yml', 'envoy.yaml']]);
    expect(await linted('many/[b]*', 'many/b.yml')).toEqual([0, ['many/b.yml', 'many/b.yml']]);
    await write('many/[x].yaml', template('x:1'));
    // A file of that very name; as the name of a template it is an error.
    expect(await linted('many/[x].yaml')).toEqual([1, ['many/[x].yaml']]);
    await mkdir(join(root, 'empty'));
    for (const [file, message] of [
      ['empty', 'error: folder empty holds no .yaml, .yml or .json file\n'],
      ['none/*.yaml', 'error: no file fits none/*.yaml\n'],
      ['none.yaml', 'error: there is no file none.yaml\n'],
    ] as const) {
      expect(await run(['lint', '-f', file])).toEqual({ code: 1, stdout: '', stderr: message });
    }
    expect((await run(['lint', '-f', '-', '-f', '-'])).stderr).toBe('error: standard input can be read only once\n');
  });

  test('warnings: exit 0, with the level that it needs', async () => {
    const { code, stdout, stderr } = await run(['lint', '-f', 'envoy.yaml']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^envoy\.yaml: warning: .*\(service-account-token\)\nenvoy\.yaml: needs the Pod Security level baseline \(/,
    );
  });

  test('errors: exit 1; -o json for machines', async () => {
    await write('bad.yaml', 'containers: [{name: a, image: "a:1", env: [{name: PASSWORD, value: hunter2}]}]\n');
    const { code, stdout } = await run(['lint', '-f', 'envoy.yaml', 'bad.yaml', '-o', 'json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'envoy', podSecurity: { level: 'baseline' } },
      { file: 'bad.yaml', findings: [{ level: 'error', rule: 'literal-secret' }, { level: 'warning' }] },
    ]);
    expect(stdout).not.toContain('hunter2');
  });
});

describe('outrigger template, from publish to rollback', () => {
  test('the whole way', async () => {
    expect(await fleet('list')).toMatchObject({ code: 0, stdout: 'No templates in fleet shop.\n' });
    const first = await fleet('publish', '-f', 'envoy.yaml');
    expect(first).toMatchObject({ code: 0, stdout: 'template/envoy published as version 1, served by stable\n' });
    await write('envoy.yaml', template('envoy:2'));
    const second = await fleet('publish', '-f', 'envoy.yaml');
    expect(second.stdout).toMatch(/^template\/envoy published as version 2, served by no channel; .* promote envoy\n$/);
    expect((await fleet('publish', '-f', 'envoy.yaml', '-o', 'name')).stdout).toBe('template/envoy\n');
    expect((await fleet('promote', 'envoy')).stdout).toBe(
      'template/envoy promoted: channel stable serves version 2 (before: 1)\n',
    );
    expect((await fleet('rollback', 'envoy')).stdout).toBe(
      'template/envoy rolled back: channel stable serves version 1 (before: 2)\n',
    );
    expect((await fleet('list')).stdout).toMatch(
      /^NAME +NEWEST +CHANNELS +MODIFIED\nenvoy +2 +stable=1 +20\d\d-.*Z\n$/,
    );
    const history = await fleet('history', 'envoy');
    expect(history.stdout.split('\n').map((line) => line.split(/ +/).slice(0, 3))).toEqual([
      ['VERSION', 'CHANNELS', 'BEFORE'],
      ['2', '<none>', 'stable'],
      ['1', 'stable', '<none>'],
      [''],
    ]);
    expect((await fleet('prune')).stdout).toBe('No dead parts.\n');
    await write('envoy.yaml', template('envoy:1'));
  }, 60_000);

  test('get prints a document that can be published again', async () => {
    await publish('envoy:1', 'envoy:2');
    const { stdout } = await fleet('get', 'envoy', '--channel', 'stable');
    expect(parse(stdout)).toMatchObject({ kind: 'SidecarTemplate', metadata: { name: 'envoy' } });
    expect(stdout).toContain('image: envoy:1');
    expect((await fleet('get', 'envoy', '-o', 'json')).stdout).toContain('"envoy:2"');
  });

  test('publish refuses what lint calls an error, before anything is called', async () => {
    await write('bad.yaml', 'containers: [{name: a, image: "a:1", env: [{name: A_TOKEN, value: hunter2}]}]\n');
    fake.calls.length = 0;
    const { code, stderr } = await fleet('publish', '-f', 'envoy.yaml', 'bad.yaml');
    expect([code, fake.calls]).toEqual([1, []]);
    expect(stderr).toMatch(/error: bad\.yaml: error: spec\.pod\.spec\.containers\[0\]\.env\[0\]\.value: A_TOKEN looks/);
  });
});

describe('outrigger template diff', () => {
  test('shows what Pods would get, and exits 1', async () => {
    await publish('envoy:1', 'envoy:2');
    const { code, stdout, stderr } = await fleet('diff', 'envoy', '-f', 'pod.yaml');
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('--- Pod/web with envoy@1\n+++ Pod/web with envoy@2\n');
    const changed = stdout.split('\n').filter((line) => /^[-+] /.test(line));
    expect(changed).toEqual(['-      image: envoy:1', '+      image: envoy:2']);
  });

  test('no difference: exit 0 and nothing', async () => {
    await publish('envoy:1');
    const diff = await fleet('diff', 'envoy', '-f', 'pod.yaml', '--candidate', 'envoy.yaml');
    expect([diff.code, diff.stdout]).toEqual([0, '']);
  });

  test('a Pod that neither reaches is named, and hides no difference of another', async () => {
    await publish('envoy:1', 'envoy:2');
    await write(
      'out.yaml',
      `${POD}---\n${POD.replace('{name: web}', '{name: out, labels: {outrigger.dev/inject: "false"}}')}`,
    );
    const { code, stdout, stderr } = await fleet('diff', 'envoy', '-f', 'out.yaml');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^Pod\/out: left alone by both: [^\n]* \(OptedOut\)\n$/)]);
    expect(stdout.match(/^---/gm)).toHaveLength(1);
  });

  test('a Pod that the candidate cannot be put into', async () => {
    await publish('envoy:1');
    await write('clash.yaml', 'containers: [{name: app, image: "other:1"}]\n');
    await write(
      'named.yaml',
      `apiVersion: outrigger.dev/v1alpha1\nkind: SidecarTemplate\nmetadata: {name: envoy}\nspec: {pod: {spec: {containers: [{name: app, image: "b:1"}]}}}\n`,
    );
    const { code, stdout } = await fleet('diff', 'envoy', '-f', 'pod.yaml', '--candidate', 'named.yaml');
    expect([code, stdout]).toEqual([1, expect.stringContaining('+# not injected: ')]);
    // By both: nothing is compared, and that is no "no difference".
    await publisherOf().publish('envoy', parse(await readFile(join(root, 'named.yaml'), 'utf8')));
    await fleet('promote', 'envoy');
    expect(await fleet('diff', 'envoy', '-f', 'pod.yaml', '--candidate', 'named.yaml')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/\nPod\/web: refused by both: .* \(ContainerNameConflict\)\n$/),
    });
    const other = await fleet('diff', 'envoy', '-f', 'pod.yaml', '--candidate', 'clash.yaml');
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('clash.yaml is template clash, not envoy')]);
  });
});

test('outrigger template snapshot writes what every channel serves, and the records', async () => {
  await publish('envoy:1', 'envoy:2');
  await ssmHarness(ssmClientFor(fake.url), 'shop').putClusterRecord('prod', {
    defaultTemplates: ['envoy'],
    next: { channel: 'canary', share: 10 },
  });
  await fleet('promote', 'envoy', '--channel', 'canary');
  const { stdout } = await fleet('snapshot', '--file', 'snapshot.json');
  expect(stdout).toBe('snapshot.json written: templates stable: 1, canary: 1; cluster records: 1\n');
  const snapshot = readSnapshot(await readFile(join(root, 'snapshot.json'), 'utf8'));
  expect(snapshot.templates('stable')?.get('envoy')?.version).toBe('1');
  expect(snapshot.templates('canary')?.get('envoy')?.version).toBe('2');
  expect(snapshot.record('prod')).toMatchObject({
    defaultTemplates: ['envoy'],
    next: { channel: 'canary', share: 10 },
  });
});

describe('what goes wrong is one line', () => {
  const denied = { kind: 'error', type: 'AccessDeniedException', status: 400 } as const;
  test.each<[string, () => Promise<Run>, RegExp]>([
    ['nothing of that name', () => fleet('history', 'none'), /^error: there is no template none in fleet shop\n$/],
    ['a version in words', () => fleet('promote', 'envoy', '--to', 'two'), /must be a version number, from 1/],
    ['a fleet in no grammar', () => run(['list', '--fleet', 'a/b']), /^error: --fleet must be letters, [^\n]*\n$/],
    ['no region', () => run(['list']), /^error: no AWS region was found; use --region, or set AWS_REGION\n$/],
    [
      'no credentials',
      () => run(['list', '--region', 'eu-central-1', '--endpoint-url', fake.url], {}),
      /^error: no AWS credentials were found; [^\n]*\n$/,
    ],
    [
      'nobody there',
      () => run(['list', '--region', 'eu-central-1', '--endpoint-url', 'http://127.0.0.1:1']),
      /^error: AWS Systems Manager cannot be reached \(ECONNREFUSED\)\n$/,
    ],
    [
      'access denied',
      () => {
        fake.trouble = denied;
        return fleet('list');
      },
      /^error: AWS Systems Manager answered AccessDeniedException: as ordered\n$/,
    ],
  ])('%s', async (_, call, message) => {
    const { code, stdout, stderr } = await call();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
  });
});

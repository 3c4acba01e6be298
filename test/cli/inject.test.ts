import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type InjectFolder, makeInjectFolder } from '../support/inject-folder.ts';

let folder: InjectFolder;

beforeEach(async () => {
  folder = await makeInjectFolder();
});
afterEach(async () => await folder.remove());

const write = (file: string, text: string) => folder.write(file, text);
const inject = (args: readonly string[], stdin?: string) => folder.inject(args, stdin);

const pod = (name: string, metadata = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}${metadata}}\nspec: {containers: [{name: app, image: "app:1"}]}\n`;

/** The names of the containers of every document. */
function containers(text: string): unknown[] {
  return [...parseAllDocuments(text)].map((document): unknown => {
    expect(document.errors).toEqual([]);
    return document.toJS().spec.containers.map((c: { name: string }) => c.name);
  });
}

describe('input', () => {
  test('comes from standard input by -f -', async () => {
    const { code, stdout } = await inject(['-f', '-'], pod('a'));
    expect([code, containers(stdout)]).toEqual([0, [['app', 'one']]]);
  });

  test.each<[string, string[]]>([
    ['with one -f each', ['-f', 'a.yaml', '-f', 'b.yaml']],
    ['with one -f for both', ['-f', 'a.yaml', 'b.yaml']],
  ])('from several files stays several documents, %s', async (_case, args) => {
    await write('a.yaml', pod('a'));
    await write('b.yaml', pod('b').trimEnd());
    const { stdout } = await inject(args);
    expect(containers(stdout)).toEqual([
      ['app', 'one'],
      ['app', 'one'],
    ]);
  });

  test('from several files that are left alone stays several documents', async () => {
    await write('a.yaml', 'kind: A');
    await write('b.yaml', 'kind: B\n');
    const { stdout } = await inject(['-f', 'a.yaml', '-f', 'b.yaml']);
    expect([...parseAllDocuments(stdout)].map((d): unknown => d.toJS())).toEqual([{ kind: 'A' }, { kind: 'B' }]);
  });

  test.each(['yaml', 'json'])('may be JSON, the output %s', async (format) => {
    await write('a.json', JSON.stringify(parse(pod('a')), null, 2));
    const { stdout } = await inject(['-f', 'a.json', '-o', format]);
    expect(parse(stdout).spec.containers).toEqual([
      { name: 'app', image: 'app:1' },
      { name: 'one', image: 'one:1' },
    ]);
  });

  test('may have CRLF line ends; documents without a Pod keep them', async () => {
    const other = 'apiVersion: v1\r\nkind: ConfigMap\r\ndata: {a: b}\r\n';
    const { stdout } = await inject(['-f', '-'], `${other}---\r\n${pod('a').replaceAll('\n', '\r\n')}`);
    expect(stdout.startsWith(other)).toBe(true);
    const [, changed] = parseAllDocuments(stdout);
    expect(changed?.toJS().spec.containers).toHaveLength(2);
  });

  test('with a key that is there twice is read as kubectl reads it, with a warning', async () => {
    const twice = pod('a').replace('metadata:', 'metadata: {name: first}\nmetadata:');
    const { code, stdout, stderr } = await inject(['-f', '-'], twice);
    expect([code, parse(stdout).metadata.name]).toEqual([0, 'a']);
    expect(stderr).toMatch(/^warning: standard input:\d+:1: the key "metadata" is there twice; this one counts\n/);
  });

  test('may be empty', async () => {
    expect(await inject(['-f', '-'], '')).toMatchObject({ code: 0, stdout: '' });
  });

  test.each<[string, string[], string, RegExp]>([
    ['a file that is missing', ['-f', 'none.yaml'], '', /^error: there is no file none\.yaml\n$/],
    ['no file at all', [], '', /required option '-f/],
    ['text that is no YAML', ['-f', '-'], 'a: [\n', /^error: standard input:2:1: [^\n]*\n$/],
    ['an alias bomb', ['-f', '-'], bomb(), /^error: [^\n]*alias[^\n]*\n$/i],
  ])('of %s is one line and exit 1', async (_case, args, stdin, message) => {
    expect(await inject(args, stdin)).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
  });
});

/** Nine aliases to nine aliases to …: 9^8 nodes. */
function bomb(): string {
  const level = (i: number): string => `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]\n`;
  return `a0: &a0 x\n${Array.from({ length: 8 }, (_, i) => level(i + 1)).join('')}`;
}

describe('templates', () => {
  test.each<[string, string[], string[]]>([
    ['of the record by default', [], ['app', 'one']],
    ['one by name', ['--template', 'two'], ['app', 'two']],
    ['several by name', ['--template', 'two', 'one'], ['app', 'one', 'two']],
    ['several, each with its flag', ['--template', 'two', '--template', 'one'], ['app', 'one', 'two']],
  ])('are applied: %s', async (_case, args, names) => {
    expect(containers((await inject([...args, '-f', '-'], pod('a'))).stdout)).toEqual([names]);
  });

  test('that do not exist leave nothing on standard output, also behind a good Pod', async () => {
    const bad = pod('b', ', annotations: {outrigger.dev/templates: "one,none"}');
    expect(await inject(['-f', '-'], `${pod('a')}---\n${bad}`)).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/error: Pod\/b: [^\n]*"none" \(UnknownTemplate\)\n$/),
    });
    expect(await inject(['--template', 'none', '-f', '-'], pod('a'))).toMatchObject({ code: 1, stdout: '' });
  });

  test('that are broken are told, and the others serve', async () => {
    await write('templates/bad.yaml', 'containers: [\n');
    const { code, stdout, stderr } = await inject(['-f', '-'], pod('a'));
    expect([code, containers(stdout)]).toEqual([0, [['app', 'one']]]);
    expect(stderr).toMatch(/^warning: template refused: bad: line 2, column 1: /);
  });

  test('from a folder that is missing are one line and exit 1', async () => {
    const { code, stdout, stderr } = await inject(['--templates', 'none', '-f', '-'], pod('a'));
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^error: no templates can be read from none[^\n]*\n$/),
    ]);
  });
});

describe('a Pod that is left alone', () => {
  test.each<[string, string, string[], string]>([
    ['because it opted out', pod('a', ', annotations: {outrigger.dev/inject: "false"}'), [], 'OptedOut'],
    ['because of its namespace', pod('a', ', namespace: kube-system'), [], 'SystemNamespace'],
    ['because of the namespace flag', pod('a'), ['-n', 'kube-system'], 'SystemNamespace'],
  ])('%s keeps its text, and the reason is on standard error', async (_case, text, args, reason) => {
    expect(await inject([...args, '-f', '-'], text)).toEqual({
      code: 0,
      stdout: text,
      stderr: expect.stringMatching(new RegExp(`^Pod/a: not changed: [^\\n]+ \\(${reason}\\)\\n$`)),
    });
  });

  test('keeps its own namespace whatever the flag says', async () => {
    const { stdout } = await inject(['-n', 'kube-system', '-f', '-'], pod('a', ', namespace: shop'));
    expect(containers(stdout)).toEqual([['app', 'one']]);
  });
});

describe('the owner that a template can name', () => {
  const OWNED = `apiVersion: outrigger.dev/v1alpha1
kind: SidecarTemplate
metadata: { name: owned }
spec:
  parameters: []
  pod: { metadata: { annotations: { owned-by: "\${owner}" } } }
`;
  const spec = '{containers: [{name: app, image: "app:1"}]}';
  const workload = (apiVersion: string, kind: string, inner: string, name = 'name: web'): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {${name}}\nspec: ${inner}\n`;
  const template = `{template: {spec: ${spec}}}`;

  test('is the name of the workload, of every kind', async () => {
    await write('templates/owned.yaml', OWNED);
    const hashed = `{template: {metadata: {labels: {pod-template-hash: 6f7}}, spec: ${spec}}}`;
    const manifests = [
      ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => workload('apps/v1', kind, template)),
      workload('apps/v1', 'ReplicaSet', hashed, 'name: web-6f7'),
      workload('batch/v1', 'Job', template),
      workload('batch/v1', 'Job', template, 'generateName: web-'),
      workload('batch/v1', 'CronJob', `{jobTemplate: {spec: ${template}}}`),
      workload('v1', 'Pod', spec),
    ];
    const { code, stdout, stderr } = await inject(['--template', 'owned', '-f', '-'], manifests.join('---\n'));
    expect([code, stderr]).toEqual([0, '']);
    expect([...stdout.matchAll(/owned-by: ([^,\s]*)/g)].map(([, owner]) => owner)).toEqual(manifests.map(() => 'web'));
    // It is not written into the Pod.
    expect(stdout).not.toContain('ownerReferences');
  });
});

describe('its own output, when the template has moved on', () => {
  const template = (word: string): string =>
    `containers: [{name: one, image: "one:${word}", volumeMounts: [{name: conf, mountPath: /conf}]}]\n` +
    `initContainers: [{name: setup, image: "setup:${word}"}]\nvolumes: [{name: conf, configMap: {name: conf-${word}}}]\n`;
  const workload = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: app, image: "app:1"}]}}}\n`;

  test('a word is changed: all of it is brought to the present version, and stays so', async () => {
    await write('templates/one.yaml', template('old'));
    const before = await inject(['-f', '-'], workload);
    await write('templates/one.yaml', template('new'));
    const after = await inject(['-f', '-'], before.stdout);
    expect([after.code, after.stderr]).toEqual([
      0,
      expect.stringContaining('is of an earlier version of its template'),
    ]);
    expect(after.stdout).toContain('one:new');
    expect(after.stdout).not.toContain(':old');
    expect(parse(after.stdout)).toEqual(parse((await inject(['-f', '-'], workload)).stdout));
    const again = await inject(['-f', '-'], after.stdout);
    expect([again.code, again.stdout]).toEqual([0, after.stdout]);
  });

  test('a container that was changed by hand while the template was not is a conflict', async () => {
    await write('templates/one.yaml', template('old'));
    const before = await inject(['-f', '-'], workload);
    const changed = await inject(['-f', '-'], before.stdout.replace('one:old', 'one:mine'));
    expect(changed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('ContainerNameConflict') });
  });
});

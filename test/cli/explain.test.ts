import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { outrigger, type Run } from '../support/outrigger.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';

const SPEC = `order: 200
  match: { podSelector: { matchLabels: { tier: vip } } }
  parameters: [{ name: size, type: integer, minimum: 1, maximum: 9, default: 1 }, { name: tag, type: imageTag, default: v1 }]
  pod: { spec: { containers: [{ name: matched, image: "matched:\${tag}", args: ["\${size}"] }] } }`;
const MATCHED = `apiVersion: outrigger.dev/v1alpha1\nkind: SidecarTemplate\nmetadata: { name: matched }\nspec:\n  ${SPEC}\n`;
/** Another `one`, under its own name. */
const NEXT = `apiVersion: outrigger.dev/v1alpha1
kind: SidecarTemplate
metadata: { name: one }
spec: { pod: { spec: { containers: [{ name: one, image: "one:3" }] } } }
`;
let root = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-explain-'));
  const files = {
    'templates/one.yaml': 'containers: [{name: one, image: "one:1"}]\n',
    'same/one.yaml': '# only a comment differs\ncontainers: [{name: one, image: "one:1"}]\n',
    'next/one.yaml': 'containers: [{name: one, image: "one:2"}]\n',
    'templates/two.yaml': 'containers: [{name: two, image: "two:1"}]\n',
    'templates/matched.yaml': MATCHED,
    'same/matched.yaml': MATCHED,
    'same/two.yaml': 'containers: [{name: two, image: "two:1"}]\n',
    'next/two.yaml': 'containers: [{name: two, image: "two:1"}]\n',
    'next.yaml': NEXT,
    'clash/one.yaml': 'containers: [{name: app, image: "one:2"}]\n',
    '.outrigger/clusters/local.yaml': 'defaultTemplates: [one]\n',
    'rolling/one.yaml': 'containers: [{name: one, image: "one:1"}]\n',
    'rolling/channels/canary/one.yaml': 'containers: [{name: one, image: "one:2"}]\n',
    'in-share.yaml': 'defaultTemplates: [one]\nnext: {channel: canary, share: 50}\n',
    'outside.json': '{"defaultTemplates": ["one"], "next": {"channel": "canary", "share": 49}}\n',
    'shadow.yaml': 'defaultTemplates: [one]\nnext: {channel: canary, share: 50, shadow: true}\n',
    'faulty.yaml': 'defaultTemplates: [one]\nnext: {share: 50%, shadow: maybe}\n',
    'web.yaml': JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { template: { spec: { containers: [{ name: 'app', image: 'shop:1' }] } } },
    }),
    'pod.yaml': JSON.stringify(podOf()),
    'clash.yaml': JSON.stringify(podOf({ containers: [{ name: 'one', image: 'mine:1' }] })),
    'out.yaml': JSON.stringify(podOf({}, { labels: { 'outrigger.dev/inject': 'false' } })),
    'named.yaml': JSON.stringify(podOf({}, { annotations: { 'outrigger.dev/templates': 'two' } })),
    'vip.yaml': JSON.stringify(
      podOf({}, { labels: { tier: 'vip' }, annotations: { 'parameters.outrigger.dev/size': '5' } }),
    ),
    'odd.yaml': JSON.stringify(
      podOf({}, { labels: { tier: 'vip' }, annotations: { 'parameters.outrigger.dev/size': 'many' } }),
    ),
    'config.yaml': 'apiVersion: v1\nkind: ConfigMap\n',
    'reviews/a.json': JSON.stringify(reviewDocument(podOf())),
    'reviews/b.json': JSON.stringify(reviewDocument(podOf(), { operation: 'UPDATE' })),
    'reviews/notes.txt': 'not a review',
    'broken/a.json': '{"kind": "Pod"}',
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(root, file, '..'), { recursive: true });
    await writeFile(join(root, file), text);
  }
});
afterAll(async () => await rm(root, { recursive: true }));

/** Runs `outrigger` in the temporary folder; answers exit code, standard output and standard error. */
async function run(...args: string[]): Promise<Run> {
  const templates = args.includes('--templates') ? [] : ['--templates', 'templates'];
  return await outrigger([...args, ...templates], { cwd: root });
}

describe('outrigger explain', () => {
  test('an injected Pod: reason, templates and operations', async () => {
    const { code, stdout } = await run('explain', '-f', 'pod.yaml');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Pod\/shop in namespace shop: inject\n {2}why: {8}the templates were applied \(Injected\)\n {2}rules: {6}row 1 does not fit: label outrigger\.dev\/inject is absent, annotation outrigger\.dev\/inject is absent\n( {14}row \d does not fit: .+\n)+ {14}row \d fits: policy of the cluster record is "enabled"\n {2}templates: {2}one@[0-9a-f]{12} \(a default template of the cluster\)\n {2}operations: add \/metadata\/annotations\n {14}add \/spec\/containers\/-\n$/,
    );
  });

  test.each([
    [
      'a Pod that opted out',
      'out.yaml',
      /: skip\n {2}why: {8}the Pod opted out .* \(OptedOut\)\n {2}rules: {6}row 1 fits: label outrigger\.dev\/inject is "false"\n$/,
    ],
    [
      'one that cannot be injected',
      'clash.yaml',
      /: fail \(failureMode Defer\)\n {2}why: .*: one \(ContainerNameConflict\)\n/,
    ],
  ])('%s', async (_, file, text) => {
    const { code, stdout } = await run('explain', '-f', file);
    expect([code, stdout]).toEqual([0, expect.stringMatching(text)]);
  });

  test('several, as JSON', async () => {
    const { stdout } = await run('explain', '-f', 'pod.yaml', 'out.yaml', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject([
      { pod: 'Pod/shop', namespace: 'shop', verdict: 'inject', reason: 'Injected', operations: [{ op: 'add' }, {}] },
      { verdict: 'skip', reason: 'OptedOut', templates: [], operations: [] },
    ]);
    const [injected, optedOut] = JSON.parse(stdout);
    expect(injected.rules.at(-3)).toEqual({
      row: expect.any(Number),
      sentence: 'the cluster record gives its default templates',
      fits: true,
      because: ['policy of the cluster record is "enabled"'],
    });
    expect(optedOut.rules.at(-1)).toMatchObject({ row: 1, fits: true });
  });

  // The place of ["test","shop","web"] is 49 (test/injection/channel.test.ts).
  test.each<[string, string, RegExp, RegExp | undefined]>([
    [
      'in the share',
      'in-share.yaml',
      /\n {2}channel: {4}canary: the workload is in the share of .* \(place 49, share 50\) \(InShare\)\n/,
      undefined,
    ],
    [
      'outside',
      'outside.json',
      /\n {2}channel: {4}stable: the workload is outside the .* \(place 49, share 49\) \(OutsideShare\)\n/,
      undefined,
    ],
    [
      'in shadow mode',
      'shadow.yaml',
      /\n {2}channel: {4}stable: .* \(place 49, share 50\) \(Shadow\)\n/,
      /\n {2}shadow: {5}canary: differs: Injected one@[0-9a-f]{12}, 2 operations\n/,
    ],
  ])('a workload of a roll-out, %s', async (_, record, channel, shadow) => {
    const args = ['--record', record, '--cluster', 'test', '--templates', 'rolling'];
    const { code, stdout } = await run('explain', '-f', 'web.yaml', ...args);
    expect([code, stdout]).toEqual([0, expect.stringMatching(channel)]);
    if (shadow === undefined) expect(stdout).not.toContain('shadow:');
    else expect(stdout).toMatch(shadow);
  });

  test('a roll-out as JSON', async () => {
    const args = ['--record', 'in-share.yaml', '--cluster', 'test', '--templates', 'rolling', '-o', 'json'];
    const { stdout } = await run('explain', '-f', 'web.yaml', ...args);
    expect(JSON.parse(stdout)).toMatchObject([
      { channel: { channel: 'canary', reason: 'InShare', place: 49, sentence: expect.stringContaining('share 50') } },
    ]);
  });

  test('a record that is not valid is refused with the path of every fault', async () => {
    const { code, stderr } = await run('explain', '-f', 'web.yaml', '--record', 'faulty.yaml');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: the cluster record is not valid: next\.channel: is missing; next\.share: .*; next\.shadow: .*\n$/,
    );
  });

  test.each<[string, string, string[], readonly Record<string, string>[]]>([
    ['by the cluster', 'pod.yaml', [], [{ name: 'one', chosen: 'a default template of the cluster' }]],
    ['by the Pod', 'named.yaml', [], [{ name: 'two', chosen: 'named by the annotation outrigger.dev/templates' }]],
    [
      'by match besides',
      'vip.yaml',
      [],
      [
        { name: 'one', chosen: 'a default template of the cluster' },
        { name: 'matched', chosen: 'its match fits' },
      ],
    ],
    [
      'by --template, split at commas',
      'pod.yaml',
      ['--template', 'two,one', 'matched'],
      ['one', 'two', 'matched'].map((name) => ({ name, chosen: 'asked for by --template' })),
    ],
  ])('why each template was chosen: %s', async (_, file, args, templates) => {
    const { stdout } = await run('explain', '-f', file, '-o', 'json', ...args);
    expect(JSON.parse(stdout)).toMatchObject([{ cluster: 'local', templates }]);
  });

  test('the parameters, with where their values come from', async () => {
    const { stdout } = await run('explain', '-f', 'vip.yaml');
    expect(stdout).toContain(
      '\n  parameters: size = 5 (matched, annotation)\n              tag = v1 (matched, default)\n',
    );
    const odd = await run('explain', '-f', 'odd.yaml', '-o', 'yaml');
    expect(parse(odd.stdout)).toMatchObject([
      { verdict: 'deny', reason: 'InvalidParameter', templates: [{}, { parameters: [] }] },
    ]);
  });

  test('without a Pod there is nothing to explain', async () => {
    const { code, stderr } = await run('explain', '-f', 'config.yaml');
    expect([code, stderr]).toEqual([1, 'error: there is no Pod in the files\n']);
  });
});

describe('outrigger replay', () => {
  test('shows what changes, and exits 1', async () => {
    const { code, stdout } = await run('replay', 'reviews', '--candidate', 'next');
    expect(code).toBe(1);
    const changed = stdout.split('\n').filter((line) => /^[-+] /.test(line));
    expect(changed).toEqual(['-    "image": "one:1"', '+    "image": "one:2"']);
    expect(stdout).toMatch(/1 of 2 reviews change\n$/);
  });

  test('templates that do the same: exit 0', async () => {
    const { code, stdout } = await run('replay', 'reviews', '--candidate', 'same');
    expect([code, stdout]).toEqual([0, '0 of 2 reviews change\n']);
  });

  test('a roll-out: the channel of every review is said', async () => {
    await mkdir(join(root, 'state', 'clusters'), { recursive: true });
    await writeFile(
      join(root, 'state', 'clusters', 'local.yaml'),
      'defaultTemplates: [one]\nnext: {channel: canary, share: 100}\n',
    );
    const args = ['--candidate', 'rolling', '--state-dir', 'state', '-o', 'json'];
    const { code, stdout } = await run('replay', 'reviews', ...args);
    const said = expect.stringMatching(/^inject: .*\(Injected\)\nchannel canary \(InShare\)\n/);
    expect([code, JSON.parse(stdout).changed]).toEqual([1, [{ review: 'a.json', before: said, after: said }]]);
  });

  test('a candidate file takes the place of the template of its name alone', async () => {
    const { code, stdout } = await run('replay', 'reviews', '--candidate', 'next.yaml', '-o', 'yaml');
    expect(code).toBe(1);
    const { changed } = parse(stdout);
    expect(changed).toMatchObject([{ review: 'a.json', after: expect.stringContaining('one:3') }]);
  });

  test('a candidate that cannot be applied, as JSON', async () => {
    const { code, stdout } = await run('replay', 'reviews', '--candidate', 'clash', '-o', 'json');
    expect(code).toBe(1);
    const { reviews, changed } = JSON.parse(stdout);
    expect([reviews, changed]).toEqual([
      2,
      [{ review: 'a.json', before: expect.stringMatching(/^inject: /), after: expect.stringMatching(/^fail: /) }],
    ]);
  });

  test.each<[string, string[], RegExp]>([
    ['a folder that is not there', ['none', '--candidate', 'next'], /^error: there is no folder none\n$/],
    ['a folder without reviews', ['templates', '--candidate', 'next'], /^error: there is no review \(\*\.json\) in /],
    ['what is no review', ['broken', '--candidate', 'next'], /^error: broken\/a\.json is not an AdmissionReview: /],
    ['a candidate that is not there', ['reviews', '--candidate', 'none'], /^error: there is no file none\n$/],
    ['two folders', ['reviews', '--candidate', 'next', 'same'], /^error: --candidate is either one folder or files\n$/],
    ['a candidate that lint refuses', ['reviews', '--candidate', 'pod.yaml'], /^error: pod\.yaml: error: spec\.pod\./],
    ['a channel without a cluster', ['reviews', '--candidate', 'next', '--channel', 'canary'], /need --cluster/],
    ['a cluster in no grammar', ['reviews', '--candidate', 'next', '--cluster', '../a'], /^error: --cluster must be /],
    ['no candidate', ['reviews'], /required option '--candidate/],
  ])('%s is one line', async (_, args, message) => {
    const { code, stderr } = await run('replay', ...args);
    expect(code).toBeOneOf([1, 2]);
    expect(stderr).toMatch(message);
  });
});

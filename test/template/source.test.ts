import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { API_VERSION, parseTemplate } from '../../functions/template/parse/parse-template.ts';
import { readTemplateSource, SOURCE_BYTES_MAX } from '../../functions/template/source.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, FIXTURES), 'utf8');

function source(text: string): unknown {
  const result = readTemplateSource(text, 'from-file');
  if (!result.valid) throw new Error(JSON.stringify(result.faults));
  return result.value;
}

function faults(text: string): readonly { path: string; message: string }[] {
  const result = readTemplateSource(text, 'from-file');
  return result.valid ? [] : result.faults;
}

const template = (pod: unknown): unknown => ({
  apiVersion: API_VERSION,
  kind: 'SidecarTemplate',
  metadata: { name: 'from-file' },
  spec: { pod },
});

/** The sidecar of the seed document, word for word. */
const SEED = {
  containers: [
    {
      name: 'envoy',
      image: 'lyft/envoy:845747db88f102c0fd262ab234308e9e22f693a1',
      command: ['/usr/local/bin/envoy'],
      args: ['--concurrency 4', '--config-path /etc/envoy/envoy.json', '--mode serve'],
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      resources: { limits: { cpu: '1000m', memory: '512Mi' }, requests: { cpu: '100m', memory: '64Mi' } },
      volumeMounts: [{ name: 'envoy-conf', mountPath: '/etc/envoy' }],
    },
  ],
  volumes: [{ name: 'envoy-conf', configMap: { name: 'envoy' } }],
};

describe('a source', () => {
  test.each<[string, string, unknown]>([
    ["the seed's ConfigMap with a mapping", 'seed/envoy-initializer.yaml', template({ spec: SEED })],
    ["the seed's ConfigMap with a string", 'sources/seed-string.yaml', template({ spec: SEED })],
    [
      'a bare fragment',
      'sources/fragment.yaml',
      template({
        spec: { containers: [{ name: 'envoy', image: 'envoy:v1' }], volumes: [{ name: 'conf', emptyDir: {} }] },
      }),
    ],
    [
      'labels alone',
      'sources/labels-only.yaml',
      template({ metadata: { labels: { team: 'shop' }, annotations: { 'example.com/owner': 'shop' } } }),
    ],
    ['a part of a Pod', 'sources/pod.yaml', template({ spec: { containers: [{ name: 'envoy', image: 'envoy:v1' }] } })],
    [
      'a SidecarTemplate',
      'sources/sidecar-template.yaml',
      {
        apiVersion: API_VERSION,
        kind: 'SidecarTemplate',
        metadata: { name: 'its-own' },
        spec: { order: 5, pod: { spec: { containers: [{ name: 'envoy', image: 'envoy:v1' }] } } },
      },
    ],
    [
      'anchors, aliases and a merge key',
      'sources/anchors.yaml',
      template({
        spec: {
          containers: [
            { name: 'one', image: 'busybox:1', env: [{ name: 'A', value: '1' }] },
            { name: 'two', image: 'busybox:1', env: [{ name: 'A', value: '1' }] },
          ],
        },
      }),
    ],
  ])('%s becomes a SidecarTemplate', (_case, path, wanted) => {
    expect(source(read(path))).toEqual(wanted);
  });

  test.each(readdirSync(new URL('sources/', FIXTURES)))('%s is a template that can be applied', (file) => {
    expect(parseTemplate(source(read(`sources/${file}`)), '1')).toMatchObject({ valid: true });
  });

  test('may be JSON, and may begin with a byte order mark', () => {
    expect(source('{"containers": []}')).toEqual(template({ spec: { containers: [] } }));
    expect(source('\ufeffcontainers: []\n')).toEqual(template({ spec: { containers: [] } }));
  });

  test('may end its one document and begin with a comment and ---', () => {
    expect(source('# a\n---\ncontainers: []\n...\n')).toEqual(template({ spec: { containers: [] } }));
    expect(source('---\ncontainers: []\n---\n')).toEqual(template({ spec: { containers: [] } }));
  });

  test('changes no prototype', () => {
    readTemplateSource('__proto__: {polluted: true}\nspec: {__proto__: {polluted: true}}\n', 'x');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

test('of a key that is there twice the last counts, as for kubectl, and each is reported', () => {
  const said: string[] = [];
  const text = 'containers: [{name: a, image: x, image: y}]\nvolumes: []\ncontainers: [{name: b, name: c}]\n';
  const source = readTemplateSource(text, 'x', ({ key, line, column }) => said.push(`${key} ${line}:${column}`));
  expect(source).toMatchObject({ valid: true, value: { spec: { pod: { spec: { containers: [{ name: 'c' }] } } } } });
  expect(said).toEqual(['containers 3:1', 'name 3:24']);
});

test('keys are found in the text of a ConfigMap as well', () => {
  const said: string[] = [];
  const text = 'kind: ConfigMap\ndata:\n  config: |\n    volumes: []\n    volumes: []\n';
  readTemplateSource(text, 'x', ({ key, line }) => said.push(`${key} ${line}`));
  expect(said).toEqual(['volumes 2']);
});

describe('refused with line and column', () => {
  test.each<[string, string, string, RegExp]>([
    ['a tab as indentation', 'containers:\n\t- name: a\n', '', /^line 2, column 1: Tabs/],
    ['text that ends in a list', 'containers: [{name: a\n', '', /^line \d+, column \d+: /],
    ['text that ends in quotes', 'image: "a\n', '', /^line \d+, column \d+: .*quote/],
    ['an unresolved alias', 'volumes: []\ncontainers: *none\n', '', /^line 2, column 13: .*alias/],
    ['a colon too many', 'a: b: c\n', '', /^line 1, column 4: /],
    ['a bracket alone', ']', '', /^line 1, column 1: /],
    [
      'a tab inside data.config',
      'kind: ConfigMap\ndata:\n  config: |\n    a:\n    \t- b\n',
      'data.config',
      /^line 2, column 1: /,
    ],
  ])('%s', (_case, text, path, message) => {
    expect(faults(text)[0]).toEqual({ path, message: expect.stringMatching(message) });
  });

  test('every fault, not only the first', () => {
    expect(faults('a: b: c\nd: e: f\n')).toHaveLength(2);
  });
});

describe('refused', () => {
  const config = (inner: string): string => `kind: ConfigMap\ndata:\n  config: ${inner}\n`;
  test.each<[string, string, string, RegExp]>([
    ['nothing', '', '', /is empty/],
    ['white space', ' \n\n', '', /is empty/],
    ['a comment alone', '# a\n', '', /is empty/],
    ['several documents', 'containers: []\n---\nvolumes: []\n', '', /more than one document/],
    ['a list', '- name: a\n', '', /must be an object/],
    ['a text', 'hello', '', /must be an object/],
    ['null', 'null', '', /must be an object/],
    ['another kind', 'kind: Deployment\n', 'kind', /"Deployment"/],
    ['a kind that is a number', 'kind: 1\n', 'kind', /1 is no template source/],
    ['a ConfigMap without data', 'kind: ConfigMap\n', 'data.config', /must hold the Pod fragment/],
    ['a ConfigMap without config', 'kind: ConfigMap\ndata: {other: x}\n', 'data.config', /must hold/],
    ['a config that is a list', config('[]'), 'data.config', /must hold/],
    ['a config that is null', config('null'), 'data.config', /must hold/],
    ['a config string that is empty', config('""'), 'data.config', /is empty/],
    ['a config string that is a text', config('"hello"'), 'data.config', /must be an object/],
    ['a container beside spec', 'spec: {}\ncontainers: []\n', 'containers', /put it under spec/],
    [
      'a container beside metadata in config',
      config('{metadata: {}, containers: []}'),
      'data.config.containers',
      /under spec/,
    ],
    ['an alias bomb', bomb(), '', /alias/],
    ['a list that contains itself', 'containers: &c [*c]\n', '', /itself|circular|alias/i],
    ['a map that contains itself', 'spec: &s {a: *s}\n', '', /itself|circular|alias/i],
  ])('%s', (_case, text, path, message) => {
    expect(faults(text)[0]).toEqual({ path, message: expect.stringMatching(message) });
  });

  test('more than a mebibyte, counted in bytes', () => {
    const umlauts = (bytes: number): string => `a: "${'ä'.repeat((bytes - 6) / 2)}"\n`;
    expect(Buffer.byteLength(umlauts(SOURCE_BYTES_MAX))).toBe(SOURCE_BYTES_MAX);
    expect(faults(umlauts(SOURCE_BYTES_MAX))).toEqual([]);
    expect(faults(umlauts(SOURCE_BYTES_MAX + 2))).toEqual([{ path: '', message: expect.stringContaining('larger') }]);
  });

  test.each([5_000, 100_000])('%i lists in each other, without a throw', (levels) => {
    expect(faults(`a: ${'['.repeat(levels)}${']'.repeat(levels)}\n`)).not.toEqual([]);
  });
});

/** Nine aliases to nine aliases to …: 9^8 nodes. */
function bomb(): string {
  const level = (i: number): string => `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]\n`;
  return `a0: &a0 x\n${Array.from({ length: 8 }, (_, i) => level(i + 1)).join('')}`;
}

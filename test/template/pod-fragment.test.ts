import { describe, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import type { Json } from '../../functions/json/json.ts';
import { parsePodFragment } from '../../functions/template/parse/pod-fragment.ts';

const ENVOY = { name: 'envoy', image: 'envoy:v1' };

function faultPaths(spec: Json): readonly string[] {
  const check = new Check();
  parsePodFragment(check, spec);
  return check.faults.map((f) => f.path);
}

test('a fragment is split into what is placed and what is merged', () => {
  const check = new Check();
  const fragment = parsePodFragment(check, {
    pod: {
      metadata: { labels: { a: 'b' }, annotations: { 'example.com/c': 'any text\nat all' } },
      spec: { containers: [ENVOY], initContainers: [{ name: 'setup', image: 'busybox' }], hostAliases: [] },
    },
  });
  expect(check.faults).toEqual([]);
  expect(fragment).toEqual({
    labels: { a: 'b' },
    annotations: { 'example.com/c': 'any text\nat all' },
    containers: [ENVOY],
    initContainers: [{ name: 'setup', image: 'busybox' }],
    spec: { hostAliases: [] },
  });
});

test('fields that no Kubernetes of today knows are kept', () => {
  const check = new Check();
  const container = { ...ENVOY, fieldOfTomorrow: { a: [1, 'x', true] } };
  expect(parsePodFragment(check, { pod: { spec: { containers: [container] } } }).containers).toEqual([container]);
  expect(check.faults).toEqual([]);
});

describe('a Pod', () => {
  test.each<[string, string[], Json]>([
    ['that is absent', ['spec.pod'], {}],
    ['that is null', ['spec.pod', 'spec.pod'], { pod: null }],
    ['that is empty', ['spec.pod'], { pod: {} }],
    ['that adds nothing', ['spec.pod'], { pod: { metadata: { labels: {} }, spec: { containers: [] } } }],
    [
      'with a field beside metadata and spec',
      ['spec.pod.status'],
      { pod: { status: {}, spec: { containers: [ENVOY] } } },
    ],
    ['with a name', ['spec.pod.metadata.name'], { pod: { metadata: { name: 'x', labels: { a: 'b' } } } }],
    ['with a spec that is a list', ['spec.pod.spec', 'spec.pod'], { pod: { spec: [] } }],
  ])('%s is refused at %j', (_case, paths, spec) => {
    expect(faultPaths(spec)).toEqual(paths);
  });
});

describe('labels and annotations', () => {
  const at = (map: string, key: string): string => `spec.pod.metadata.${map}[${JSON.stringify(key)}]`;
  test.each<[string, 'labels' | 'annotations', string, unknown]>([
    ['a key with a space', 'labels', 'a b', 'x'],
    ['an empty key', 'labels', '', 'x'],
    ['a key that ends in a dot', 'labels', 'a.', 'x'],
    ['a key of 64 characters', 'annotations', 'a'.repeat(64), 'x'],
    ['a key with two slashes', 'annotations', 'a/b/c', 'x'],
    ['a key with an empty prefix', 'annotations', '/a', 'x'],
    ['a prefix with two dots in a row', 'annotations', 'a..b/c', 'x'],
    ['the key __proto__', 'labels', '__proto__', 'x'],
    ['a key of Outrigger itself', 'labels', 'outrigger.dev/inject', 'true'],
    ['a forged status', 'annotations', 'outrigger.dev/status', '{}'],
    ["the Deployment controller's hash", 'labels', 'pod-template-hash', 'x'],
    ["the StatefulSet controller's hash", 'labels', 'controller-revision-hash', 'x'],
    ["the DaemonSet controller's generation", 'labels', 'pod-template-generation', '1'],
    ['a number', 'labels', 'a', 1],
    ['a boolean', 'annotations', 'a', true],
    ['null', 'annotations', 'a', null],
    ['a label value with a space', 'labels', 'a', 'x y'],
    ['a label value with a newline at its end', 'labels', 'a', 'x\n'],
    ['a label value of 64 characters', 'labels', 'a', 'x'.repeat(64)],
  ])('%s in %s is refused', (_case, map, key, value) => {
    const metadata = {
      [map]: Object.fromEntries([
        ['good', 'x'],
        [key, value],
      ]),
    };
    expect(faultPaths({ pod: { metadata } })).toEqual([at(map, key)]);
  });

  test.each<[string, string, string]>([
    ['an empty label value', 'a', ''],
    ['a key with a prefix', 'sub.example.com/Name_1.x', 'v'],
    ['a prefix that only looks like ours', 'outrigger.dev.example.com/x', 'v'],
    ['the key constructor', 'constructor', 'v'],
  ])('%s is taken', (_case, key, value) => {
    expect(faultPaths({ pod: { metadata: { labels: { [key]: value } } } })).toEqual([]);
  });
});

describe('containers', () => {
  const list = 'spec.pod.spec.containers';
  test.each<[string, string[], unknown]>([
    ['that are a map', [list, 'spec.pod'], {}],
    ['that are null', [list, 'spec.pod'], null],
    ['of which one is null', [`${list}[1].name`], [ENVOY, null]],
    ['of which one has no name', [`${list}[1].name`], [ENVOY, { image: 'a' }]],
    ['of which one has a name in upper case', [`${list}[1].name`], [ENVOY, { name: 'Envoy', image: 'a' }]],
    ['of which one has a name with a newline', [`${list}[1].name`], [ENVOY, { name: 'a\n', image: 'a' }]],
    ['of which one has no image', [`${list}[0].image`], [{ name: 'a' }]],
    ['of which one has an empty image', [`${list}[0].image`], [{ name: 'a', image: '' }]],
    ['of which one has an image with a newline', [`${list}[0].image`], [{ name: 'a', image: 'a\nb' }]],
    ['of which one has an image with a space', [`${list}[0].image`], [{ name: 'a', image: 'a b' }]],
    ['of which two have one name', ['spec.pod.spec'], [ENVOY, ENVOY]],
  ])('%s are refused at %j', (_case, paths, containers) => {
    expect(faultPaths({ pod: { spec: { containers } } })).toEqual(paths);
  });

  test('of one name in both lists are refused', () => {
    expect(faultPaths({ pod: { spec: { containers: [ENVOY], initContainers: [ENVOY] } } })).toEqual(['spec.pod.spec']);
  });

  test('that are ephemeral are refused', () => {
    expect(faultPaths({ pod: { spec: { ephemeralContainers: [ENVOY] } } })).toEqual([
      'spec.pod.spec.ephemeralContainers',
    ]);
  });
});

describe('volumes', () => {
  const list = 'spec.pod.spec.volumes';
  test.each<[string, string[], unknown]>([
    ['that are a map', [list], { name: 'a' }],
    ['of which one has no name', [`${list}[1].name`], [{ name: 'a' }, { emptyDir: {} }]],
    ['of which one has a bad name', [`${list}[0].name`], [{ name: 'A' }]],
    ['of which one is a text', [`${list}[0]`], ['a']],
    ['of which two have one name', [`${list}[1].name`], [{ name: 'a' }, { name: 'a', emptyDir: {} }]],
    ['of which one has two sources', [`${list}[0]`], [{ name: 'a', emptyDir: {}, secret: {} }]],
  ])('%s are refused at %j', (_case, paths, volumes) => {
    expect(faultPaths({ pod: { spec: { volumes } } })).toEqual(paths);
  });

  test('without a source are emptyDirs, as in Kubernetes', () => {
    expect(faultPaths({ pod: { spec: { volumes: [{ name: 'a' }] } } })).toEqual([]);
  });
});

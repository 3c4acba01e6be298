import type { Operation } from 'fast-json-patch';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { UsageError } from '../../infra/cli/errors.ts';
import { patchDocument } from '../../infra/cli/pod/patch-document.ts';
import { documentValue, isList, readDocuments, toJson } from '../../infra/cli/yaml-document.ts';

/** The text of a document after these operations. */
function patched(text: string, operations: readonly Operation[], prefix: readonly (string | number)[] = []): string {
  const [first] = readDocuments(text, 'f');
  if (first === undefined) throw new Error('no document');
  patchDocument(first.document, prefix, operations);
  return first.document.toString();
}

describe('a stream', () => {
  test.each([
    '',
    'a: 1',
    'a: 1\n---\nb: 2\n',
    '# x\n---\n\na: 1 # y\n...\n---\nb: 2\n',
    '%YAML 1.2\n---\na: 1\n',
    'a: 1\r\n---\r\nb: 2\r\n',
  ])('is its documents put together: %j', (text) => {
    expect(
      readDocuments(text, 'f')
        .map((d) => d.text)
        .join(''),
    ).toBe(text);
  });

  test('that is no YAML is a UsageError with file, line and column', () => {
    expect(() => readDocuments('a: 1\n---\nb: [\n', 'deploy.yaml')).toThrow(UsageError);
    expect(() => readDocuments('a: 1\n---\nb: [\n', 'deploy.yaml')).toThrow(/^deploy\.yaml:4:1: /);
  });
});

describe('a key that is there twice', () => {
  const text = 'a: 1\nspec: # first\n  x: 1\nspec:\n  x: 2\n  <<: {z: 1}\n  <<: {w: 2}\n  x: 3 # counts\n';
  const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  afterAll(() => warned.mockRestore());

  test('counts as it does for kubectl: the last, with a warning; what is not changed stays as it is', () => {
    const [document] = readDocuments(text, 'f.yaml');
    expect(document).toMatchObject({ text, value: { a: 1, spec: { x: 3, z: 1, w: 2 } } });
    expect(warned.mock.calls.map(([line]) => line)).toEqual([
      'warning: f.yaml:4:1: the key "spec" is there twice; this one counts\n',
      'warning: f.yaml:8:3: the key "x" is there twice; this one counts\n',
    ]);
  });

  test('is patched where it counts', () => {
    const said = patched(text, [{ op: 'replace', path: '/spec/x', value: 4 }]);
    expect(parse(said, { merge: true })).toEqual({ a: 1, spec: { x: 4, z: 1, w: 2 } });
  });
});

test.each<[string, unknown]>([
  ['1', 1],
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', 9007199254740993n],
  ['-9223372036854775808', -9223372036854775808n],
  ['0x1F', 31],
  ['1.5', 1.5],
])('%s is read as %s', (text, value) => {
  const values = readDocuments(`a: [${text}]\n`, 'f').map((d) => documentValue(d.document));
  expect(values).toEqual([{ a: [value] }]);
});

test('JSON text of large whole numbers is exact', () => {
  expect(toJson({ a: 9007199254740993n, b: [1] }).replaceAll(/\s/g, '')).toBe('{"a":9007199254740993,"b":[1]}');
});

test.each<[boolean, unknown]>([
  [true, { apiVersion: 'v1', kind: 'List' }],
  [true, { apiVersion: 'apps/v1', kind: 'DeploymentList' }],
  [false, { kind: 'List' }],
  [false, { apiVersion: 'v1', kind: 'Pod' }],
  [false, { apiVersion: 'v1', kind: 1 }],
  [false, [{ apiVersion: 'v1', kind: 'List' }]],
  [false, null],
])('is a List: %s for %j', (is, value) => {
  expect(isList(value)).toBe(is);
});

describe('an operation', () => {
  test.each<[string, string, Operation[], unknown]>([
    ['adds a field', 'a: 1\n', [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['replaces a field', 'a: 1\n', [{ op: 'replace', path: '/a', value: 2 }], { a: 2 }],
    ['appends to a list', 'a: [1]\n', [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    ['inserts into a list', 'a: [1, 2]\n', [{ op: 'add', path: '/a/0', value: 0 }], { a: [0, 1, 2] }],
    ['replaces in a list', 'a: [1, 2]\n', [{ op: 'replace', path: '/a/1', value: { b: 1 } }], { a: [1, { b: 1 }] }],
    ['escapes / and ~', 'a: {}\n', [{ op: 'add', path: '/a/b~1c~0d~01', value: 1 }], { a: { 'b/c~d~1': 1 } }],
    [
      'builds on the one before',
      'a: {}\n',
      [
        { op: 'add', path: '/a/b', value: [] },
        { op: 'add', path: '/a/b/-', value: 1 },
      ],
      { a: { b: [1] } },
    ],
    [
      'goes through an alias',
      'x: &x {k: 1}\na: *x\n',
      [{ op: 'add', path: '/a/z', value: 2 }],
      { x: { k: 1 }, a: { k: 1, z: 2 } },
    ],
    [
      'goes through a merge key',
      'x: &x {k: {z: 1}}\na: {<<: *x}\n',
      [{ op: 'add', path: '/a/k/w', value: 2 }],
      { x: { k: { z: 1 } }, a: { k: { z: 1, w: 2 } } },
    ],
    [
      'spares the aliases of an anchor',
      'a: &x {k: 1}\nb: *x\n',
      [{ op: 'add', path: '/a/z', value: 2 }],
      { a: { k: 1, z: 2 }, b: { k: 1 } },
    ],
    [
      'spares the aliases of an anchor above',
      'a: &x {k: {}}\nb: *x\n',
      [{ op: 'add', path: '/a/k/z', value: 2 }],
      { a: { k: { z: 2 } }, b: { k: {} } },
    ],
    ['takes a field away', 'a: {k: 1, z: 2}\n', [{ op: 'remove', path: '/a/k' }], { a: { z: 2 } }],
    ['takes an element away', 'a: [x, k, z]\n', [{ op: 'remove', path: '/a/1' }], { a: ['x', 'z'] }],
    [
      'takes a field away that a merge key brings',
      'x: &x {p: 1, m: 2}\na: {<<: *x}\n',
      [{ op: 'remove', path: '/a/p' }],
      { x: { p: 1, m: 2 }, a: { m: 2 } },
    ],
    ['moves an element', 'a: [x, k, z]\n', [{ op: 'move', from: '/a/2', path: '/a/0' }], { a: ['z', 'x', 'k'] }],
  ])('%s', (_case, text, operations, wanted) => {
    expect(parse(patched(text, operations), { merge: true })).toEqual(wanted);
  });

  test('goes below the prefix', () => {
    expect(parse(patched('a: [{b: {}}]\n', [{ op: 'add', path: '/c', value: 1 }], ['a', 0, 'b']))).toEqual({
      a: [{ b: { c: 1 } }],
    });
  });

  test('keeps the comments of what it does not touch', () => {
    const text = '# head\na: 1 # one\n# before b\nb:\n  - x # ex\n';
    expect(patched(text, [{ op: 'add', path: '/b/-', value: 'z' }])).toBe(
      '# head\na: 1 # one\n# before b\nb:\n  - x # ex\n  - z\n',
    );
  });

  test('writes large whole numbers out exactly when an alias is written out', () => {
    expect(patched('x: &x {n: 9007199254740993}\na: *x\n', [{ op: 'add', path: '/a/z', value: 1 }])).toMatch(
      /9007199254740993[\s\S]*9007199254740993/,
    );
  });

  test.each<[string, Operation]>([
    ['another op', { op: 'test', path: '/a', value: 1 }],
    ['a parent that is not there', { op: 'add', path: '/b/c', value: 1 }],
    ['a parent that is a number', { op: 'add', path: '/a/c', value: 1 }],
  ])('with %s is a TypeError', (_case, operation) => {
    expect(() => patched('a: 1\n', [operation])).toThrow(TypeError);
  });
});

import { describe, expect, test } from 'vitest';
import { Document, isScalar, LineCounter, parseDocument } from 'yaml';
import { KUBECTL_YAML, settleDuplicateKeys, sourceOf, Verbatim } from '../../functions/kubernetes/kubectl-yaml.ts';

function settled(text: string): { readonly found: unknown; readonly value: unknown } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { ...KUBECTL_YAML, lineCounter });
  const found = settleDuplicateKeys(document, lineCounter);
  return { found, value: document.toJS() };
}

describe('a key that is there twice', () => {
  test.each<[what: string, text: string, found: readonly unknown[], value: unknown]>([
    ['none is', 'a: 1\nb: 2\n', [], { a: 1, b: 2 }],
    ['the last counts', 'a: 1\nb: 2\na: 3\n', [{ key: 'a', line: 3, column: 1 }], { b: 2, a: 3 }],
    ['in a map below', 'x:\n  a: 1\n  a: 2\n', [{ key: 'a', line: 3, column: 3 }], { x: { a: 2 } }],
    ['a number and the same text', "1: a\n'1': b\n", [{ key: '1', line: 2, column: 1 }], { 1: 'b' }],
    [
      'two of them',
      'a: 1\nb: 1\nb: 2\na: 2\n',
      [
        { key: 'b', line: 3, column: 1 },
        { key: 'a', line: 4, column: 1 },
      ],
      { b: 2, a: 2 },
    ],
    [
      'merges may be',
      'x: &x {a: 1}\nw: &w {b: 2}\nz:\n  <<: *x\n  <<: *w\n',
      [],
      { x: { a: 1 }, w: { b: 2 }, z: { a: 1, b: 2 } },
    ],
    [
      'merges stay beside one',
      'x: &x {a: 1}\nz:\n  <<: *x\n  b: 1\n  b: 2\n',
      [{ key: 'b', line: 5, column: 3 }],
      { x: { a: 1 }, z: { a: 1, b: 2 } },
    ],
  ])('%s', (_what, text, found, value) => {
    expect(settled(text)).toEqual({ found, value });
  });
});

test.each([
  ['0400', '0400'],
  ['1e3', '1e3'],
  ['yes', 'yes'],
  ['text', undefined],
  ["'0400'", undefined],
  ['"1"', undefined],
  ['1:30', undefined],
  ['!!int "1"', undefined],
])('the text of %s that printing must keep: %s', (text, source) => {
  const { contents } = parseDocument(text, KUBECTL_YAML);
  expect(isScalar(contents)).toBe(true);
  if (isScalar(contents)) expect(sourceOf(contents)).toBe(source);
});

test('text is written exactly as it was read where that is asked for', () => {
  const document = new Document({ mode: new Verbatim('0400'), octal: '0400' }, KUBECTL_YAML);
  expect(String(document)).toBe('mode: 0400\noctal: "0400"\n');
});

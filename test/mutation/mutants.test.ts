import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mutantsOf, mutated, sampleOf } from './mutants.ts';
import { relatedTests } from './related-tests.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the mutants of a text', () => {
  test.each([
    ['const a = b === c;', ['const a = b !== c;']],
    ['const a = b < 5;', ['const a = b <= 5;', 'const a = b < 0;']],
    ['const a = b && c;', ['const a = b || c;']],
    ['const a = b ?? 0;', ['const a = b && 0;', 'const a = b ?? 1;']],
    [
      'const a = b < c ? -1 : 1;',
      [
        'const a = b <= c ? -1 : 1;',
        'const a = true ? -1 : 1;',
        'const a = false ? -1 : 1;',
        'const a = b < c ? -0 : 1;',
      ],
    ],
    [
      'const a = b ? 2 : 1;',
      ['const a = true ? 2 : 1;', 'const a = false ? 2 : 1;', 'const a = b ? 0 : 1;', 'const a = b ? 2 : 0;'],
    ],
    ['const a = !b;', ['const a = (b);']],
    ['const a = true;', ['const a = false;']],
    ['if (a) b();', ['if (true) b();', 'if (false) b();', 'if (a) ;']],
    ['const a = b ? c : d;', ['const a = true ? c : d;', 'const a = false ? c : d;']],
    ['function f() { throw new Error(a); }', ['function f() { ; }']],
    ['a += b;', [';', 'a -= b;']],
    ["import a from 'a';", []],
    ['type A = 1 | true;', []],
    ['interface A { readonly b: 1 }', []],
    ["const a = 'words for people';", []],
  ])('%s', (text, expected) => {
    const found = mutantsOf('a.ts', text).map((mutant) => mutated(text, mutant));
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  test('have their line', () => {
    expect(mutantsOf('a.ts', 'const a = 0;\n\nconst b = a < c;')).toMatchObject([
      { line: 1, original: '0', replacement: '1' },
      { line: 3, original: '<', replacement: '<=' },
    ]);
  });
});

test('a sample is the same for a seed, in order, and another for another seed', () => {
  const all = Array.from({ length: 1_000 }, (_, i) => i);
  const first = sampleOf(all, 50, 1);
  expect(first).toHaveLength(50);
  expect(first).toEqual(first.toSorted((a, b) => a - b));
  expect(sampleOf(all, 50, 1)).toEqual(first);
  expect(sampleOf(all, 50, 2)).not.toEqual(first);
  expect(sampleOf(all, 2_000, 1)).toEqual(all);
});

test('the tests of a file: that of its name, then those of its folder, none that takes minutes', () => {
  const related = relatedTests(ROOT, ['functions/identity', 'functions/kubernetes', 'functions/injection']);
  expect(related.get('functions/identity/path-token.ts')?.[0]).toBe('test/identity/path-token.test.ts');
  const tests = related.get('functions/kubernetes/json-patch.ts') ?? [];
  expect(tests[0]).toBe('test/kubernetes/json-patch.test.ts');
  expect(tests.slice(1, 5).every((file) => file.startsWith('test/kubernetes/'))).toBe(true);
  expect(tests).toContain('test/entry-points/mutate.test.ts');
  expect(tests.filter((file) => /^test\/(real|cli)\//.test(file))).toEqual([]);
  expect(tests.findIndex((file) => file.startsWith('test/faults/'))).toBeGreaterThan(tests.length - 15);
});

import { expect, test } from 'vitest';
import { isQuantity, sameQuantity } from '../../functions/kubernetes/quantity.ts';

test.each<[unknown, unknown]>([
  ['1000m', '1'],
  ['1000m', 1],
  ['1Gi', '1024Mi'],
  ['1Ki', '1024'],
  ['0.5', '500m'],
  ['.5', 0.5],
  ['1.', '1'],
  ['+1', '1'],
  ['1E3', '1000'],
  ['1e3', '1k'],
  ['1e-3', '1m'],
  ['1E+3', '1000'],
  ['1E', '1e18'],
  ['1E', '1000P'],
  ['1Ei', '1024Pi'],
  ['1.5Gi', '1536Mi'],
  ['1000n', '1u'],
  ['0', '0Gi'],
  ['-0', '0'],
  ['007', '7'],
  [0.0000001, '100n'],
])('%s is the same quantity as %s', (left, right) => {
  expect([sameQuantity(left, right), sameQuantity(right, left)]).toEqual([true, true]);
});

test.each<[unknown, unknown]>([
  ['1', '1m'],
  ['1G', '1Gi'],
  ['1M', '1m'],
  ['1E', '1e1'],
  ['-1', '1'],
  ['9007199254740993', '9007199254740992'],
  ['abc', 'abd'],
  ['1', undefined],
  ['1', null],
  ['1', true],
  ['1', ['1']],
])('%s is another quantity than %s', (left, right) => {
  expect([sameQuantity(left, right), sameQuantity(right, left)]).toEqual([false, false]);
});

test.each<[string, unknown]>([
  ['the empty text', ''],
  ['a dot', '.'],
  ['a suffix alone', 'Mi'],
  ['a sign alone', '-'],
  ['an exponent of three digits', '1e999'],
  ['an exponent without digits', '1e'],
  ['hexadecimal', '0x10'],
  ['a carriage return at the end', '100m\r'],
  ['a newline at the end', '100m\n'],
  ['a space', '1 '],
  ['two dots', '1.2.3'],
  ['a suffix that does not exist', '1K'],
  ['a suffix in the wrong case', '1gi'],
  ['two suffixes', '1Mim'],
  ['a suffix and an exponent', '1e3Mi'],
  ['a thousands separator', '1,000'],
  ['digits of another script', '١'],
  ['65 digits', '1'.repeat(65)],
  ['a list', ['1']],
  ['true', true],
  ['null', null],
  ['infinity', Number.POSITIVE_INFINITY],
  ['no number', Number.NaN],
])('%s is no quantity', (_case, value) => {
  expect(isQuantity(value)).toBe(false);
});

test('a megabyte of digits and the largest exponents are compared at once', () => {
  const started = performance.now();
  expect(isQuantity('9'.repeat(1_000_000))).toBe(false);
  expect(isQuantity(`1e${'9'.repeat(1_000_000)}`)).toBe(false);
  for (let i = 0; i < 1_000; i++) expect(sameQuantity('1e99', '1e-99')).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesPattern } from '../../functions/injection/decide/namespace-pattern.ts';

test.each([
  ['*', '', true],
  ['**', 'a', true],
  ['a', 'a', true],
  ['a', 'ab', false],
  ['a*', 'a', true],
  ['*a', 'ba', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*a', 'aba', true],
  ['a*b*a', 'aa', false],
  ['', '', true],
  ['', 'a', false],
  ['.', 'a', false],
])('%j and the namespace %j: %j', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test('agrees with a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, letters, (p, name) => {
      expect(matchesPattern(p, name)).toBe(new RegExp(`^${p.replaceAll('*', '.*')}$`).test(name));
    }),
    { numRuns: 5_000 },
  );
});

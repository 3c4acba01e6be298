import { describe, expect, test } from 'vitest';
import {
  allowed,
  denied,
  patched,
  WARNING_CHARACTERS_MAX,
  withAudit,
  withWarnings,
} from '../../functions/admission/response.ts';
import { add } from '../../functions/kubernetes/json-patch.ts';

test('the three decisions', () => {
  expect(allowed()).toEqual({ allowed: true, operations: [], warnings: [], auditAnnotations: {} });
  expect(patched([add('/a', 1)])).toEqual({ ...allowed(), operations: [add('/a', 1)] });
  expect(denied(400, 'no')).toEqual({ ...allowed(), allowed: false, status: { code: 400, message: 'no' } });
});

describe('warnings', () => {
  test.each([
    ['a short one', 'x', 'x'],
    ['a newline (the API server drops such a warning)', 'a\nb', 'a b'],
    ['a carriage return and a tab', 'a\r\tb', 'a  b'],
    ['colours', '\u001b[31mred', ' [31mred'],
    ['direction marks', 'a\u202eb', 'a b'],
    ['a zero-width space', 'a\u200bb', 'a b'],
    ['line separators', 'a\u2028b\u2029c', 'a b c'],
    ['the longest', 'x'.repeat(120), 'x'.repeat(120)],
    ['one too long', 'x'.repeat(121), `${'x'.repeat(119)}…`],
    ['unicode', 'ü🛶', 'ü🛶'],
  ])('%s', (_what, warning, shown) => {
    expect(withWarnings(allowed(), [warning]).warnings).toEqual([shown]);
    expect(shown.length).toBeLessThanOrEqual(WARNING_CHARACTERS_MAX);
  });

  test('they are added to those that are there', () => {
    expect(withWarnings(withWarnings(allowed(), ['a']), ['b', 'c']).warnings).toEqual(['a', 'b', 'c']);
    expect(withWarnings(allowed(), []).warnings).toEqual([]);
  });

  test('a cut never halves a character', () => {
    const [warning = ''] = withWarnings(allowed(), [`${'x'.repeat(118)}🛶🛶`]).warnings;
    expect(warning.isWellFormed()).toBe(true);
  });
});

test('audit annotations are added to those that are there', () => {
  expect(withAudit(withAudit(allowed(), { a: '1' }), { b: '2' }).auditAnnotations).toEqual({ a: '1', b: '2' });
});

test('no response is changed by what is added to it', () => {
  const first = Object.freeze(allowed());
  withWarnings(first, ['x']);
  withAudit(first, { a: '1' });
  expect(first).toEqual(allowed());
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../functions/canary/metrics/condition/evaluate.ts';
import { parseCondition } from '../../../functions/canary/metrics/condition/parse.ts';
import { ConditionSyntaxError } from '../../../functions/canary/metrics/condition/syntax.ts';
import { ConditionError } from '../../../functions/canary/metrics/condition/values.ts';
import { CONDITION_CHARACTERS_MAX } from '../../../functions/canary/metrics/metric-state.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const judged = (condition: string, result: unknown): boolean | undefined => evaluate(parseCondition(condition), result);

function refusalOf(condition: string): ConditionSyntaxError {
  try {
    parseCondition(condition);
  } catch (error) {
    if (error instanceof ConditionSyntaxError) return error;
    throw error;
  }
  throw new Error('was parsed');
}

/** What Argo Rollouts 1.9 comes to as well: its own evaluate_test.go, its docs/features/analysis.md, and expr-lang's order of operators. */
const AS_ARGO: readonly (readonly [condition: string, result: unknown, is: boolean])[] = [
  ['result == true', true, true],
  ['result == false', true, false],
  ['all(result.service_apdex.values.values, {# > 1})', { service_apdex: { values: { values: [2, 2] } } }, true],
  ['2 in result', [2, 2], true],
  ['3 in result', [2, 2], false],
  ['3 not in result', [2, 2], true],
  ['result in ["OK", "Pass"]', 'Pass', true],
  ['result > 1', 5, true],
  ['asInt(result) == 1', '1', true],
  ['asInt(result) == 1', 1.123, true],
  ['asFloat(result) == 1.1', '1.1', true],
  ['asFloat(result) >= 1.1', 1.1, true],
  ['result[0] >= 0.95', [0.96], true],
  ['result[0] >= 0.95', [0.94], false],
  ['result[0] <= 0.95 && result[1] > 2', [0.5, 3], true],
  ['len(result) == 2', [1, 2], true],
  ['len(result) == 0 || result[0] < 10', [], true],
  ['isNaN(result[0]) || result[0] < 10', [NAN], true],
  ['!isNaN(result[0]) && result[0] >= 0.9', [NAN], false],
  ['isInf(result[0])', [INF], true],
  ['isInf(result[0])', [-INF], true],
  ['isInf(result[0])', [1], false],
  ['result[0] > 1', [INF], true],
  ['default(result, 0) < 0.05', null, true],
  ['default(result, 0) < 0.05', 0.2, false],
  ['isNil(result) || result < 1', null, true],
  ['isNil(result)', 1, false],
  ['result == nil', null, true],
  ['nil != result', 3, true],
  ['result.successPercent >= 0.95', { successPercent: 0.96 }, true],
  ['result["success-percent"] >= 0.95', { 'success-percent': 0.96 }, true],
  [
    "result.data.ok && result.data.successPercent >= 0.95 && result.state == 'up'",
    {
      data: { ok: true, successPercent: 0.95 },
      state: 'up',
    },
    true,
  ],
  ['all(result[0].Values, {# <= 0.01})', [{ Values: [0.01, 0] }], true],
  ['all(result, # < 1)', [0.5, 1.5], false],
  ['any(result, {# > 1})', [0.5, 1.5], true],
  ['any(result, {# > 2})', [0.5, 1.5], false],
  ['none(result, {# > 2})', [0.5, 1.5], true],
  ['none(result, {# > 1})', [0.5, 1.5], false],
  ['count(result, {# > 1}) == 1', [0.5, 1.5], true],
  ['all(result, {.value < 1})', [{ value: 0.5 }], true],
  ['any(result, {any(#, {# == 3})})', [[1], [2, 3]], true],
  ['result[-1] == 3', [1, 2, 3], true],
  ['result + 1 * 2 == 4', 2, true],
  ['(result + 1) * 2 == 6', 2, true],
  ['10 - result - 3 == 5', 2, true],
  ['result / 4 == 0.5', 2, true],
  ['result % 3 == 2', 5, true],
  ['-result < 0', 2, true],
  ['1 - -result == 3', 2, true],
  ['abs(result) == 2', -2, true],
  ['1.5e-1 < .2', 0, true],
  ['!result', false, true],
  ['not result or result', true, true],
  ['false && false || true', 0, true],
  ['true || true && false', 0, true],
  ['false and true or true', 0, true],
  ["result == 'it\\'s' && 1 == 1", "it's", true],
  ['result < "b"', 'a', true],
  ['true', null, true],
  ['false', null, false],
];

/** Where nothing can be told: Argo finds an error, or of NaN that a comparison is false, or that all of nothing are good. */
const UNKNOWN: readonly (readonly [condition: string, result: unknown])[] = [
  ['result[0] >= 0.95', []],
  ['result[0] >= 0.95', [NAN]],
  ['result[0] != 0.95', [NAN]],
  ['!(result[0] > 1)', [NAN]],
  ['result >= 0.95', null],
  ['result.a.b > 1', {}],
  ['result.constructor == 1', {}],
  ['result.__proto__ == 1', {}],
  ['result[7] == 1', [1]],
  ['result', null],
  ['all(result, {# < 1})', []],
  ['any(result, {# < 1})', []],
  ['none(result, {# < 1})', []],
  ['count(result, {# > 1}) == 0', []],
  ['all(result, {# < 1})', [0.5, NAN]],
  ['any(result, {# > 1})', [0.5, NAN]],
  ['result[0] / result[1] < 1', [0, 0]],
  ['true && result > 1', null],
  ['result > 1 && false', null],
  ['result > 1 || true', null],
  ['result[0] >= 0.99 && len(result) == 1', []],
  ['result > 1 || false', null],
  ['result.list[0] in [1, 2]', {}],
  ['-result < 0', null],
  ['asFloat(result) < 1', null],
];

/** Here what is there decides, before what is not is looked at, or, of a list, whatever the rest of it is. */
const DECIDED: readonly (readonly [condition: string, result: unknown, is: boolean])[] = [
  ['false && result > 1', null, false],
  ['true || result > 1', null, true],
  ['len(result) == 1 && result[0] >= 0.99', [], false],
  ['all(result, {# < 1})', [NAN, 2], false],
  ['any(result, {# > 1})', [NAN, 2], true],
  ['default(result[0], 0) == 0', [], true],
  ['default(result, 0) == 0', [], true],
];

const ERRORS: readonly (readonly [condition: string, result: unknown, why: RegExp])[] = [
  ['asInt(result) == 1', '1.1', /asInt takes a number/],
  ['asFloat(result) == 1', 'NotANum', /asFloat takes a number/],
  ['result == 1', '1', /== compares a text with a number/],
  ['result < 1', '1', /< compares a text with a number/],
  ['result == 1', [1], /== compares a list with a number/],
  ['result == result', [1], /not a list/],
  ['result && true', 1, /beside && is a number/],
  ['!result', 1, /what ! turns round is a number/],
  ['result', 1, /the condition is a number/],
  ['result.value > 1', 5, /a number has neither elements nor fields/],
  ['result.value > 1', [5], /a list has elements by number/],
  ['result[0] > 1', { a: 1 }, /an object has fields by name/],
  ['len(result) > 1', 5, /len takes a list/],
  ['isNaN(result)', 'x', /isNaN takes a number/],
  ['result + 1 > 1', 'x', /\+ takes numbers/],
  ['1 in result', 5, /in looks into a list/],
  ['all(result, {# > 1})', 5, /all looks at a list/],
  ['all(result, {#})', [5], /the test of all is a number/],
];

const SYNTAX: readonly (readonly [condition: string, at: number, why: RegExp])[] = [
  ['', 0, /ends where a value is missing/],
  ['result >', 8, /ends where a value is missing/],
  ['a == true', 0, /"a" is not known; known are result, len/],
  ['constructor', 0, /"constructor" is not known/],
  ['result.Name() == 1', 11, /"\(" is not understood here/],
  ['result = 1', 7, /"=" is not understood here/],
  ['1', 0, /must be true or false/],
  ['result + 1', 0, /must be true or false/],
  ['len(result)', 0, /must be true or false/],
  ['count(result, {# > 1})', 0, /must be true or false/],
  ['1 < result < 3', 11, /compares twice in a row/],
  ['result[0', 8, /"\]" is missing at the end/],
  ['(result > 1', 11, /"\)" is missing at the end/],
  ['all(result {# > 1})', 11, /"," is missing before "\{"/],
  ['all(result, {# > 1)', 18, /"\}" is missing before "\)"/],
  ['# > 1', 0, /"#" stands only in/],
  ['all(result, {# > 1}) && # > 1', 24, /"#" stands only in/],
  ['len(result, 1) > 1', 0, /len takes one value/],
  ['default(result) > 1', 0, /default takes two values/],
  ['result == "up', 10, /without its closing quotation mark/],
  ['result.5 > 1', 6, /".5" is not understood/],
  ['result. > 1', 8, /a field has a name/],
  ['result > 12ab', 9, /"1" is not understood/],
  ['&& true', 0, /a value is missing before "&&"/],
  ['or true', 0, /a value is missing before "or"/],
  ['result > 1; true', 10, /";" is not understood/],
  ['`x`', 0, /"`" is not understood/],
];

/** What is too long, too deep or has too many parts. */
const BOUNDS: readonly (readonly [title: string, condition: string, at: number, why: RegExp])[] = [
  ['40 parentheses', `${'('.repeat(40)}true${')'.repeat(40)}`, 32, /nests more than 32 deep/],
  ['40 times not', `${'!'.repeat(40)}true`, 32, /nests more than 32 deep/],
  ['360 parts', Array.from({ length: 120 }, () => '1==1').join('||'), 387, /more than 256 parts/],
  ['a long text', `${'1'.repeat(CONDITION_CHARACTERS_MAX)} > 1`, 0, /more than 1024 characters/],
];

describe('conditions', () => {
  test.each(AS_ARGO)('as in Argo: %s of %j is %j', (condition, result, is) => {
    expect(judged(condition, result)).toBe(is);
  });

  test.each(UNKNOWN)('cannot be told: %s of %j', (condition, result) => {
    expect(judged(condition, result)).toBeUndefined();
  });

  test.each(DECIDED)('decided all the same: %s of %j is %j', (condition, result, is) => {
    expect(judged(condition, result)).toBe(is);
  });

  test.each(ERRORS)('an error: %s of %j', (condition, result, why) => {
    expect(() => judged(condition, result)).toThrow(ConditionError);
    expect(() => judged(condition, result)).toThrow(why);
  });

  test.each(SYNTAX)('is refused: %s', (condition, at, why) => {
    expect(refusalOf(condition)).toMatchObject({ at, message: expect.stringMatching(why) });
  });

  test.each(BOUNDS)('is refused: %s', (_, condition, at, why) => {
    expect(refusalOf(condition)).toMatchObject({ at, message: expect.stringMatching(why) });
  });

  test('a long result costs a bounded time', () => {
    const result = Array.from({ length: 2_000 }, () => 1);
    expect(judged('all(result, {# > 0 && # < 2 && abs(#) == 1})', result)).toBe(true);
    expect(() => judged('all(result, {all(result, {# > 0})})', result)).toThrow(/too long for this condition/);
  });
});

describe('whatever text comes', () => {
  const words = [
    'result',
    '[',
    ']',
    '0',
    '1.5',
    '(',
    ')',
    '&&',
    '!',
    '-',
    '<',
    '==',
    'all',
    ',',
    '{',
    '#',
    '}',
    '.',
    'a',
    '"x"',
  ];

  test('a condition is parsed or refused with a place in it, and evaluated or refused', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), fc.jsonValue(), (parts, result) => {
        const text = parts.join(' ');
        try {
          expect([true, false, undefined]).toContain(judged(text, result));
        } catch (error) {
          if (error instanceof ConditionSyntaxError) expect(error.at).toBeLessThanOrEqual(text.length);
          else expect(error).toBeInstanceOf(ConditionError);
        }
      }),
    );
  });
});

describe('what looks at each element counts each: a loop of it is refused, not waited for', () => {
  const numbers = (length: number): readonly number[] => Array.from({ length }, (_, i) => i);
  const fields = (count: number): object => Object.fromEntries(numbers(count).map((i) => [`k${i}`, i]));

  test.each<[condition: string, result: unknown]>([
    ['all(result, {# in result})', numbers(1_000)],
    ['all(result.list, {len(result.fields) == 100})', { list: numbers(2_000), fields: fields(100) }],
    ['all(result, {any(result, {# == 1})})', numbers(1_000)],
  ])('%s', (condition, result) => {
    expect(() => judged(condition, result)).toThrow(/the result is too long for this condition/);
  });

  test('a field is found without a search, and only an own one', () => {
    const result = { list: numbers(10_000), fields: fields(70_000) };
    expect(judged('all(result.list, {result.fields.k69999 == 69999})', result)).toBe(true);
    expect(judged('result.constructor == nil', {})).toBe(true);
    expect(judged('result.__proto__ == 1', JSON.parse('{"__proto__": 1}'))).toBe(true);
  });
});

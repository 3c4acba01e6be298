import { describe, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { type LabelSelector, matchesLabels, parseSelector } from '../../functions/kubernetes/selector.ts';

function parsed(value: unknown): LabelSelector {
  const check = new Check();
  const selector = parseSelector(check, value, 'at');
  if (check.faults.length > 0) throw new Error(JSON.stringify(check.faults));
  return selector;
}

const expression = (operator: string, ...values: string[]): unknown => ({
  matchExpressions: [{ key: 'tier', operator, ...(values.length === 0 ? {} : { values }) }],
});

describe('labels', () => {
  test.each<[string, boolean, unknown, Record<string, unknown>]>([
    ['none against an empty selector', true, {}, {}],
    ['some against an empty selector', true, {}, { a: 'b' }],
    ['all that are asked for', true, { matchLabels: { a: 'b' } }, { a: 'b', c: 'd' }],
    ['one of two that are asked for', false, { matchLabels: { a: 'b', c: 'd' } }, { a: 'b' }],
    ['another value', false, { matchLabels: { a: 'b' } }, { a: 'B' }],
    ['an empty value that is asked for', true, { matchLabels: { a: '' } }, { a: '' }],
    ['an absent label where an empty one is asked for', false, { matchLabels: { a: '' } }, {}],
    ['a key that only the prototype has', false, { matchLabels: { constructor: 'a' } }, {}],
    ['an own key constructor', true, { matchLabels: { constructor: 'a' } }, { constructor: 'a' }],
    ['a value in the set (In)', true, expression('In', 'web', 'api'), { tier: 'api' }],
    ['a value out of the set (In)', false, expression('In', 'web'), { tier: 'api' }],
    ['an absent label (In)', false, expression('In', 'web'), {}],
    ['a value in the set (NotIn)', false, expression('NotIn', 'web'), { tier: 'web' }],
    ['a value out of the set (NotIn)', true, expression('NotIn', 'web'), { tier: 'api' }],
    ['an absent label (NotIn), as in Kubernetes', true, expression('NotIn', 'web'), {}],
    ['a label that is there (Exists)', true, expression('Exists'), { tier: '' }],
    ['an absent label (Exists)', false, expression('Exists'), {}],
    ['a label that is there (DoesNotExist)', false, expression('DoesNotExist'), { tier: '' }],
    ['an absent label (DoesNotExist)', true, expression('DoesNotExist'), {}],
    [
      'a label and an expression of which one fails',
      false,
      { matchLabels: { a: 'b' }, ...Object(expression('Exists')) },
      { a: 'b' },
    ],
    [
      'two expressions about one key, both true',
      true,
      {
        matchExpressions: [
          { key: 'a', operator: 'Exists' },
          { key: 'a', operator: 'NotIn', values: ['x'] },
        ],
      },
      { a: 'y' },
    ],
    [
      'toString as the key of an expression',
      false,
      { matchExpressions: [{ key: 'toString', operator: 'Exists' }] },
      {},
    ],
    ['a value that is no text', false, { matchLabels: { a: '1' } }, { a: 1 }],
  ])('%s: %s', (_case, matches, selector, labels) => {
    expect(matchesLabels(parsed(selector), labels)).toBe(matches);
  });

  test('an own __proto__ is an ordinary key', () => {
    const selector = parsed(JSON.parse('{"matchLabels": {"__proto__": "a"}}'));
    expect(matchesLabels(selector, {})).toBe(false);
    expect(matchesLabels(selector, JSON.parse('{"__proto__": "a"}'))).toBe(true);
  });
});

describe('a selector', () => {
  const first = 'at.matchExpressions[0]';
  test.each<[string, string[], unknown]>([
    ['that is null', ['at'], null],
    ['that is a list', ['at'], []],
    ['with an unknown field', ['at.matchLabel'], { matchLabel: {} }],
    ['with labels that are a list', ['at.matchLabels'], { matchLabels: [] }],
    ['with a label that is a number', ['at.matchLabels.a'], { matchLabels: { a: 1 } }],
    ['with expressions that are a map', ['at.matchExpressions'], { matchExpressions: {} }],
    ['with an expression that is null', [`${first}.key`, `${first}.operator`], { matchExpressions: [null] }],
    ['with an expression without key', [`${first}.key`], { matchExpressions: [{ operator: 'Exists' }] }],
    [
      'with an operator of another spelling',
      [`${first}.operator`],
      { matchExpressions: [{ key: 'a', operator: 'exists' }] },
    ],
    ['with In and no values', [`${first}.values`], expression('In')],
    [
      'with NotIn and an empty list',
      [`${first}.values`],
      { matchExpressions: [{ key: 'a', operator: 'NotIn', values: [] }] },
    ],
    ['with Exists and values', [`${first}.values`], expression('Exists', 'a')],
    ['with DoesNotExist and values', [`${first}.values`], expression('DoesNotExist', 'a')],
    [
      'with a value that is a number',
      [`${first}.values[0]`],
      { matchExpressions: [{ key: 'a', operator: 'In', values: [1, 'b'] }] },
    ],
    [
      'with an unknown field of an expression',
      [`${first}.op`],
      { matchExpressions: [{ key: 'a', operator: 'Exists', op: 1 }] },
    ],
  ])('%s is refused at %j', (_case, paths, value) => {
    const check = new Check();
    parseSelector(check, value, 'at');
    expect(check.faults.map((f) => f.path)).toEqual(paths);
  });
});

import { describe, expect, test } from 'vitest';
import { checkExpression, expressionsIn, identifierOf } from '../../functions/template/expression.ts';
import type { Parameter } from '../../functions/template/parameter/parameter.ts';

const PARAMETERS: readonly Parameter[] = [
  { name: 'log-level', type: 'enum', values: ['info'], default: 'info' },
  { name: 'tag', type: 'imageTag', default: 'v1' },
  { name: 'note', type: 'string', maxLength: 9, default: '' },
];

test.each<[text: string, expressions: readonly string[]]>([
  ['', []],
  ['plain $(VAR) $HOME {x}', []],
  ['${a}', ['a']],
  ['--id=${a}.${ b }', ['a', ' b ']],
  ['$${a}', []],
  ['$${ ${a} }', ['a']],
  ['$$${a}', []],
  ['${a', ['${a']],
])('the expressions of %j', (text, expressions) => {
  expect(expressionsIn(text)).toEqual(expressions);
});

test.each<[expression: string, uses: readonly string[]]>([
  ['owner', ['owner']],
  ["namespace + '.' + owner", ['namespace', 'owner']],
  ['discovery.host', ['discovery']],
  ["log_level == 'owner'", []],
  ["len(note) > 3 && !(note in ['a', 'b'])", []],
  ['"it\'s" + uppercase(note[0:3])', []],
])('%s is good and uses %j', (expression, uses) => {
  expect(checkExpression(expression, PARAMETERS, 'any')).toEqual({ uses });
});

describe('what an expression cannot do', () => {
  const MAPS = 'an expression cannot hold { or }, not even in quotes, and its quotes must be closed';
  test.each<[what: string, expression: string, fault: string]>([
    ['tell the time', "fromNow('1 day')", 'an expression cannot use fromNow'],
    ['tell the time', 'now', 'an expression cannot use now'],
    ['make a list of a number', 'range(0, 1000000000)', 'an expression cannot use range'],
    ['make a list of a text', "split(note, ',')", 'an expression cannot use split'],
    ['ask what is there', "defined('audience')", 'an expression cannot use defined'],
    ['make a map', "{name: 'evil'}", MAPS],
    ['hide a name behind a quoted brace', "'}' + owner", MAPS],
    ['leave a quote open', "note + 'x", MAPS],
    ['use a parameter that is not declared', 'cpu', 'an expression cannot use cpu'],
    ['use a parameter by half its name', 'log-level', 'an expression cannot use log'],
    ['use an inherited name', 'constructor', 'an expression cannot use constructor'],
    ['go on for ever', `1${'+1'.repeat(600)}`, 'an expression has at most 1024 characters'],
  ])('%s: %s', (_what, expression, fault) => {
    expect(checkExpression(expression, PARAMETERS, 'any')).toEqual({ fault });
  });

  // Fault 70: an image is another program; only its tag, or a choice of the author's, may vary.
  test('free text cannot stand in an image', () => {
    expect(checkExpression('tag', PARAMETERS, 'image')).toEqual({ uses: [] });
    expect(checkExpression('log_level', PARAMETERS, 'image')).toEqual({ uses: [] });
    expect(checkExpression('note', PARAMETERS, 'image')).toEqual({
      fault: 'only parameters of type imageTag and enum can stand in an image, not note',
    });
  });
});

test('a name with dashes is written with underscores', () => {
  expect(identifierOf('a-b-c')).toBe('a_b_c');
});

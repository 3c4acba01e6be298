import { describe, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { parseParameters } from '../../functions/template/parse/parse-parameters.ts';
import { templateOf } from '../support/templates.ts';

function faultPaths(parameters: unknown): readonly string[] {
  const check = new Check();
  parseParameters(check, { parameters });
  return check.faults.map((f) => f.path);
}

const INTEGER = { name: 'n', type: 'integer', minimum: 1, maximum: 16, default: 2 };

test('a template keeps its parameters, typed', () => {
  const { parameters } = templateOf('t', {
    parameters: [
      INTEGER,
      { name: 'cpu', type: 'quantity', default: 1 },
      { name: 'on', type: 'boolean', default: 'true' },
      { name: 'tag', type: 'imageTag', required: true },
      { name: 'ports', type: 'portList', default: 80 },
      { name: 'note', type: 'string', default: '' },
    ],
  });
  expect(parameters).toEqual([
    INTEGER,
    { name: 'cpu', type: 'quantity', default: '1' },
    { name: 'on', type: 'boolean', default: true },
    { name: 'tag', type: 'imageTag' },
    { name: 'ports', type: 'portList', default: '80' },
    { name: 'note', type: 'string', maxLength: 256, default: '' },
  ]);
});

test('none and an empty list are told apart', () => {
  expect(templateOf('t').parameters).toBeUndefined();
  expect(templateOf('t', { parameters: [] }).parameters).toEqual([]);
});

describe('faults, with their paths', () => {
  const p = 'spec.parameters';
  test.each<[what: string, parameters: unknown, paths: readonly string[]]>([
    ['a map', {}, [p]],
    ['too many', Array(65).fill(INTEGER), [p]],
    ['a text', ['n'], [`${p}[0]`, `${p}[0].name`, `${p}[0].name`, `${p}[0].type`, `${p}[0]`]],
    ['a name twice', [INTEGER, INTEGER], [`${p}[1].name`]],
    ['a name in capitals', [{ ...INTEGER, name: 'logLevel' }], [`${p}[0].name`]],
    ['a name that begins with a digit', [{ ...INTEGER, name: '1st' }], [`${p}[0].name`]],
    ['a name with a slash', [{ ...INTEGER, name: 'a/b' }], [`${p}[0].name`]],
    ['a name of 64 characters', [{ ...INTEGER, name: 'n'.repeat(64) }], [`${p}[0].name`]],
    ['a name of the context', [{ ...INTEGER, name: 'cluster' }], [`${p}[0].name`]],
    ['a name of the context in other letters', [{ ...INTEGER, name: 'serviceaccount' }], [`${p}[0].name`]],
    ['a name of a function', [{ ...INTEGER, name: 'len' }], [`${p}[0].name`]],
    ['no type', [{ name: 'n', default: 'x' }], [`${p}[0].type`]],
    ['an unknown type', [{ name: 'n', type: 'regex', default: 'x' }], [`${p}[0].type`]],
    ['an inherited type', [{ name: 'n', type: 'constructor', default: 'x' }], [`${p}[0].type`]],
    ['an integer without bounds', [{ name: 'n', type: 'integer', default: 2 }], [`${p}[0]`]],
    [
      'bounds the wrong way round',
      [{ ...INTEGER, minimum: 17, required: true, default: undefined }],
      [`${p}[0].maximum`],
    ],
    ['a bound of another type', [{ name: 'n', type: 'duration', minimum: '5', default: '5s' }], [`${p}[0].minimum`]],
    ['a bound where there can be none', [{ name: 'n', type: 'port', minimum: 1, default: 80 }], [`${p}[0].minimum`]],
    ['a default out of bounds', [{ ...INTEGER, default: 17 }], [`${p}[0].default`]],
    ['a default that is a list', [{ name: 'n', type: 'portList', default: [80] }], [`${p}[0].default`]],
    ['neither default nor required', [{ name: 'n', type: 'port' }], [`${p}[0]`]],
    ['both default and required', [{ name: 'n', type: 'port', default: 80, required: true }], [`${p}[0]`]],
    ['an enum without values', [{ name: 'n', type: 'enum', required: true }], [`${p}[0].values`]],
    ['an enum of nothing', [{ name: 'n', type: 'enum', values: [], required: true }], [`${p}[0].values`]],
    [
      'a value with a newline',
      [{ name: 'n', type: 'enum', values: ['a\n'], required: true }],
      [`${p}[0].values[0]`, `${p}[0].values`],
    ],
    ['a default that is no value', [{ name: 'n', type: 'enum', values: ['a'], default: 'b' }], [`${p}[0].default`]],
    ['a text without end', [{ name: 'n', type: 'string', maxLength: 9_999, default: '' }], [`${p}[0].maxLength`]],
    ['an unknown field', [{ ...INTEGER, description: 'x' }], [`${p}[0].description`]],
  ])('%s', (_what, parameters, paths) => {
    expect(faultPaths(JSON.parse(JSON.stringify(parameters)))).toEqual(paths);
  });
});

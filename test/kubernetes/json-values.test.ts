import { expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { checkJson } from '../../functions/kubernetes/json-values.ts';

function faultPaths(value: unknown): readonly string[] {
  const check = new Check();
  checkJson(check, value, 'at');
  return [...new Set(check.faults.map((f) => f.path))];
}

const quantity = (text: unknown): unknown => ({ resources: { limits: { cpu: text } } });

test.each<[string, string, unknown]>([
  ['null', 'at.a', { a: null }],
  ['null in a list', 'at.a[1]', { a: [1, null] }],
  ['the directive $patch', 'at.env[0].$patch', { env: [{ name: 'A', $patch: 'delete' }] }],
  ['the directive $retainKeys', 'at.$retainKeys', { $retainKeys: ['a'] }],
  ['the directive $setElementOrder', 'at.$setElementOrder/env', { '$setElementOrder/env': [] }],
  ['the directive $deleteFromPrimitiveList', 'at.$deleteFromPrimitiveList/a', { '$deleteFromPrimitiveList/a': [] }],
  ['an own __proto__', 'at.a.__proto__', JSON.parse('{"a": {"__proto__": {"x": 1}}}')],
  ['a whole number beyond 2^53', 'at.a', JSON.parse('{"a": 9007199254740993}')],
  ['a number below -2^53', 'at.a', JSON.parse('{"a": -9007199254740993}')],
  ['a number that is infinite once it is read', 'at.a', JSON.parse('{"a": 1e400}')],
  ['a number that is none', 'at.a', { a: Number.NaN }],
  ['a bad quantity among limits', 'at.resources.limits.cpu', quantity('1 core')],
  ['an infinite quantity', 'at.resources.limits.cpu', quantity('1e999')],
  ['a negative quantity', 'at.resources.limits.cpu', quantity('-1')],
  ['a quantity with a carriage return', 'at.resources.limits.cpu', quantity('100m\r')],
  ['a quantity in hexadecimal', 'at.resources.limits.cpu', quantity('0x10')],
  ['an empty quantity', 'at.resources.limits.cpu', quantity('')],
  ['a quantity that is true', 'at.resources.limits.cpu', quantity(true)],
  ['a quantity that is null', 'at.resources.limits.cpu', quantity(null)],
  ['limits that are a text', 'at.resources.limits', { resources: { limits: '1' } }],
  ['a bad request', 'at.resources.requests.memory', { resources: { requests: { memory: '64MB' } } }],
  ['a bad sizeLimit', 'at.emptyDir.sizeLimit', { emptyDir: { sizeLimit: '1 GB' } }],
  ['a bad divisor', 'at.divisor', { divisor: [] }],
])('%s is refused at %s', (_case, path, value) => {
  expect(faultPaths(value)).toEqual([path]);
});

test.each<[string, unknown]>([
  ['2^53 - 1', Number.MAX_SAFE_INTEGER],
  ['a fraction', 0.1],
  ['minus zero', -0],
  ['an empty map', {}],
  ['an empty list', []],
  ['false', false],
  ['the empty text', ''],
  ['keys as the prototype has them', { constructor: 'a', toString: 'b' }],
  ['a dollar inside a key or a text', { a$b: '$(VAR)' }],
  ['limits as numbers', quantity(2)],
  ['limits of zero', quantity('0')],
])('%s is taken', (_case, value) => {
  expect(faultPaths({ a: value })).toEqual([]);
});

test.each<[string, (levels: number) => string]>([
  ['maps', (n) => `${'{"a":'.repeat(n)}1${'}'.repeat(n)}`],
  ['lists', (n) => `${'['.repeat(n)}1${']'.repeat(n)}`],
])('%s may nest 40 levels deep and no more', (_kind, text) => {
  expect(faultPaths(JSON.parse(text(40)))).toEqual([]);
  expect(faultPaths(JSON.parse(text(41)))).toHaveLength(1);
  expect(faultPaths(JSON.parse(text(5_000)))).toHaveLength(1);
});

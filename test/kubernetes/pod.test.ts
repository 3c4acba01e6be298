import { expect, test } from 'vitest';
import { listOf, mapOf, nameOf } from '../../functions/kubernetes/pod.ts';

const ODD = [undefined, null, 'x', 7, true, Number.NaN];

test.each([...ODD, []])('%j has no map in it', (owner) => {
  expect(mapOf(owner, 'labels')).toEqual({});
});

test.each([...ODD, []])('labels: %j is an empty map', (labels) => {
  expect(mapOf({ labels }, 'labels')).toEqual({});
});

test.each([...ODD, {}])('containers: %j is an empty list', (containers) => {
  expect(listOf({ containers }, 'containers')).toEqual([]);
  expect(listOf(containers, 'length')).toEqual([]);
});

test.each([...ODD, [], {}, { name: 7 }, { name: null }])('%j has no name', (element) => {
  expect(nameOf(element)).toBeUndefined();
});

test('what is there is found, what is inherited is not', () => {
  expect(mapOf({ labels: { a: '1' } }, 'labels')).toEqual({ a: '1' });
  expect(listOf({ list: [1] }, 'list')).toEqual([1]);
  expect(nameOf({ name: '' })).toBe('');
  expect(mapOf({}, 'constructor')).toEqual({});
  expect(mapOf({}, '__proto__')).toEqual({});
  expect(nameOf(Object.create({ name: 'x' }))).toBeUndefined();
});

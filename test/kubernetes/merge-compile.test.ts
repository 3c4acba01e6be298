import { describe, expect, test } from 'vitest';
import { compileMap } from '../../functions/kubernetes/merge/compile.ts';
import type { CompiledField, CompiledMap } from '../../functions/kubernetes/merge/compiled.ts';
import { POD_SPEC } from '../../functions/kubernetes/merge/merge-keys.ts';

/** The field of that key; throws when there is none. */
function field(map: CompiledMap | undefined, key: string): CompiledField {
  const found = map?.fields.find((f) => f.key === key);
  if (found === undefined) throw new Error(`no field ${key}`);
  return found;
}

test('the operations of a field are ready, with its path escaped, and frozen', () => {
  const compiled = field(compileMap({ 'a/b~c': 'x' }, undefined, '/metadata/labels'), 'a/b~c');
  expect(compiled.add).toEqual({ op: 'add', path: '/metadata/labels/a~1b~0c', value: 'x' });
  expect(compiled.replace).toEqual({ op: 'replace', path: '/metadata/labels/a~1b~0c', value: 'x' });
  expect([compiled.add, compiled.replace].map(Object.isFrozen)).toEqual([true, true]);
});

test('maps are compiled all the way down, with the rule of every field', () => {
  const fields = compileMap({ overhead: { cpu: '1' }, securityContext: { fsGroup: 1 } }, POD_SPEC, '/spec');
  expect(field(field(fields, 'overhead').map, 'cpu')).toMatchObject({
    rule: { kind: 'quantity' },
    add: { path: '/spec/overhead/cpu' },
  });
  expect(field(field(fields, 'securityContext').map, 'fsGroup').add.path).toBe('/spec/securityContext/fsGroup');
});

test('keyed lists know how each element is appended; other lists are values', () => {
  const volumes = [{ name: 'a' }, { name: 'b' }];
  const fields = compileMap({ volumes, readinessGates: [{ conditionType: 'x' }] }, POD_SPEC, '/spec');
  expect(field(fields, 'volumes').list?.elements.map((e) => e.append)).toEqual(
    volumes.map((value) => ({ op: 'add', path: '/spec/volumes/-', value })),
  );
  expect(field(fields, 'readinessGates').list).toBeUndefined();
});

test('the same map is compiled once, an equal one anew', () => {
  const wanted = { a: '1' };
  expect(compileMap(wanted, undefined, '/x')).toBe(compileMap(wanted, undefined, '/x'));
  expect(compileMap({ a: '1' }, undefined, '/x')).not.toBe(compileMap(wanted, undefined, '/x'));
});

describe('what the API server would drop again is never added', () => {
  test.each<[key: string, value: unknown, isNothing: boolean]>([
    ['hostNetwork', false, true],
    ['hostPID', false, true],
    ['hostIPC', false, true],
    ['hostNetwork', true, false],
    ['automountServiceAccountToken', false, false],
    ['enableServiceLinks', false, false],
    ['hostname', '', true],
    ['readinessGates', [], true],
    ['nodeSelector', {}, true],
    ['securityContext', {}, false],
    ['terminationGracePeriodSeconds', 0, false],
  ])('%s %j: %j', (key, value, isNothing) => {
    expect(field(compileMap({ [key]: value }, POD_SPEC, '/spec'), key).isNothing).toBe(isNothing);
  });
});

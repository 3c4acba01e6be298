import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { add, child, replace } from '../../functions/kubernetes/json-patch.ts';

// Defect 3 of research/injection.md §3.2: `~` and `/` not escaped in annotation keys.
describe('defect 3: keys in a JSON Pointer', () => {
  test.each([
    ['an ordinary key', 'app', '/m/app'],
    ['a slash', 'example.com/name', '/m/example.com~1name'],
    ['a tilde', 'a~b', '/m/a~0b'],
    ['what looks escaped already', '~1', '/m/~01'],
    ['a tilde before a slash', '~/', '/m/~0~1'],
    ['many of both', '~~//', '/m/~0~0~1~1'],
    ['the empty key', '', '/m/'],
    ['a dash', '-', '/m/-'],
    ['digits', '007', '/m/007'],
    ['unicode stays raw', 'ключ 🛶', '/m/ключ 🛶'],
    ['quotes and backslashes stay raw', '"\\', '/m/"\\'],
    ['an index', 3, '/m/3'],
  ])('%s', (_what, key, path) => {
    expect(child('/m', key)).toBe(path);
  });

  test.each(['app', 'a/b', 'a~b', '~1', '~/', '', '-', '007', '🛶', '"'])('%j finds its way back', (key) => {
    const document = { m: {} };
    const { newDocument } = jsonPatch.applyPatch(document, [add(child('/m', key), 'v')], true, false);
    expect(newDocument).toEqual({ m: { [key]: 'v' } });
  });
});

test('operations are plain RFC 6902', () => {
  expect(add('/a', [1])).toEqual({ op: 'add', path: '/a', value: [1] });
  expect(replace('/a', null)).toEqual({ op: 'replace', path: '/a', value: null });
});

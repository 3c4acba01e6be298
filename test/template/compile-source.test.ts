import { describe, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { compileSource } from '../../functions/template/compile-source.ts';
import type { Parameter } from '../../functions/template/parameter/parameter.ts';

const PARAMETERS: readonly Parameter[] = [{ name: 'note', type: 'string', maxLength: 9, default: '' }];

function compiled(source: Record<string, unknown>) {
  const check = new Check();
  return { rendering: compileSource(check, source, 'pod', PARAMETERS), faults: check.faults.map((f) => f.path) };
}

test.each<[what: string, source: Record<string, unknown>]>([
  ['nothing', {}],
  ['a text without expressions', { a: ['$(VAR)', { b: '$HOME' }], c: 1, d: null, e: true }],
  ['merge directives alone', { a: [{ $patch: 'delete', name: 'x' }], '$setElementOrder/a': ['x'], $retainKeys: ['y'] }],
])('%s is not rendered', (_what, source) => {
  expect(compiled(source)).toEqual({ rendering: undefined, faults: [] });
});

test('merge directives are escaped beside expressions', () => {
  const source = { x: '${owner}', list: [{ $patch: 'delete', name: 'y' }], '$setElementOrder/list': [{ name: 'y' }] };
  expect(compiled(source)).toEqual({
    rendering: {
      source: { x: '${owner}', list: [{ $$patch: 'delete', name: 'y' }], '$$setElementOrder/list': [{ name: 'y' }] },
      uses: ['owner'],
    },
    faults: [],
  });
});

test('every operator that is allowed, and what it uses', () => {
  const { rendering, faults } = compiled({
    a: { $eval: 'cluster' },
    b: { $if: "note == ''", then: '${namespace}', else: 1 },
    c: { $switch: { 'owner == note': 1, $default: 2 } },
    d: { $match: { nativeSidecars: 1 } },
    e: { $merge: [{ x: 1 }, { $if: 'true', then: {} }] },
    f: { $mergeDeep: [{ x: 1 }] },
    g: { $flatten: [[1], [2]] },
    h: { $json: { x: '${audience}' } },
  });
  expect(faults).toEqual([]);
  expect(rendering?.uses).toEqual(['audience', 'cluster', 'namespace', 'nativeSidecars', 'owner']);
});

describe('faults, with their paths', () => {
  test.each<[what: string, source: Record<string, unknown>, faults: readonly string[]]>([
    ['the time', { a: { $fromNow: '1 day' } }, ['pod.a.$fromNow']],
    ['a loop', { a: { $map: [1], 'each(x)': 1 } }, ['pod.a.$map']],
    ['a fold', { a: { $reduce: [1], initial: 0, 'each(a,x)': 1 } }, ['pod.a.$reduce']],
    ['a search', { a: { $find: [1], 'each(x)': 'x' } }, ['pod.a.$find']],
    ['a name for a value', { a: { $let: { x: 1 }, in: 1 } }, ['pod.a.$let']],
    ['a sort', { a: { $sort: [1] } }, ['pod.a.$sort']],
    ['an unknown operator', { a: { $constructor: 1 } }, ['pod.a.$constructor']],
    ['an escaped operator', { a: { $$eval: 'x' } }, ['pod.a.$$eval']],
    ['something beside an operator', { a: { $eval: 'owner', name: 1 } }, ['pod.a.name']],
    ['two operators', { a: { $eval: 'owner', $if: 'true' } }, ['pod.a.$if']],
    ['an operator beside a directive', { a: { $patch: 'delete', $eval: 'owner' } }, ['pod.a.$patch']],
    ['an expression that is none', { a: { $eval: 1 }, b: { $if: ['x'] } }, ['pod.a.$eval', 'pod.b.$if']],
    ['conditions that are a list', { a: { $switch: [] } }, ['pod.a.$switch']],
    ['a bad condition', { a: { $switch: { now: 1 } } }, ['pod.a.$switch["now"]']],
    ['a default of $match', { a: { $match: { $default: 1 } } }, ['pod.a.$match["$default"]']],
    ['a bad expression in a text', { a: ['${now}'] }, ['pod.a[0]']],
    ['an open expression', { a: '${owner' }, ['pod.a']],
    ['an expression in a key', { a: { '${note}': 1 } }, ['pod.a.${note}']],
    ['a directive that varies', { a: { $patch: '${note}' } }, ['pod.a.$patch']],
    ['a directive with an operator', { $retainKeys: [{ $eval: 'note' }] }, ['pod.$retainKeys']],
    ['$json in $json, which doubles', { a: { $json: { b: { $json: 1 } } } }, ['pod.a.$json.b.$json']],
    ['a container whose name varies', { containers: [{ name: '${note}' }] }, ['pod.containers[0].name']],
    [
      'so in a branch',
      { initContainers: [{ $if: 'true', then: { name: '${note}' } }] },
      ['pod.initContainers[0].then.name'],
    ],
    ['so in a merge', { volumes: [{ $merge: [{ name: { $eval: 'note' } }] }] }, ['pod.volumes[0].$merge[0].name']],
    ['an image of free text', { image: 'x/${note}' }, ['pod.image']],
    ['an image volume of free text', { image: { reference: '${note}' } }, ['pod.image.reference']],
    [
      'an image of free text in a branch',
      { image: { $if: 'note', then: { $eval: 'note' } } },
      ['pod.image.then.$eval'],
    ],
  ])('%s', (_what, source, faults) => {
    expect(compiled(source).faults).toEqual(faults);
  });

  test('names that identify nothing of a list may vary, and so may a choice of images', () => {
    const source = {
      volumes: [{ name: 'v', configMap: { name: '${note}' } }],
      image: { $if: "note == 'x'", then: 'a:1', else: 'b:1' },
    };
    expect(compiled(source).faults).toEqual([]);
  });
});

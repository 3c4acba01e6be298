import { expect, test } from 'vitest';
import { differences } from '../../functions/registration/objects/differences.ts';

const hook = (fields: object): object => ({ webhooks: [{ name: 'a', ...fields }] });

test.each<[title: string, desired: unknown, actual: unknown, seen: unknown[]]>([
  ['fields of others are passed over', { a: 1 }, { a: 1, b: 2 }, []],
  ['one of ours is not', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', is: 2, should: 1 }]],
  ['one of ours is gone', { a: { b: 1 } }, {}, [{ path: 'a', is: undefined, should: { b: 1 } }]],
  [
    'a named element is found wherever it stands',
    hook({ x: 1 }),
    { webhooks: [{ name: 'b' }, { name: 'a', x: 1 }] },
    [{ path: 'webhooks[b]', is: { name: 'b' }, should: undefined }],
  ],
  ['its field has its name in the path', hook({ x: 1 }), hook({ x: 2 }), [{ path: 'webhooks[a].x', is: 2, should: 1 }]],
  [
    'a key with a dot is in brackets',
    { l: { 'a.b/c': 'x' } },
    { l: {} },
    [{ path: 'l["a.b/c"]', is: undefined, should: 'x' }],
  ],
  [
    'lists without names are ours as a whole',
    { a: ['x'] },
    { a: ['x', 'y'] },
    [{ path: 'a', is: ['x', 'y'], should: ['x'] }],
  ],
  [
    'a selector is ours as a whole',
    { objectSelector: {} },
    { objectSelector: { matchLabels: { a: 'b' } } },
    [{ path: 'objectSelector', is: { matchLabels: { a: 'b' } }, should: {} }],
  ],
  ['an empty list in a selector says nothing', { podSelector: { matchExpressions: [] } }, { podSelector: {} }, []],
])('%s', (_title, desired, actual, seen) => {
  expect(differences(desired, actual)).toEqual(seen);
});

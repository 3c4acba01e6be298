import { describe, expect, test } from 'vitest';
import { placeContainers } from '../../functions/injection/apply/placement.ts';
import type { PlacedContainer } from '../../functions/injection/plan/plan.ts';
import type { Position } from '../../functions/template/template.ts';
import { applyStrictly } from '../support/pods.ts';
import { namesOf } from '../support/values.ts';

const named = (name: string) => ({ name, image: `${name}:1` });
const place = (name: string, position: Position): PlacedContainer => ({ container: named(name), position });
const ahead = (name: string): Position => ({ before: name });
const behind = (name: string): Position => ({ after: name });

/** The paths of the operations and the names in the list afterwards; a second time there must be nothing to do. */
function placed(live: readonly string[], wanted: readonly PlacedContainer[]): { paths: string[]; names: unknown } {
  const list = live.map(named);
  const made = placeContainers(list, wanted, '/list');
  if ('missing' in made) return { paths: [], names: `missing ${made.missing}` };
  const { list: result } = applyStrictly({ list }, made.operations);
  const again = placeContainers(Array.isArray(result) ? result : [], wanted, '/list');
  expect(again).toEqual({ operations: [] });
  return { paths: made.operations.map((o) => `${o.op} ${o.path}`), names: namesOf(result) };
}

describe('positions', () => {
  test.each<[sentence: string, live: string[], wanted: PlacedContainer[], paths: string[], names: string]>([
    ['First of three is one operation', ['a', 'b', 'c'], [place('x', 'First')], ['add /list/0'], 'x a b c'],
    ['Last', ['a', 'b'], [place('x', 'Last')], ['add /list/-'], 'a b x'],
    ['before the first', ['a', 'b'], [place('x', ahead('a'))], ['add /list/0'], 'x a b'],
    ['before a later one', ['a', 'b'], [place('x', ahead('b'))], ['add /list/1'], 'a x b'],
    ['after the first', ['a', 'b'], [place('x', behind('a'))], ['add /list/1'], 'a x b'],
    ['after the last', ['a', 'b'], [place('x', behind('b'))], ['add /list/-'], 'a b x'],
    [
      'several First keep their order',
      ['a'],
      [place('x', 'First'), place('y', 'First')],
      ['add /list/0', 'add /list/1'],
      'x y a',
    ],
    [
      'several Last keep their order',
      ['a'],
      [place('x', 'Last'), place('y', 'Last')],
      ['add /list/-', 'add /list/-'],
      'a x y',
    ],
    ['First and Last', ['a'], [place('x', 'Last'), place('y', 'First')], ['add /list/-', 'add /list/0'], 'y a x'],
    [
      'beside one that was placed just now',
      ['a'],
      [place('x', 'First'), place('y', behind('x'))],
      ['add /list/0', 'add /list/1'],
      'x y a',
    ],
    [
      'before one that was placed just now',
      ['a'],
      [place('x', 'Last'), place('y', ahead('x'))],
      ['add /list/-', 'add /list/1'],
      'a y x',
    ],
    [
      'First, one before it, and First again',
      ['a'],
      [place('x', 'First'), place('y', ahead('x')), place('z', 'First')],
      ['add /list/0', 'add /list/0', 'add /list/2'],
      'y x z a',
    ],
    ['into an empty list: one operation for all', [], [place('x', 'Last'), place('y', 'First')], ['add /list'], 'y x'],
    ['beside each other into an empty list', [], [place('x', 'Last'), place('y', ahead('x'))], ['add /list'], 'y x'],
    ['nothing into an empty list', [], [], [], ''],
    ['nothing into a list', ['a'], [], [], 'a'],
  ])('%s', (_sentence, live, wanted, paths, names) => {
    const result = placed(live, wanted);
    expect(result.paths).toEqual(paths);
    expect(result.names).toEqual(names === '' ? [] : names.split(' '));
  });

  test.each<[sentence: string, position: Position]>([
    ['before', ahead('gone')],
    ['after', behind('gone')],
    ['before itself', ahead('x')],
  ])('a target that is not there is told: %s', (_sentence, position) => {
    const target = typeof position === 'string' ? '' : Object.values(position).join('');
    expect(placed(['a'], [place('x', position)]).names).toBe(`missing ${target}`);
    expect(placed([], [place('x', position)]).names).toBe(`missing ${target}`);
  });
});

describe('what is there already stays where it is', () => {
  test.each<[sentence: string, live: string[], wanted: PlacedContainer[], names: string]>([
    ['ours in the middle', ['a', 'x', 'b'], [place('x', 'First')], 'a x b'],
    ['ours after another webhook put its own in front', ['w', 'x', 'a'], [place('x', 'First')], 'w x a'],
    ['ours, its target gone', ['x', 'a'], [place('x', behind('gone'))], 'x a'],
    ['one is there, the other goes behind it', ['x', 'a'], [place('x', 'First'), place('y', 'First')], 'x y a'],
    ['one was taken away and comes back', ['y', 'a'], [place('x', 'First'), place('y', 'First')], 'x y a'],
  ])('%s', (_sentence, live, wanted, names) => {
    expect(placed(live, wanted).names).toEqual(names.split(' '));
  });

  test.each<[Position, string]>([
    ['First', '/list/0'],
    ['Last', '/list/-'],
  ])('elements without a name do not crash: %s', (position, path) => {
    const made = placeContainers([{}, null, 'x', { name: 7 }], [place('x', position)], '/list');
    expect(made).toEqual({ operations: [{ op: 'add', path, value: named('x') }] });
  });
});

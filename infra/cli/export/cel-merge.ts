import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import { child } from '../../../functions/kubernetes/json-patch.ts';
import { compileFields } from '../../../functions/kubernetes/merge/compile.ts';
import type {
  CompiledElement,
  CompiledField,
  CompiledList,
  CompiledMap,
} from '../../../functions/kubernetes/merge/compiled.ts';
import { membersOf } from '../../../functions/kubernetes/merge/same-values.ts';
import { celJoined, celPatch, celText, celValue } from './cel.ts';
import { celCovers, celSameKey } from './cel-covers.ts';
import { celBrought } from './cel-pod.ts';

/** The lists of which an element of the same name stands in the way, and is a fault instead (see `cel-faults.ts`). */
const CONFLICTING = '/spec/volumes';
/** A label of the Pod's own stays: to change it can take the Pod away from its ReplicaSet. */
const KEPT = '/metadata/labels';

/**
 * CEL: the JSON Patch that merges a template's map into the Pod's, as `mergeMap` of
 * functions/kubernetes/merge/strategic-merge.ts does. Directives are refused before.
 *
 * @param live CEL of the Pod's map, which is there
 * @param prefix CEL of a path that comes before those of the map; empty for none
 */
export function celMerge(map: CompiledMap, live: string, prefix = ''): string {
  return celJoined([...celClears(map, live, prefix), ...map.fields.map((field) => celField(field, live, prefix))]);
}

function celField(field: CompiledField, live: string, prefix: string): string {
  const value = celValue(field.value);
  const absent = field.isNothing ? '[]' : celPatch('add', at(prefix, field.add.path), value);
  const present = celPresent(field, `${live}[${celText(field.key)}]`, prefix);
  if (present === '[]' && absent === '[]') return '[]';
  return `(${celText(field.key)} in ${live} ? ${present} : ${absent})`;
}

function celPresent(field: CompiledField, current: string, prefix: string): string {
  if (field.map !== undefined) return celMerge(field.map, current, prefix);
  if (field.list !== undefined) {
    const { list } = field;
    return celJoined(list.elements.map((element) => celElement(element, list, current, prefix)));
  }
  if (field.parent === KEPT) return '[]';
  const replaced = celPatch('replace', at(prefix, field.replace.path), celValue(field.value));
  return `(${celCovers(current, field.value, field.rule)} ? [] : ${replaced})`;
}

function celElement(element: CompiledElement, list: CompiledList, live: string, prefix: string): string {
  const { rule, path } = list;
  const same = (other: string): string => celSameKey(other, element.value, rule.key);
  const append = celPatch('add', at(prefix, child(path, '-')), celValue(element.value));
  const merged = path === CONFLICTING ? '[]' : celMergeElement(element, list, live, same, prefix);
  return `(${live}.exists(e, ${same('e')}) ? ${merged} : ${append})`;
}

/** Into the first of the key, unless one of them says it all, or another mutation brought it. */
function celMergeElement(
  { raw, value }: CompiledElement,
  { rule, path }: CompiledList,
  live: string,
  same: (other: string) => string,
  prefix: string,
): string {
  const isAllKey = !isRecord(raw) || Object.keys(raw).every((name) => rule.key.some(({ field }) => field === name));
  if (isAllKey || rule.key.length === 0) return '[]';
  const start = prefix === '' ? celText(`${path}/`) : `${prefix} + ${celText(`${path}/`)}`;
  const merged = celMerge(compileFields(raw, rule.element, ''), `${live}[i]`, `${start} + string(i)`);
  const name = own(raw, 'name');
  const list = path.split('/').at(-1) ?? '';
  const kept = [
    `${live}.exists(e, ${same('e')} && ${celCovers('e', value, rule.element)})`,
    ...(typeof name === 'string' ? [`!(${celBrought(list, name)})`] : []),
  ];
  const indices = `lists.range(${live}.size()).filter(i, ${same(`${live}[i]`)}).slice(0, 1)`;
  return `(${kept.join(' || ')} ? [] : ${indices}.map(i, ${merged}).flatten())`;
}

/** What a union's new member drives out: the old ones, or where a discriminator says which, those that it ends. */
function celClears({ clears, path }: CompiledMap, live: string, prefix: string): readonly string[] {
  const union = clears?.rule?.kind === 'map' ? clears.rule.union : undefined;
  if (clears === undefined || union === undefined) return [];
  const { wanted } = clears;
  const { only = [], discriminator } = union;
  const asked = discriminator === undefined ? membersOf(wanted, union) : [own(wanted, discriminator)];
  if (asked.length === 0 || asked[0] === undefined) return [];
  const key = celText(discriminator ?? '');
  const switches = discriminator === undefined ? [] : [`${key} in ${live}`, `${live}[${key}] != ${celValue(asked[0])}`];
  return only
    .filter((field) => !Object.hasOwn(wanted, field))
    .map((field) => {
      const is = [`${celText(field)} in ${live}`, ...switches].join(' && ');
      return `(${is} ? ${celPatch('remove', at(prefix, child(path, field)))} : [])`;
    });
}

function at(prefix: string, path: string): string {
  return prefix === '' ? celText(path) : `${prefix} + ${celText(path)}`;
}

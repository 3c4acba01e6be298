import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import { type MergeKey, type Rule, ruleOf, type Union } from '../../../functions/kubernetes/merge/rule.ts';
import { isOmitted, membersOf } from '../../../functions/kubernetes/merge/same-values.ts';
import { celText, celValue } from './cel.ts';

/**
 * CEL: whether what the Pod has holds all that a template says; `covers` of functions/kubernetes/merge/same-values.ts with the
 * template's side worked out. The Pod's side comes from the API server: typed, without nulls and omitted values, its
 * quantities in canonical form.
 *
 * @param live CEL of a value that is there
 * @param depth of comprehensions round it, so that their variables differ
 */
export function celCovers(live: string, wanted: unknown, rule: Rule | undefined, depth = 0): string {
  if (rule?.kind === 'quantity') return `quantity(${live}).compareTo(quantity(${celText(String(wanted))})) == 0`;
  if (rule?.kind === 'intOrString') return `string(${live}) == ${celText(String(wanted))}`;
  if (Array.isArray(wanted)) return celCoversList(live, wanted, rule, depth);
  if (!isRecord(wanted)) return `${live} == ${celValue(wanted)}`;
  const union = rule?.kind === 'map' && rule.union !== undefined ? celSameUnion(live, wanted, rule.union, depth) : [];
  const fields = Object.entries(wanted).map(([key, value]) => {
    const is = celCovers(`${live}[${celText(key)}]`, value, ruleOf(rule, key), depth);
    const there = `${celText(key)} in ${live}`;
    return isOmitted(key, value, rule) ? `(!(${there}) || ${is})` : `(${there} && ${is})`;
  });
  return all([...union, ...fields]);
}

/** CEL: whether an element of a keyed list has the key of the wanted one. */
export function celSameKey(element: string, wanted: unknown, key: readonly MergeKey[]): string {
  if (!isRecord(wanted)) return `${element} == ${celValue(wanted)}`;
  if (key.length === 0) return `${element} == ${celValue(withoutOmitted(wanted))}`;
  const fields = key.map(({ field, fallback }) => {
    const value = celValue(own(wanted, field) ?? fallback ?? '');
    if (fallback === undefined) return `(${celText(field)} in ${element} && ${element}[${celText(field)}] == ${value})`;
    return `${element}[?${celText(field)}].orValue(${celText(fallback)}) == ${value}`;
  });
  return all(fields);
}

function celCoversList(live: string, wanted: readonly unknown[], rule: Rule | undefined, depth: number): string {
  if (rule?.kind !== 'list') {
    const element = rule?.kind === 'atomic' ? rule.element : undefined;
    const items = wanted.map((item, i) => celCovers(`${live}[${i}]`, item, element, depth));
    return all([`${live}.size() == ${wanted.length}`, ...items]);
  }
  const name = `e${depth}`;
  return all(
    wanted.map((item) => {
      const is = [celSameKey(name, item, rule.key), celCovers(name, item, rule.element, depth + 1)];
      return `${live}.exists(${name}, ${all(is)})`;
    }),
  );
}

/** A hostPath is no emptyDir: of a union both must have the same fields. */
function celSameUnion(live: string, wanted: Json, union: Union, depth: number): readonly string[] {
  const { only, except = [], fallback, discriminator } = union;
  const said = membersOf(wanted, union);
  const asked = said.length === 0 && fallback !== undefined ? [fallback] : said;
  if (discriminator !== undefined || asked.length === 0) return [];
  // None at all stands for the fallback, where that is what is asked for.
  const required = asked.length === 1 && asked[0] === fallback ? [] : asked;
  const there = required.map((field) => `${celText(field)} in ${live}`);
  if (only !== undefined) {
    const others = only.filter((field) => !asked.includes(field));
    return [...there, ...others.map((field) => `!(${celText(field)} in ${live})`)];
  }
  const name = `k${depth}`;
  return [...there, `${live}.all(${name}, ${name} in ${celValue([...except, ...asked])})`];
}

function withoutOmitted(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([key, inner]) => !isOmitted(key, inner, undefined)));
}

function all(conditions: readonly string[]): string {
  if (conditions.length === 0) return 'true';
  return conditions.length === 1 ? `${conditions[0]}` : `(${conditions.join(' && ')})`;
}

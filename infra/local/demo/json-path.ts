import { isRecord } from '../../../functions/json/faults.ts';

/** What stands at a path of keys and indexes in a JSON value; undefined where it leads to nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (Array.isArray(here)) here = typeof step === 'number' ? here.at(step) : undefined;
    else here = isRecord(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}

/** The objects of a list; none where it is no list. */
export function objectsOf(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** The object of that `name` in a list; throws where there is none. */
export function named(list: unknown, name: string): Readonly<Record<string, unknown>> {
  const found = objectsOf(list).find((object) => object['name'] === name);
  if (found === undefined) throw new Error(`there is no ${name} in the list`);
  return found;
}

import { isRecord } from '../../functions/json/faults.ts';

/** The value at a path of keys and indexes; undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here: unknown = value;
  for (const step of path) {
    if (Array.isArray(here)) here = typeof step === 'number' ? here.at(step) : undefined;
    else here = isRecord(here) && Object.hasOwn(here, String(step)) ? here[String(step)] : undefined;
  }
  return here;
}

/** The value as a plain object; throws when it is something else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new TypeError(`expected an object, got ${JSON.stringify(value)}`);
  return value;
}

/** The names of a list's elements, e.g. of `spec.containers`. */
export function namesOf(list: unknown): unknown[] {
  return Array.isArray(list) ? list.map((element) => at(element, 'name')) : [];
}

/** A deep copy that nothing of the original can be changed through; thawed, as it comes from a parser. */
export function copyOf<T>(value: T): T {
  return structuredClone(value);
}

/** A key of an object or an index of a list. */
export type Key = string | number;

/** Every value within a value, by its path. */
export function pathsIn(value: unknown, path: readonly Key[] = []): readonly (readonly Key[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...inner.flatMap(([key, each]) => pathsIn(each, [...path, key]))];
}

/** A copy with something else at a path. */
export function replaced(value: unknown, [key, ...rest]: readonly Key[], wrong: unknown): unknown {
  if (key === undefined) return wrong;
  if (Array.isArray(value)) return value.map((each, i) => (i === key ? replaced(each, rest, wrong) : each));
  if (typeof value !== 'object' || value === null) throw new Error(`there is nothing under ${key}`);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === key ? replaced(v, rest, wrong) : v]));
}

import { isRecord } from '../../json/faults.ts';

/** Where a value stands in a JSON document: names of fields, and indexes. */
export type JsonPath = readonly (string | number)[];

const CHARACTERS_MAX = 256;
const PARTS_MAX = 16;
/** One step of the path: `.name`, `['any name']`, `[0]`. */
const STEP = /\.([A-Za-z_][\w-]{0,63})|\['([^'\\]{1,64})'\]|\["([^"\\]{1,64})"\]|\[(\d{1,5})\]/y;

/**
 * Reads a path as Argo's web metrics write it, which is kubectl's: `{$.data.value}`, `{.items[0].ok}`, `$['a name']`. Wild
 * cards, slices and filters are none of it. Undefined for what is no such path.
 */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (text.length > CHARACTERS_MAX) return undefined;
  const inner = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1) : text;
  const path: (string | number)[] = [];
  let at = inner.startsWith('$') ? 1 : 0;
  while (at < inner.length) {
    STEP.lastIndex = at;
    const [whole, name, quoted, doubleQuoted, index] = STEP.exec(inner) ?? [];
    if (whole === undefined || path.length === PARTS_MAX) return undefined;
    path.push(index === undefined ? (name ?? quoted ?? doubleQuoted ?? '') : Number(index));
    at += whole.length;
  }
  return inner === '' ? undefined : path;
}

/** The value at a path; null where there is none. */
export function valueAt(document: unknown, path: JsonPath): unknown {
  let value: unknown = document;
  for (const part of path) {
    if (Array.isArray(value) && typeof part === 'number') value = value[part];
    else if (isRecord(value) && typeof part === 'string') value = Object.hasOwn(value, part) ? value[part] : null;
    else return null;
  }
  return value ?? null;
}

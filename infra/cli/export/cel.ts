import { isRecord } from '../../../functions/json/faults.ts';

/**
 * A text as a literal of CEL (the expression language of admission policies). Everything but printable ASCII is escaped,
 * and so are quotes and backslashes: whatever the text holds, it stays a text. Lone surrogates have no escape in CEL;
 * `findUnexportable` refuses them before.
 */
export function celText(text: string): string {
  const escaped = [...text].map((character) => {
    if (character === '"' || character === '\\') return `\\${character}`;
    if (/[\x20-\x7e]/.test(character)) return character;
    const point = (character.codePointAt(0) ?? 0).toString(16);
    return point.length > 4 ? `\\U${point.padStart(8, '0')}` : `\\u${point.padStart(4, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/**
 * A JSON value (without nulls) as a literal of CEL. Kubernetes' CEL takes no maps and lists of mixed types, so what is
 * not all of one scalar type goes through `dyn()`.
 */
export function celValue(value: unknown): string {
  if (typeof value === 'string') return celText(value);
  if (Array.isArray(value)) {
    const wrap = wrapperOf(value);
    return `[${value.map((item) => wrap(celValue(item))).join(', ')}]`;
  }
  if (!isRecord(value)) return String(value);
  const wrap = wrapperOf(Object.values(value));
  const entries = Object.entries(value).map(([key, inner]) => `${celText(key)}: ${wrap(celValue(inner))}`);
  return `{${entries.join(', ')}}`;
}

/** Lists of one type made one list; `[]` where there is none. Never a chain of `+`, which CEL's parser nests. */
export function celJoined(lists: readonly string[]): string {
  const said = lists.filter((list) => list !== '[]');
  if (said.length < 2) return said[0] ?? '[]';
  return `[\n${said.map((list) => indented(list)).join(',\n')}\n].flatten()`;
}

/** One element of a JSON Patch, as the `expression` of a mutation wants it. */
export function celPatch(op: 'add' | 'replace' | 'remove', path: string, value?: string): string {
  return `[JSONPatch{op: "${op}", path: ${path}${value === undefined ? '' : `, value: ${value}`}}]`;
}

function wrapperOf(values: readonly unknown[]): (literal: string) => string {
  const types = new Set(values.map((value) => (Number.isInteger(value) ? 'int' : typeof value)));
  return types.size > 1 || types.has('object') ? (literal) => `dyn(${literal})` : (literal) => literal;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

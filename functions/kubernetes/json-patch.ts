import type { AddOperation, Operation } from 'fast-json-patch';

/** Sets a field, or inserts an element (`…/-` appends). The parent must exist. */
export function add(path: string, value: unknown): AddOperation<unknown> {
  return { op: 'add', path, value };
}

/** Replaces a value that is there. */
export function replace(path: string, value: unknown): Operation {
  return { op: 'replace', path, value };
}

/** Takes a field or an element away. It must be there. */
export function remove(path: string): Operation {
  return { op: 'remove', path };
}

/** Moves an element within its list; `path` is its place once it is taken out. */
export function move(from: string, path: string): Operation {
  return { op: 'move', from, path };
}

/** A path one level deeper; the key is escaped as a JSON Pointer wants it (RFC 6901: `~0` for `~`, `~1` for `/`). */
export function child(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

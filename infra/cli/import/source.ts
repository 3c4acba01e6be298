import { isRecord, printable } from '../../../functions/json/faults.ts';

/** One step of a path: a field's name, or a place in a list. */
export type Key = string | number;

/** A resource of another project, which remembers what was read of it: what was not is named, and never lost in silence. */
export interface Source {
  /** `Rollout shop/cart`. */
  readonly title: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined where the file names none. */
  readonly namespace: string | undefined;
  /** The value at a path, which counts as carried over with all that is in it; undefined where there is none. */
  take(...path: readonly Key[]): unknown;
  /** The value at a path; nothing counts as carried over. */
  peek(...path: readonly Key[]): unknown;
  /** The entries of a list by their places, not carried over yet; none where there is no list. */
  entries(...path: readonly Key[]): readonly Key[];
  /** The greatest parts of `spec` that were not read, as `spec.service.retries`. */
  left(): readonly string[];
}

/** Reads a document of a file; undefined for one without kind and name. */
export function createSource(document: unknown): Source | undefined {
  const kind = at(document, ['kind']);
  const name = at(document, ['metadata', 'name']);
  const namespace = at(document, ['metadata', 'namespace']);
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const carried = new Set<string>();
  return {
    kind,
    name,
    title: printable(`${kind} ${typeof namespace === 'string' ? `${namespace}/` : ''}${name}`),
    namespace: typeof namespace === 'string' ? namespace : undefined,
    take(...path) {
      const value = at(document, path);
      if (value !== undefined) carried.add(textOf(path));
      return value;
    },
    peek: (...path) => at(document, path),
    entries(...path) {
      const list = at(document, path);
      return Array.isArray(list) ? [...list.keys()] : [];
    },
    left: () => leftOf(at(document, ['spec']), ['spec'], carried),
  };
}

function leftOf(value: unknown, path: readonly Key[], carried: ReadonlySet<string>): readonly string[] {
  const text = textOf(path);
  if (value === undefined || value === null || carried.has(text)) return [];
  const isPartlyCarried = [...carried].some((one) => one.startsWith(`${text}.`) || one.startsWith(`${text}[`));
  if (!isPartlyCarried) return path.length === 1 ? [] : [text];
  const children: readonly (readonly [Key, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(isRecord(value) ? value : {});
  return children.flatMap(([key, child]) => leftOf(child, [...path, key], carried));
}

function at(value: unknown, path: readonly Key[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof key === 'number') found = Array.isArray(found) ? found[key] : undefined;
    else found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

function textOf(path: readonly Key[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${key}`)).join('');
}

import { own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import { listOf, mapOf, nameOf, type RawPod } from './pod.ts';

/** Pods that were decoded without their managedFields. */
const abridged = new WeakSet<object>();

/** Thrown where an abridged Pod does not do: decode the whole review and begin again. Never leaves `admission/`. */
export class AbridgedPodError extends Error {
  override readonly name = 'AbridgedPodError' as const;
}

/** Says of a Pod that its managedFields were left out when it was decoded. */
export function markAbridged(pod: unknown): void {
  if (isRecord(pod)) abridged.add(pod);
}

/**
 * Whether a named element of a list of the Pod's spec was in the request that created the Pod, as against added by a
 * mutating webhook since. The API server writes what the request set into `metadata.managedFields` before it calls the
 * first webhook (seen on 1.36.3), so under reinvocation our own container is not in there, whatever another webhook
 * has made of it in the meantime. A client cannot take its own fields out: the server adds them to what it sends. A
 * Pod without managedFields (a client may reset them; files have none) is taken to have brought everything.
 *
 * @param path the list, e.g. `/spec/containers`
 * Throws AbridgedPodError for a Pod that was decoded without its managedFields.
 */
export function isBroughtByPod(pod: RawPod, path: string, element: unknown): boolean {
  const found = findFields(pod, path, element);
  return found === undefined || found.length > 0;
}

/**
 * The fields of a named element that were in the request that created the Pod, or that the API server filled in then;
 * undefined where that cannot be told, so that all must be taken for the Pod's.
 */
export function fieldsBroughtByPod(pod: RawPod, path: string, element: unknown): ReadonlySet<string> | undefined {
  const found = findFields(pod, path, element);
  return found && new Set(found.flatMap(Object.keys).map((key) => key.replace(/^f:/, '')));
}

/**
 * Whether a part of a named element was in the request that created the Pod: a field of it, or one element of a list
 * in it, such as a variable. Where the managedFields do not go into it, the whole of it counts as the request's.
 */
export function isPartBroughtByPod(
  pod: RawPod,
  path: string,
  element: unknown,
  { field, element: part }: { readonly field: string; readonly element?: Readonly<Record<string, unknown>> },
): boolean {
  const found = findFields(pod, path, element);
  if (found === undefined) return true;
  return found.some((fields) => {
    // Of twins the API server names the element alone.
    if (Object.keys(fields).length === 0) return true;
    const named: unknown = isRecord(fields) ? own(fields, `f:${field}`) : undefined;
    if (named === undefined) return false;
    const keys = isRecord(named) ? Object.keys(named).filter((key) => key.startsWith('k:')) : [];
    return part === undefined || keys.length === 0 || keys.some((key) => isKeyOf(part, key));
  });
}

/** Compared as values, not as text: Go and JavaScript do not escape the same characters. */
function isKeyOf(part: Readonly<Record<string, unknown>>, key: string): boolean {
  try {
    const named: unknown = JSON.parse(key.slice(2));
    if (!isRecord(named)) return true;
    return Object.entries(named).every(
      ([name, value]) => (own(part, name) ?? (name === 'protocol' ? 'TCP' : undefined)) === value,
    );
  } catch {
    // No form that we know: better the Pod's than a stranger's.
    return true;
  }
}

/**
 * Whether a key of a map of the Pod, e.g. a label, was in the request; undefined where that cannot be told.
 *
 * @param path the map, e.g. `/metadata/labels`
 */
export function isKeyBroughtByPod(pod: RawPod, path: string, key: string): boolean | undefined {
  const found = findAt(pod, path, `f:${key}`);
  return found && found.length > 0;
}

/** What each manager says of an element; undefined where there are no managedFields. */
function findFields(pod: RawPod, path: string, element: unknown): readonly object[] | undefined {
  const name = nameOf(element);
  return name === undefined ? undefined : findAt(pod, path, `k:${JSON.stringify({ name })}`);
}

function findAt(pod: RawPod, path: string, key: string): readonly object[] | undefined {
  if (abridged.has(pod)) throw new AbridgedPodError();
  const entries = listOf(mapOf(pod, 'metadata'), 'managedFields');
  if (entries.length === 0) return undefined;
  const segments = path
    .split('/')
    .slice(1)
    .map((segment) => `f:${segment}`);
  return entries.flatMap((entry) => {
    let fields: unknown = isRecord(entry) ? own(entry, 'fieldsV1') : undefined;
    for (const segment of [...segments, key]) fields = isRecord(fields) ? own(fields, segment) : undefined;
    return fields === undefined ? [] : [isRecord(fields) ? fields : {}];
  });
}

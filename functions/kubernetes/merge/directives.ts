import { isRecord } from '../../json/faults.ts';

/** `delete`, `replace` or `merge`: in a map about that map, in an element of a list about that element or the list. */
export const PATCH = '$patch';
/** The fields that a map keeps; all others go. */
export const RETAIN_KEYS = '$retainKeys';
/** With the name of a list: the order of its elements. */
export const ELEMENT_ORDER = '$setElementOrder/';
/** With the name of a list of texts or numbers: those that go. */
export const DELETE_FROM = '$deleteFromPrimitiveList/';

/** Whether a key is a directive of Kubernetes' strategic merge patch, and no field of a Pod. */
export function isDirective(key: string): boolean {
  return key.startsWith('$');
}

/** Whether a value holds a directive or a null (which deletes), at any depth. */
export function hasDirectives(value: unknown): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.some(hasDirectives);
  return isRecord(value) && Object.entries(value).some(([key, inner]) => isDirective(key) || hasDirectives(inner));
}

/** Whether an element of a list speaks about the list: it deletes others or replaces all of them. */
export function isMarker(element: unknown): boolean {
  return isRecord(element) && (element[PATCH] === 'delete' || element[PATCH] === 'replace');
}

/**
 * What is added where the Pod has nothing: the value without directives and nulls. The value itself where it has none.
 * kubectl leaves them in new elements of lists, from where they get into the Pod (research/peers.md §2, 2 and 11).
 */
export function withoutDirectives(value: unknown): unknown {
  if (!hasDirectives(value)) return value;
  if (Array.isArray(value)) return value.filter((element) => !isMarker(element)).map(withoutDirectives);
  if (!isRecord(value)) return undefined;
  const fields = Object.entries(value).filter(
    ([key, inner]) => !isDirective(key) && inner !== null && !isDeleted(inner),
  );
  return Object.fromEntries(fields.map(([key, inner]) => [key, withoutDirectives(inner)]));
}

/** Whether a field's value says that the field goes: null, or a map with `$patch: delete`. */
export function isDeleted(value: unknown): boolean {
  return value === null || (isRecord(value) && value[PATCH] === 'delete');
}

/** Whether a map or list says what becomes of all of it, so that nothing can be merged into it: whose word would count? */
export function isExclusive(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((element) => isRecord(element) && element[PATCH] === 'replace');
  return isDeleted(value) || (isRecord(value) && (value[PATCH] === 'replace' || Object.hasOwn(value, RETAIN_KEYS)));
}

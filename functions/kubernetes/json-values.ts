import type { Check } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import { isQuantity } from './quantity.ts';

/** A Pod nests about a dozen levels; the bound keeps every later walk over a template shallow. */
export const NESTING_MAX = 40;
/** Maps whose values are quantities, by the end of their path, and single fields that are one. */
const QUANTITY_MAPS = ['.resources.limits', '.resources.requests', '.spec.overhead'];
const QUANTITY_FIELDS = ['sizeLimit', 'divisor'];

/**
 * Refuses what cannot be added as it is: null and merge directives (kubectl would write them into the Pod, or they would
 * delete from it; where they are understood, see check-merge.ts), numbers that JavaScript cannot hold, malformed
 * quantities, keys that name an object's prototype.
 */
export function checkJson(check: Check, value: unknown, path: string, depth = 0): void {
  const fault = faultOf(value, depth);
  if (fault !== undefined) {
    check.fault(path, fault);
  } else if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkJson(check, item, `${path}[${i}]`, depth + 1);
  } else if (isRecord(value)) {
    for (const [key, inner] of Object.entries(value)) checkField(check, key, inner, `${path}.${key}`, depth + 1);
  }
}

function faultOf(value: unknown, depth: number): string | undefined {
  if (depth > NESTING_MAX) return `nests deeper than ${NESTING_MAX} levels`;
  if (value === null) return 'null is not allowed: a template only adds';
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return 'is no number that JSON can hold';
  const isExact = !Number.isInteger(value) || Number.isSafeInteger(value);
  return isExact ? undefined : 'is a whole number beyond 2^53, which would be changed';
}

/** Checks one field: its name, and that it is a quantity where it has to be one. */
export function checkField(check: Check, key: string, value: unknown, path: string, depth: number): void {
  if (key.startsWith('$')) {
    check.fault(path, 'merge directives are not allowed here: a template only adds');
  } else if (key === '__proto__') {
    check.fault(path, 'is not a field name');
  } else {
    if (QUANTITY_FIELDS.includes(key)) refuseBadQuantity(check, value, path);
    const isQuantities = QUANTITY_MAPS.some((end) => path.endsWith(end));
    if (isQuantities && !isRecord(value)) check.fault(path, 'must be a map of quantities');
    for (const [name, quantity] of isQuantities && isRecord(value) ? Object.entries(value) : []) {
      refuseBadQuantity(check, quantity, `${path}.${name}`);
    }
    checkJson(check, value, path, depth);
  }
}

/** Refuses what the API server would not take for an amount of something. */
export function refuseBadQuantity(check: Check, value: unknown, path: string): void {
  const isGood = isQuantity(value) && !String(value).startsWith('-');
  if (!isGood) check.fault(path, 'is not a quantity such as 100m, 0.5 or 64Mi');
}

/** Whether a value nests deeper than `max` levels, or contains itself; without recursion. */
export function nestsDeeperThan(value: unknown, max: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true;
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? Object.values(v) : []));
  }
  return false;
}

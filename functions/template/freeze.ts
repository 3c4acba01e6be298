/**
 * Freezes a value and everything in it. Templates are shared by all requests of an environment: a patch that would
 * write into one throws instead of changing the next Pod.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

import { type Fault, isRecord } from './faults.ts';
import type { Json } from './json.ts';

/** RFC 1123 label, as Kubernetes wants for container, volume and template names. */
export const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** A namespace pattern: the characters of a namespace's name, and `*`. */
const NAMESPACE_PATTERN = /^[a-z0-9*-]{1,63}$/;

/**
 * Reads the fields of a document and collects every fault with its path. Each reader answers a usable value even after
 * a fault, so that one pass finds them all; the caller looks at `faults` before it uses anything.
 */
export class Check {
  readonly faults: Fault[] = [];

  fault(path: string, message: string): void {
    this.faults.push({ path, message });
  }

  /** An object with no other keys than these; undefined when absent or not an object. */
  object(owner: Json, key: string, path: string, keys?: readonly string[]): Json | undefined {
    const value = own(owner, key);
    if (value === undefined) return undefined;
    if (!isRecord(value)) {
      this.fault(path, 'must be an object');
      return undefined;
    }
    if (keys !== undefined) this.onlyKeys(value, path, keys);
    return value;
  }

  onlyKeys(value: Json, path: string, keys: readonly string[]): void {
    for (const key of Object.keys(value)) {
      if (!keys.includes(key))
        this.fault(path === '' ? key : `${path}.${key}`, `unknown field; known are ${keys.join(', ')}`);
    }
  }

  string(owner: Json, key: string, path: string, fallback?: string): string {
    const value = own(owner, key);
    if (typeof value === 'string') return value;
    if (value !== undefined) this.fault(path, 'must be a string');
    else if (fallback === undefined) this.fault(path, 'is missing');
    return fallback ?? '';
  }

  boolean(owner: Json, key: string, path: string, fallback: boolean): boolean {
    const value = own(owner, key) ?? fallback;
    if (typeof value === 'boolean') return value;
    this.fault(path, 'must be true or false');
    return fallback;
  }

  integer(owner: Json, key: string, path: string, bounds: { min: number; max: number; fallback: number }): number {
    const value = own(owner, key) ?? bounds.fallback;
    if (typeof value === 'number' && Number.isInteger(value) && value >= bounds.min && value <= bounds.max)
      return value;
    this.fault(path, `must be a whole number from ${bounds.min} to ${bounds.max}`);
    return bounds.fallback;
  }

  oneOf<T extends string>(owner: Json, key: string, path: string, words: readonly T[], fallback: T): T {
    const value = own(owner, key) ?? fallback;
    const word = words.find((w) => w === value);
    if (word === undefined) this.fault(path, `must be one of ${words.join(', ')}`);
    return word ?? fallback;
  }

  /** A list of strings, each of which `accepts`; undefined when absent. */
  strings(owner: Json, key: string, path: string, accepts: RegExp, what: string): readonly string[] | undefined {
    const value = own(owner, key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) {
      this.fault(path, 'must be a list');
      return undefined;
    }
    return value.filter((item: unknown, i): item is string => {
      const good = typeof item === 'string' && accepts.test(item);
      if (!good) this.fault(`${path}[${i}]`, `must be ${what}`);
      return good;
    });
  }

  namespacePatterns(owner: Json, key: string, path: string): readonly string[] | undefined {
    return this.strings(owner, key, path, NAMESPACE_PATTERN, 'a namespace name, in which * stands for any characters');
  }
}

/** An own property, so that `constructor` and its like are never found on a plain object's prototype. */
export function own(owner: Json, key: string): unknown {
  return Object.hasOwn(owner, key) ? owner[key] : undefined;
}

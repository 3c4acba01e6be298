import { own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';

/** A Pod as parsed from JSON: nothing is assumed about it. */
export type RawPod = Readonly<Record<string, unknown>>;

const EMPTY: Readonly<Record<string, unknown>> = Object.freeze({});

/** A map of the Pod, e.g. its labels; empty when absent, null or of another type. */
export function mapOf(owner: unknown, key: string): Readonly<Record<string, unknown>> {
  const value = isRecord(owner) ? own(owner, key) : undefined;
  return isRecord(value) ? value : EMPTY;
}

/** A list of the Pod; empty when absent, null or of another type. */
export function listOf(owner: unknown, key: string): readonly unknown[] {
  const value: unknown = isRecord(owner) ? own(owner, key) : undefined;
  return Array.isArray(value) ? value : [];
}

/** The name of an element of a list, e.g. a container's; undefined when it has none. */
export function nameOf(element: unknown): string | undefined {
  const name = isRecord(element) ? own(element, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

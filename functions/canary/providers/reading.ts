import { isNoData, typeOf, type Value } from '../metrics/condition/values.ts';
import type { Reading } from './provider.ts';

/** Numbers of a list that are shown. */
const SHOWN_MAX = 8;

/** What a server returned, and how it is shown. */
export function readingOf(value: Value): Reading {
  return { value, hasData: !isNoData(value), shown: shownOf(value) };
}

/** Numbers and lists of them as they are, and of other values what they are: a text may be a secret that a server repeats. */
export function shownOf(value: Value): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return typeOf(value);
  const items: readonly unknown[] = value.slice(0, SHOWN_MAX);
  return `[${items.map(shownOf).join(',')}${value.length > SHOWN_MAX ? ',…' : ''}]`;
}

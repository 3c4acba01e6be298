import { own } from '../../json/check.ts';
import { DELETE_FROM, isExclusive } from './directives.ts';

/**
 * Whether a template's field cannot be laid over those of an earlier one. What one template deletes, replaces or bounds by
 * a directive no other may speak of, unless it says the very same: whose word would count?
 */
export function clashes(earlier: Readonly<Record<string, unknown>>, key: string, value: unknown): boolean {
  const current = own(earlier, key);
  const isWhole = isExclusive(current) || isExclusive(value);
  if (current !== undefined && isWhole) return JSON.stringify(current) !== JSON.stringify(value);
  const other = key.startsWith(DELETE_FROM) ? key.slice(DELETE_FROM.length) : DELETE_FROM + key;
  return Object.hasOwn(earlier, other);
}

import { isRecord } from '../../../functions/json/faults.ts';
import type { Key, Source } from './source.ts';

/** How another project writes what a header has to be, as `spec.match` has it. */
export type HeaderMatch = { readonly exact: string } | { readonly prefix: string } | { readonly present: true };

/**
 * The entries of a list of matches that say nothing but headers which are exact, a prefix, or present. An entry with anything
 * else stays in the source whole: without a part it would send more requests to the canary.
 */
export function takeHeaderMatches(source: Source, ...path: readonly Key[]): readonly object[] | undefined {
  const matches = source.entries(...path).flatMap((i) => {
    const headers = headersOf(source.peek(...path, i));
    if (headers === undefined) return [];
    source.take(...path, i);
    return [{ headers }];
  });
  return matches.length === 0 ? undefined : matches;
}

function headersOf(match: unknown): Readonly<Record<string, HeaderMatch>> | undefined {
  if (!isRecord(match) || Object.keys(match).join() !== 'headers' || !isRecord(match['headers'])) return undefined;
  const headers = Object.entries(match['headers']).map(([name, how]) => [name, headerMatch(how)] as const);
  const known = headers.flatMap(([name, how]) => (how === undefined ? [] : [[name, how] as const]));
  return known.length < headers.length || known.length === 0 ? undefined : Object.fromEntries(known);
}

/** Undefined for a regular expression, a range, or several at once. */
export function headerMatch(how: unknown): HeaderMatch | undefined {
  if (!isRecord(how)) return undefined;
  const [[key, value] = ['', undefined], ...more] = Object.entries(how);
  if (more.length > 0) return undefined;
  if (key === 'exact' && typeof value === 'string') return { exact: value };
  if (key === 'prefix' && typeof value === 'string') return { prefix: value };
  return key === 'present' && value === true ? { present: true } : undefined;
}

import type { EvidenceRow } from '../../canary/evidence/evidence-store.ts';
import type { ProxyCondition } from '../proxies/conditions.ts';
import { readRow } from './rows/read-row.ts';

/** How many of the proxies that count tell what they counted. */
export interface Coverage {
  readonly reporting: number;
  /** Those that were asked, poll, and do not tell: their Pods were made with an older template. */
  readonly silent: number;
}

/** A row names each proxy once, hence so much of the past is looked at; two slots, and the time until they are written. */
export const COVERAGE_MS = 90_000;

/** Which proxies were heard of late. @param now milliseconds since the epoch */
export function coverageOf(rows: readonly EvidenceRow[], now: number): Coverage {
  const [reporting, silent] = [new Set<string>(), new Set<string>()];
  for (const row of rows) {
    if (row.slot < now - COVERAGE_MS) continue;
    const sums = readRow(row);
    for (const key of sums.reporting) reporting.add(key);
    for (const key of sums.silent) silent.add(key);
  }
  return { reporting: reporting.size, silent: silent.difference(reporting).size };
}

/** `Reporting`: whether the proxies that count tell what they counted. */
export function reportingCondition({ reporting, silent }: Coverage): ProxyCondition {
  const type = 'Reporting';
  const all = reporting + silent;
  if (all === 0) {
    const message = 'no proxy that counts was asked for figures in the last minute';
    return { type, status: 'Unknown', reason: 'NotAsked', message };
  }
  const share = `${reporting} of ${all} proxies that count report what they count`;
  if (silent === 0) return { type, status: 'True', reason: 'AllReport', message: share };
  const message = `${share}; the others were injected with an older template: restart their Pods`;
  return { type, status: 'False', reason: 'SomeAreSilent', message };
}

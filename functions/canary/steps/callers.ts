import type { Canary } from '../canary.ts';
import { counts, exportedBy } from '../export-to.ts';
import { BASELINE, runningRelease } from './release.ts';
import type { ReleaseRecord } from './release-record.ts';

/** Keys in a canary's status: of some 20 bytes each, and as many as are told one by one in evidence. */
const CALLERS_MAX = 200;
/** Of one proxy; a sum of many has another form. */
const KEY = /^[0-9a-f]{12}$/;

/**
 * The proxies that a record has counts of, by their keys; undefined where there are none, and where they are too many to tell
 * one from another.
 */
export function callersIn({ proxies }: Pick<ReleaseRecord, 'proxies'>): readonly string[] | undefined {
  const keys = proxies.map(({ key }) => key);
  return keys.length > 0 && keys.length <= CALLERS_MAX && keys.every((key) => KEY.test(key)) ? keys : undefined;
}

/**
 * The proxies that sent a request to the canary's Service while its release measured stable; others of the namespace may ask
 * seldom. Undefined where that is not known of them: without a release behind its baseline, with very many callers, and of
 * namespaces that inform, whose proxies are not told apart.
 */
export function callersOf(canary: Canary, namespace: string): readonly string[] | undefined {
  return counts(exportedBy(canary), namespace) ? knownCallers(canary) : undefined;
}

/** Whether some proxies of a canary may ask seldom while its release goes on. */
export function knowsCallers(canary: Canary): boolean {
  return knownCallers(canary) !== undefined;
}

function knownCallers(canary: Canary): readonly string[] | undefined {
  const release = runningRelease(canary);
  return release === undefined || release.currentStepIndex === BASELINE ? undefined : release.callers;
}

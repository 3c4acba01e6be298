import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { REFRESH_DEFAULT, REFRESHES_MAX } from '../../template/discovery-endpoint.ts';
import { durationMs, PARAMETER_TYPES } from '../../template/parameter/types.ts';
import type { RecordDocument } from './record-store.ts';

/**
 * Every `discovery.refresh` that a record has or had, longest first. Pods poll as they were injected, so any of these
 * may arrive. Of more than `REFRESHES_MAX` the shortest are left out: changes are staged by the longest one that arrives, and
 * never by less than the present one.
 *
 * @param stored the record as it was; one without a list is taken to have had the default too
 * @param next what it becomes
 * @returns durations such as `30s`; empty where neither names a discovery endpoint
 */
export function refreshHistory(stored: RecordDocument | undefined, next: RecordDocument): readonly string[] {
  const all = new Set([...refreshesOf(stored, [REFRESH_DEFAULT]), ...refreshesOf(next, [])]);
  return [...all]
    .toSorted((a, b) => b - a)
    .slice(0, REFRESHES_MAX)
    .map((ms) => `${ms / 1_000}s`);
}

/** In milliseconds; what is no duration is passed over, for `parseClusterRecord` to refuse. */
function refreshesOf(record: RecordDocument | undefined, unlisted: readonly string[]): readonly number[] {
  const discovery = record === undefined ? undefined : own(record, 'discovery');
  if (!isRecord(discovery)) return [];
  const [refresh = REFRESH_DEFAULT, former] = [own(discovery, 'refresh'), own(discovery, 'refreshes')];
  const texts: readonly unknown[] = [...(Array.isArray(former) ? former : unlisted), refresh];
  return texts.flatMap((text) =>
    typeof text === 'string' && PARAMETER_TYPES.duration.read(text) !== undefined ? durationMs(text) : [],
  );
}

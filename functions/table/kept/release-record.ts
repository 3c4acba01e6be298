import { readMetricsRecord } from '../../canary/metrics/read-record.ts';
import type { Counted, ProxyRecord, ReleaseRecord, ReleaseRecordStore } from '../../canary/steps/release-record.ts';
import type { CanaryKey } from '../../canary/store.ts';
import { readVerdictRecord } from '../../canary/verdict/read-record.ts';
import { isRecord } from '../../json/faults.ts';
import { rowKey, segments } from '../row-key.ts';
import type { Kept, KeptValues } from './kept.ts';

/** How long the record of a release is kept after the last look, in seconds: longer than any pause of a strategy. */
const RECORD_SECONDS = 60 * 86_400;
/** A running release is looked at every few seconds: a record that is older was given up. */
const STALE_MS = 10 * 60_000;
/** Single proxies, or sums of many. */
const PROXIES_MAX = 512;

/** The record of a canary's release: `verdict#{namespace}#{name}`, in a partition that `advance` alone writes to. */
const RECORD: Kept<CanaryKey, ReleaseRecord> = {
  title: 'record of a release',
  attribute: 'verdict',
  keyOf: ({ cluster, namespace, name }) =>
    rowKey(cluster, `verdict#${segments(namespace, name)}`, `V#${segments(cluster)}`),
  decode: decodeRecord,
  numbersOf: ({ revision, lookedAt }) => ({ revision, lookedAt }),
  givesWay: ({ revision, lookedAt }) => [
    { number: 'revision', is: '<', than: revision },
    // One that cannot be read stands in the way of its like no longer than this.
    { number: 'lookedAt', is: '<', than: lookedAt - STALE_MS },
  ],
  expiryOf: (_, now) => Math.ceil(now / 1_000) + RECORD_SECONDS,
};

/** The records of releases as kept values: one for each canary. */
export function createReleaseRecordStore(values: KeptValues): ReleaseRecordStore {
  return {
    keepRelease: (key, record, signal) => values.write(RECORD, key, record, signal),
    findRelease: (key, signal) => values.read(RECORD, key, signal),
  };
}

/** A record as it was written; undefined for anything else: then it is made again. */
function decodeRecord(value: unknown): ReleaseRecord | undefined {
  return isReleaseRecord(value) ? value : undefined;
}

function isReleaseRecord(value: unknown): value is ReleaseRecord {
  if (!isRecord(value)) return false;
  const { release, verdict, open, proxies, weight, pause, wait, convicted, metrics, run, hooks } = value;
  return (
    typeof release === 'string' &&
    ['revision', 'windowsUntil', 'slotsUntil', 'lookedAt'].every((key) => Number.isSafeInteger(value[key])) &&
    readVerdictRecord(verdict) !== undefined &&
    areNumbers(open, 4) &&
    Array.isArray(proxies) &&
    proxies.length <= PROXIES_MAX &&
    proxies.every(isProxyRecord) &&
    [weight, pause, wait].every(isCounted) &&
    [metrics, run, hooks].every((each) => each === undefined || readMetricsRecord(each) !== undefined) &&
    (convicted === undefined || (isRecord(convicted) && typeof convicted['sentence'] === 'string'))
  );
}

function isProxyRecord(value: unknown): value is ProxyRecord {
  if (!isRecord(value)) return false;
  const { key, pod, open, steps } = value;
  const isNamed = typeof key === 'string' && ['undefined', 'string'].includes(typeof pod);
  return isNamed && areNumbers(open, 4) && Array.isArray(steps) && steps.every((step) => areNumbers(step, 5));
}

function isCounted(value: unknown): value is Counted {
  return isRecord(value) && typeof value['of'] === 'string' && typeof value['ms'] === 'number';
}

function areNumbers(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every((each) => Number.isFinite(each));
}

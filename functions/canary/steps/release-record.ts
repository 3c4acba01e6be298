import type { MetricsRecord } from '../metrics/metric-state.ts';
import type { CanaryKey } from '../store.ts';
import type { VerdictRecord } from '../verdict/record.ts';

/** A time that is counted by looks, so that neither a clock that jumps nor a pause of the control plane ends anything early. */
export interface Counted {
  /** What the time is of; another one begins at 0. */
  readonly of: string;
  readonly ms: number;
}

/** What one proxy counted under the weights of a release. */
export interface ProxyRecord {
  /** Its key, or that of many proxies. */
  readonly key: string;
  /** Its Pod, where it is one. */
  readonly pod?: string;
  /** What has no response yet: the ledgers of stable and of the canary, each as carry and peak. */
  readonly open: readonly [number, number, number, number];
  /** By the place in the plan: bad of canary and stable, responses of canary and stable. */
  readonly steps: readonly (readonly [place: number, c: number, s: number, nc: number, ns: number])[];
}

/**
 * What a running release was judged by so far: kept beside the canary, which it moves no version of. Where it is lost it is made
 * again from the rows that are there.
 */
export interface ReleaseRecord {
  /** Which release: the version of the write that began it. */
  readonly release: string;
  /** Counts writes of any release of the canary's name: of two that were read alike one is kept. */
  readonly revision: number;
  readonly verdict: VerdictRecord;
  /** Windows that begin up to then are in it, in milliseconds since the epoch. */
  readonly windowsUntil: number;
  /** Slots that begin before are in `proxies`, in milliseconds since the epoch. */
  readonly slotsUntil: number;
  /** What has no response yet, of all proxies together. */
  readonly open: ProxyRecord['open'];
  readonly proxies: readonly ProxyRecord[];
  /** The last look, in milliseconds since the epoch. */
  readonly lookedAt: number;
  /** Since the weight was confirmed, of a pause, and of a wait for machines. */
  readonly weight: Counted;
  readonly pause: Counted;
  readonly wait: Counted;
  /** The conviction, kept at its first crossing: E may fall again. */
  readonly convicted?: { readonly why: string; readonly sentence: string } | undefined;
  /** What metrics of other providers were measured to be; absent while there is nothing to measure. */
  readonly metrics?: MetricsRecord | undefined;
  /** The same of the `analysis` step that goes on; absent in any other. */
  readonly run?: MetricsRecord | undefined;
  /** What `pre-rollout` and `rollout` hooks came to; absent while none was asked. */
  readonly hooks?: MetricsRecord | undefined;
}

/** Where the record of a canary's release stays. */
export interface ReleaseRecordStore {
  /** Writes it where no later revision is kept. */
  keepRelease(key: CanaryKey, record: ReleaseRecord, signal: AbortSignal): Promise<void>;
  /** The last one that was kept, of whichever release; undefined where there is none that can be read. */
  findRelease(key: CanaryKey, signal: AbortSignal): Promise<ReleaseRecord | undefined>;
}

const NOTHING: Counted = { of: '', ms: 0 };
/** A look counts for no more than this: the schedule calls once a minute, so that a longer gap is no time that was looked at. */
const GAP_MAX_MS = 90_000;

/** The record of a release that nothing is known of. @param from windows before count for nothing, milliseconds since the epoch */
export function openRecord(
  release: string,
  before: ReleaseRecord | undefined,
  verdict: VerdictRecord,
  { from, now }: { readonly from: number; readonly now: number },
): ReleaseRecord {
  return {
    release,
    revision: before?.revision ?? 0,
    verdict,
    windowsUntil: from,
    slotsUntil: from,
    open: [0, 0, 0, 0],
    proxies: [],
    lookedAt: now,
    weight: NOTHING,
    pause: NOTHING,
    wait: NOTHING,
  };
}

/** What has passed since the last look, as far as it counts. */
export function elapsedMs({ lookedAt }: ReleaseRecord, now: number): number {
  return Math.min(GAP_MAX_MS, Math.max(0, now - lookedAt));
}

/** The time of something after so much more of it; 0 where it is another thing than before. */
export function countOn(before: Counted, of: string, ms: number): Counted {
  return before.of === of ? { of, ms: before.ms + ms } : { of, ms: 0 };
}

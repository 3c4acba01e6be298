import type { Canary } from '../../canary/canary.ts';
import { EVIDENCE_SECONDS, type EvidenceStore, SLOT_MS, type TimeRange } from '../../canary/evidence/evidence-store.ts';
import type { FoundBackends } from '../../canary/evidence/readiness.ts';
import type { CanaryKey } from '../../canary/store.ts';
import type { ProxyCondition } from '../proxies/conditions.ts';
import { backendsCondition, backendsOf } from './backends.ts';
import { WINDOW_MS } from './canary-evidence.ts';
import { describeEvidence, type EvidenceDescription } from './describe-evidence.ts';
import { COVERAGE_MS, coverageOf, reportingCondition } from './reporting.ts';

/** One page of evidence, newest windows first. */
export interface EvidencePage extends EvidenceDescription {
  /** Until when the next page is, in milliseconds since the epoch; undefined where nothing older is kept. */
  readonly next: number | undefined;
}

/** What the release API reads of the evidence; throws CanaryStoreError. Times are milliseconds since the epoch. */
export interface EvidenceReader {
  /**
   * The closed windows that begin in so many times five seconds up to a time.
   *
   * @param windows how many there can be
   */
  page(
    key: CanaryKey,
    canary: Canary,
    asked: { until: number; windows: number },
    now: number,
    signal: AbortSignal,
  ): Promise<EvidencePage>;
  /** `BackendsResolved` and `Reporting`. */
  conditions(key: CanaryKey, canary: Canary, now: number, signal: AbortSignal): Promise<readonly ProxyCondition[]>;
  /** What proxies find of the backends of canaries; undefined for one of which none has told lately. */
  backends(cluster: string, signal: AbortSignal): Promise<(canary: Canary, now: number) => FoundBackends | undefined>;
}

/** How long before a window rows are read from: repeated reports, and requests that were on their way, are told by them. */
const LEAD_MS = 10 * 60_000;

/** Makes a reader of what environments have written. */
export function createEvidenceReader(store: Pick<EvidenceStore, 'readEvidence' | 'readHosts'>): EvidenceReader {
  const backends: EvidenceReader['backends'] = async (cluster, signal) => {
    const rows = await store.readHosts(cluster, signal);
    return (canary, now) => backendsOf(rows, canary, now);
  };

  return {
    backends,
    async page(key, canary, { until, windows }, now, signal) {
      const span: TimeRange = { from: until - windows * WINDOW_MS + 1, to: until };
      const rows = await store.readEvidence(key, { from: span.from - LEAD_MS, to: until }, signal);
      // A canary of the same name may have been there before.
      const oldest = Math.max(now - EVIDENCE_SECONDS * 1_000, Date.parse(canary.metadata.creationTimestamp));
      const next = span.from - 1 > oldest ? span.from - 1 : undefined;
      return { ...describeEvidence(rows, { ...span, from: Math.max(span.from, oldest) }, now), next };
    },
    async conditions(key, canary, now, signal) {
      const range = { from: now - COVERAGE_MS - SLOT_MS, to: now };
      const [found, rows] = await Promise.all([backends(key.cluster, signal), store.readEvidence(key, range, signal)]);
      return [backendsCondition(canary, found(canary, now)), reportingCondition(coverageOf(rows, now))];
    },
  };
}

import type { DriftReport } from './report.ts';

/** Where the last drift report of each Kubernetes cluster is kept. One contract suite holds every implementation. */
export interface DriftStore {
  /**
   * Replaces the last report, unless one of a later time stands there. It is forgotten a day later. Throws
   * CanaryStoreError.
   */
  writeDrift(report: DriftReport, signal: AbortSignal): Promise<void>;
  /** The last report; undefined when there is none, or none that can be read. Throws CanaryStoreError. */
  readDrift(cluster: string, signal: AbortSignal): Promise<DriftReport | undefined>;
}

/** How long a report is kept, in seconds: what ran yesterday says nothing about today. */
const REPORT_SECONDS = 24 * 60 * 60;

/** When a report was made, in milliseconds since the epoch. */
export function timeOf({ asOf }: DriftReport): number {
  return Date.parse(asOf);
}

/** The second of the epoch after which a report is forgotten. */
export function expiryOf(report: DriftReport): number {
  return Math.ceil(timeOf(report) / 1_000) + REPORT_SECONDS;
}

import type { DriftReport } from './report.ts';

/** Where the last drift report of each Kubernetes cluster is kept. One contract suite holds every implementation. */
export interface DriftStore {
  /**
   * Replaces the last report, unless one of a later time stands there. One of a time that is yet to come, by more than
   * clocks differ, does not stand. It is forgotten a day later. Throws CanaryStoreError.
   */
  writeDrift(report: DriftReport, signal: AbortSignal): Promise<void>;
  /** The last report; undefined when there is none that can be read or has come yet. Throws CanaryStoreError. */
  readDrift(cluster: string, signal: AbortSignal): Promise<DriftReport | undefined>;
}

/** How long a report is kept, in seconds: what ran yesterday need not run today. */
const REPORT_SECONDS = 24 * 60 * 60;

/** The most that clocks differ, in milliseconds: a clock that was once set wrong must not keep later reports away. */
const CLOCKS_MS = 60_000;

/** The time after which no report can have been made, both in milliseconds since the epoch. */
export function latestAt(now: number): number {
  return now + CLOCKS_MS;
}

/** When a report was made, in milliseconds since the epoch. */
export function timeOf({ asOf }: DriftReport): number {
  return Date.parse(asOf);
}

/** The second of the epoch after which a report is forgotten. */
export function expiryOf(report: DriftReport): number {
  return Math.ceil(timeOf(report) / 1_000) + REPORT_SECONDS;
}

/** Whether a report is one of the last day; `now` in milliseconds since the epoch. */
export function stands(report: DriftReport, now: number): boolean {
  return expiryOf(report) * 1_000 > now && timeOf(report) <= latestAt(now);
}

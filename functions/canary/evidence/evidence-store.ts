import type { CanaryKey } from '../store.ts';

/** Six sums of a track, and its latency as bound, count, bound, count, …; see `SUM_FIELDS` in traffic/evidence. */
export type SumsRow = readonly [sums: readonly number[], latency?: readonly number[]];

/** A version of the routes, as one namespace ran it: `resourceVersion` is empty where the environment does not know it. */
export type StepRow = readonly [
  namespace: string,
  version: string,
  resourceVersion: string,
  stable: number,
  canary: number,
];

/** What one function environment summed of a canary in one slot of time. Readers add rows up. */
export interface EvidenceRow {
  /** When the slot begins, in milliseconds since the epoch. */
  readonly slot: number;
  readonly writtenAt: number;
  readonly steps: readonly StepRow[];
  /** Windows by their beginning, in milliseconds after that of the slot, and by their step's place in `steps`. */
  readonly windows: readonly (readonly [from: number, step: number, stable: SumsRow, canary: SumsRow])[];
  /** Proxies by their key, those that count (1) and those that inform (0); a key of two letters stands for many. */
  readonly proxies: readonly (readonly [key: string, counts: 0 | 1, step: number, stable: SumsRow, canary: SumsRow])[];
  readonly names: readonly (readonly [key: string, namespace: string, pod: string])[];
  /** Keys of proxies that count, one behind the other: those that report, and those that were asked and do not. */
  readonly reporting: string;
  readonly silent: string;
  /** Of each namespace the numbers of the reports that are summed here, six letters each, one behind the other. */
  readonly numbers: readonly (readonly [namespace: string, numbers: string])[];
  /** Namespaces of which not all numbers are there. */
  readonly full: readonly string[];
  /** Reports that were sent before: they count where no row has their number. */
  readonly kept: readonly KeptRow[];
  /** Hosts of stable, healthy and all, and of the canary. */
  readonly hosts?: readonly number[];
  /** Reports that came too late for their window, or for which there was no room. */
  readonly late: number;
}

/** A report that was sent before. */
export type KeptRow = readonly [
  number: string,
  from: number,
  step: number,
  key: string,
  pod: string,
  stable: SumsRow,
  canary: SumsRow,
];

/** What one environment heard of the hosts of targets. */
export interface HostsRow {
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  readonly targets: readonly (readonly [target: string, heard: readonly HeardHosts[]])[];
}

/** What one proxy found: its key, whether it counts (1), seconds from then to `writtenAt`, healthy and all hosts of both tracks. */
export type HeardHosts = readonly [
  key: string,
  counts: 0 | 1,
  secondsAgo: number,
  stableHealthy: number,
  stableTotal: number,
  canaryHealthy: number,
  canaryTotal: number,
];

/** From one moment to another, in milliseconds since the epoch, both included. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Where function environments leave what proxies counted. Nothing of it moves a version. */
export interface EvidenceStore {
  /** Replaces the environment's row of the slot; it is forgotten `EVIDENCE_SECONDS` later. */
  writeEvidence(key: CanaryKey, environment: string, row: EvidenceRow, signal: AbortSignal): Promise<void>;
  /** The rows of a canary whose slots begin within the range, oldest first. */
  readEvidence(key: CanaryKey, range: TimeRange, signal: AbortSignal): Promise<readonly EvidenceRow[]>;
  /** Replaces what the environment heard of hosts; it is forgotten an hour later. */
  writeHosts(cluster: string, environment: string, row: HostsRow, signal: AbortSignal): Promise<void>;
  readHosts(cluster: string, signal: AbortSignal): Promise<readonly HostsRow[]>;
}

/** The half of it that environments of `discovery` have. */
export type EvidenceWriter = Pick<EvidenceStore, 'writeEvidence' | 'writeHosts'>;

/** How long rows of evidence are kept, in seconds: a release that holds for the longest step is judged within. */
export const EVIDENCE_SECONDS = 6 * 3_600;
/** How long a slot is, in milliseconds: a row is written again until it is over. */
export const SLOT_MS = 30_000;

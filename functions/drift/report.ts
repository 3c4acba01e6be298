import { CANARY_API_VERSION } from '../canary/canary.ts';
import { isRecord } from '../json/faults.ts';

/** How a running Pod differs from the one that would be made today, in one template. */
export const DRIFTS = ['missing', 'outdated', 'extra'] as const;
/**
 * - `missing`: the template would be given today, and is not there;
 * - `outdated`: it is there with other content than today's;
 * - `extra`: it was added once, and would not be added today.
 */
export type Drift = (typeof DRIFTS)[number];

/** The workload that owns the Pods, as operators know it, e.g. the Deployment above a ReplicaSet. */
export interface Workload {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** What the Pods of a workload have too little or too much of. */
export interface TemplateDrift {
  readonly name: string;
  readonly drift: Drift;
  readonly pods: number;
  /** The versions that the Pods say they run; a few at most. */
  readonly from: readonly string[];
  /** The versions that they would get; two while a next channel is rolled out to single Pods. */
  readonly to: readonly string[];
}

/** How many Pods; each counts once in a field, however many templates differ in it. */
export interface DriftCounts extends Readonly<Record<Drift, number>> {
  /** All running Pods that were looked at. */
  readonly pods: number;
  /** Those of them that differ in any way. */
  readonly drifted: number;
  /** Those that would not be admitted today, or not with their templates. */
  readonly refused: number;
}

/** A workload with drift. */
export interface WorkloadDrift extends Workload, DriftCounts {
  /** Why the first of them would not. */
  readonly reason?: string;
  readonly templates: readonly TemplateDrift[];
  /** Names of some of its Pods that differ. */
  readonly examples: readonly string[];
  /** The command that brings the Pods up to date; absent where there is none, or where it would do harm now. */
  readonly command?: string;
  /** What to do where there is no command. */
  readonly advice?: string;
}

/** The running Pods of a Kubernetes cluster against what they would get today. */
export interface DriftReport extends DriftCounts {
  readonly apiVersion: string;
  readonly kind: 'DriftReport';
  readonly metadata: { readonly name: string };
  /** RFC 3339: when the reading began. */
  readonly asOf: string;
  /** Only of this namespace; absent: of all. */
  readonly namespace?: string;
  /** Those with drift, by namespace, kind and name. */
  readonly workloads: readonly WorkloadDrift[];
  /** Pods that differ, of workloads that are not listed for want of room; the sums have them. */
  readonly podsLeftOut: number;
}

const COUNTS = ['pods', 'drifted', ...DRIFTS, 'refused'] as const;

/** The report with as many workloads as fit into so many bytes of JSON, those with the most Pods that differ. */
export function cutReport(report: DriftReport, bytesMax: number): DriftReport {
  const worst = report.workloads.toSorted((a, b) => b.drifted - a.drifted);
  let bytes = Buffer.byteLength(JSON.stringify({ ...report, workloads: [] }));
  const end = worst.findIndex((workload) => {
    bytes += Buffer.byteLength(JSON.stringify(workload)) + 1;
    return bytes > bytesMax;
  });
  if (end === -1) return report;
  const kept = new Set(worst.slice(0, end));
  const workloads = report.workloads.filter((workload) => kept.has(workload));
  const cut = worst.slice(end).reduce((sum, { drifted }) => sum + drifted, 0);
  return { ...report, workloads, podsLeftOut: report.podsLeftOut + cut };
}

/** A report as it was written, only as far as it is used; undefined for anything else. */
export function readReport(value: unknown): DriftReport | undefined {
  return isReport(value) ? value : undefined;
}

/** The first fields of every report. */
export function reportHead(cluster: string): Pick<DriftReport, 'apiVersion' | 'kind' | 'metadata'> {
  return { apiVersion: CANARY_API_VERSION, kind: 'DriftReport', metadata: { name: cluster } };
}

function isReport(value: unknown): value is DriftReport {
  if (!isRecord(value) || value['kind'] !== 'DriftReport' || !isRecord(value['metadata'])) return false;
  if (![...COUNTS, 'podsLeftOut'].every((key) => Number.isSafeInteger(value[key]))) return false;
  if (typeof value['asOf'] !== 'string' || !Number.isFinite(Date.parse(value['asOf']))) return false;
  return Array.isArray(value['workloads']) && value['workloads'].every(isWorkload);
}

function isWorkload(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return (
    ['namespace', 'kind', 'name'].every((key) => typeof value[key] === 'string') &&
    COUNTS.every((key) => Number.isSafeInteger(value[key])) &&
    ['templates', 'examples'].every((key) => Array.isArray(value[key]))
  );
}

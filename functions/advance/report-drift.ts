import { readDrift } from '../drift/read-drift.ts';
import { cutReport, type DriftReport } from '../drift/report.ts';
import { type DriftStore, timeOf } from '../drift/store.ts';
import { errorName } from '../errors.ts';
import { driftChecked, driftReported, driftUnreadable } from '../events.ts';
import { type ClusterApi, ClusterApiError } from '../kube-api/cluster-api.ts';
import { EksError } from '../kube-api/eks-error.ts';
import { DRIFT_EVERY_MS, DRIFT_READ_MS, STORE_WAIT_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';

/** What a drift report is made and kept with. */
export interface DriftTools {
  readonly reports: DriftStore;
  /** The record of a Kubernetes cluster with the templates of its channels; throws TemplateStoreError. */
  readonly stateFor: (cluster: string, waitMs: number) => Promise<FleetState>;
  /** The stage of its roll-out (`readStage`); may throw anything. */
  readonly stageOf: (cluster: string, signal: AbortSignal) => Promise<readonly string[] | undefined>;
  /** Enters a Kubernetes cluster; may throw anything. */
  readonly openCluster: (cluster: string, signal: AbortSignal) => Promise<Pick<ClusterApi, 'get' | 'list'>>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What is kept of a report: an item of DynamoDB takes 400 KB, and people read a part of it. */
const REPORT_BYTES_MAX = 300_000;

/** For one report to be written, in milliseconds: a store that hangs must fail here, not use up the tick in silence. */
const WRITE_MS = 5_000;

/**
 * Writes the drift report of a Kubernetes cluster where the last one is old, and says how old it is. Never rejects: what
 * fails leaves the last report where it is, whose age then says it.
 *
 * @param signal the tick's; what it breaks off is `unfinished`, which is no failure
 */
export async function reportDrift(
  tools: DriftTools,
  cluster: string,
  signal: AbortSignal,
): Promise<'done' | 'unfinished'> {
  if (signal.aborted) return 'unfinished';
  const { reports, log, now } = tools;
  const within = AbortSignal.any([signal, AbortSignal.timeout(DRIFT_READ_MS)]);
  let isFinished = true;
  let last: DriftReport | undefined;
  try {
    last = await reports.readDrift(cluster, within);
    if (last === undefined || now() - timeOf(last) >= DRIFT_EVERY_MS) {
      last = await writeReport(tools, cluster, within, signal);
    }
  } catch (error) {
    isFinished = !signal.aborted;
    if (isFinished) log(driftUnreadable, { cluster, error: errorName(error), ...detailOf(error) });
  }
  if (last !== undefined) {
    log(driftChecked, { cluster, reportAge: Math.max(0, Math.round((now() - timeOf(last)) / 1_000)) });
  }
  return isFinished ? 'done' : 'unfinished';
}

/** What is to be fixed, without the words of others: 401 the access entry, 403 the role; EKS's answer by its code. */
function detailOf(error: unknown): { readonly status?: number; readonly code?: string } {
  if (error instanceof ClusterApiError) return { status: error.status };
  return error instanceof EksError ? { code: error.code } : {};
}

async function writeReport(
  { reports, stateFor, stageOf, openCluster, log, now }: DriftTools,
  cluster: string,
  within: AbortSignal,
  signal: AbortSignal,
): Promise<DriftReport> {
  const started = now();
  const state = await stateFor(cluster, STORE_WAIT_MS);
  const found = await stageOf(cluster, within);
  const stage = found === undefined ? {} : { stage: found };
  const api = await openCluster(cluster, within);
  const report = cutReport(await readDrift({ api, state, ...stage, now, signal: within }), REPORT_BYTES_MAX);
  await reports.writeDrift(report, AbortSignal.any([signal, AbortSignal.timeout(WRITE_MS)]));
  log(driftReported, {
    cluster,
    pods: report.pods,
    podsMissing: report.missing,
    podsOutdated: report.outdated,
    podsExtra: report.extra,
    podsRefused: report.refused,
    workloads: report.workloads.length,
    ms: now() - started,
  });
  return report;
}

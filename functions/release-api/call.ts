import type { Canary, CanaryCondition } from '../canary/canary.ts';
import type { Confirmation, ConfirmationStore } from '../canary/confirmation.ts';
import type { PaceStore } from '../canary/pace.ts';
import type { FleetReport, FleetStore } from '../canary/proxy-reports.ts';
import { isGone } from '../canary/settled.ts';
import type { AuditEntry, CanaryKey, CanaryStore } from '../canary/store.ts';
import { checkTime, pauseAfter } from '../canary/store-time.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import type { ClusterRecord } from '../cluster-record/cluster-record.ts';
import type { DriftStore } from '../drift/store.ts';
import { releaseChanged } from '../events.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { Log } from '../log.ts';
import type { FleetClusters } from './fleet-clusters.ts';

/** What a proxy of a namespace would be answered to its three polls; `record` is that of its Kubernetes cluster. */
export type PreviewTraffic = (
  canaries: readonly Canary[],
  record: ClusterRecord,
  namespace: string,
  now: number,
) => { readonly listeners: unknown; readonly clusters: unknown; readonly routes: unknown };

/** Who of the fleet follows a canary: seen, converged, and by conditions why; `kept` is what was found before. */
export type DescribeProxies = (
  reports: readonly FleetReport[],
  canary: Canary,
  now: number,
  kept: Confirmation | undefined,
) => Partial<Confirmation> &
  Omit<Confirmation, 'asOf'> & {
    readonly confirmed: boolean;
    readonly conditions: readonly Pick<CanaryCondition, 'type' | 'status' | 'message'>[];
  };

/** What the door of the release API brings along. */
export interface ReleaseTools {
  readonly store: CanaryStore;
  readonly clusters: FleetClusters;
  /** What the data plane knows; a deployment without one has neither. */
  readonly traffic?: {
    readonly preview: PreviewTraffic;
    readonly fleet: Pick<FleetStore, 'readFleet'> & ConfirmationStore & Pick<PaceStore, 'findPace'>;
    readonly describeProxies: DescribeProxies;
  };
  /** Where `advance` leaves the drift reports; a deployment without one has none. */
  readonly drift?: Pick<DriftStore, 'readDrift'>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly random: () => number;
  /** Waits so many milliseconds, or until the signal aborts; only tests have another one. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly newUid: () => string;
}

/** One request on its way, its Kubernetes cluster known. */
export interface Call {
  readonly tools: ReleaseTools;
  readonly request: HttpRequest;
  readonly caller: string;
  readonly cluster: string;
  readonly moment: Moment;
  /** Ends every call of a store in time. */
  readonly signal: AbortSignal;
}

/** A call about one canary. */
export interface CanaryCall extends Call {
  readonly key: CanaryKey;
}

/** Says in the log what was written: which weights, by whom. The reason is the caller's text, and stays in the audit. */
export function logChange(
  { tools, key }: CanaryCall,
  { who, verb, from, to }: AuditEntry,
  { metadata, status }: Canary,
): void {
  tools.log(releaseChanged, {
    ...key,
    verb,
    who,
    ...(from === undefined ? {} : { from: `${from.stable}/${from.canary}` }),
    ...(to === undefined ? {} : { to: `${to.stable}/${to.canary}` }),
    phase: status.phase,
    resourceVersion: metadata.resourceVersion,
  });
}

/**
 * What stands in the store under a call's key, for a write; one whose deletion is over is taken away first, and not there.
 * A read has `readSettled`.
 */
export async function readStored({ tools, key, moment, signal }: CanaryCall): Promise<Canary | undefined> {
  const stored = await tools.store.getCanary(key, signal);
  if (stored === undefined || !isGone(stored, moment.now)) return stored;
  for (let tries = 1; ; tries++) {
    // A conflict means that another request has taken it away, or made a new one.
    const { outcome } = await tools.store.remove(key, stored.metadata.resourceVersion, signal);
    if (outcome !== 'behind') return undefined;
    await pauseAfter(tries, tools.random, signal);
    checkTime(signal);
  }
}

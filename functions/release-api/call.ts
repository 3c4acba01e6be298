import type { Canary, CanaryCondition } from '../canary/canary.ts';
import type { Confirmation, ConfirmationStore } from '../canary/confirmation.ts';
import type { FoundBackends } from '../canary/evidence/readiness.ts';
import type { FreezeStore } from '../canary/freeze/freeze-store.ts';
import type { PaceStore } from '../canary/pace.ts';
import type { ProxyReport, ProxyReportStore } from '../canary/proxy-reports.ts';
import type { CanaryKey } from '../canary/store.ts';
import type { ClusterRecord } from '../cluster-record/cluster-record.ts';
import type { DriftStore } from '../drift/store.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { ReleaseCall, UseCaseTools } from '../releases/call.ts';
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
  reports: readonly ProxyReport[],
  canary: Canary,
  now: number,
  kept: Confirmation | undefined,
) => Partial<Confirmation> &
  Omit<Confirmation, 'asOf'> & {
    readonly confirmed: boolean;
    readonly conditions: readonly Pick<CanaryCondition, 'type' | 'status' | 'message'>[];
  };

/** What proxies counted, as `discovery` left it; times in milliseconds since the epoch. Throws CanaryStoreError. */
export interface ReadEvidence {
  /** The windows that begin in so many times five seconds up to a time; `next` is where the page before it ends. */
  page(
    key: CanaryKey,
    canary: Canary,
    asked: { readonly until: number; readonly windows: number },
    now: number,
    signal: AbortSignal,
  ): Promise<{
    readonly windows: readonly { readonly from: string }[];
    readonly proxies: object;
    readonly next: number | undefined;
  }>;
  /** What is found of the backends and of who reports. */
  conditions(
    key: CanaryKey,
    canary: Canary,
    now: number,
    signal: AbortSignal,
  ): Promise<readonly Pick<CanaryCondition, 'type' | 'status' | 'message'>[]>;
  /** What proxies find of the backends of canaries; undefined for one of which none has told lately. */
  backends(cluster: string, signal: AbortSignal): Promise<(canary: Canary, now: number) => FoundBackends | undefined>;
}

/** What the entry point of the release API brings along. */
export interface ReleaseTools extends UseCaseTools {
  readonly clusters: FleetClusters;
  readonly freezes: FreezeStore;
  /** What the data plane knows; a deployment without one has neither. */
  readonly traffic?: {
    readonly preview: PreviewTraffic;
    readonly fleet: Pick<ProxyReportStore, 'readProxyReports'> & ConfirmationStore & Pick<PaceStore, 'findPace'>;
    readonly describeProxies: DescribeProxies;
    /** Absent where the sidecars tell nothing. */
    readonly evidence?: ReadEvidence;
  };
  /** Where `advance` leaves the drift reports; a deployment without one has none. */
  readonly drift?: Pick<DriftStore, 'readDrift'>;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

/** One request on its way, its Kubernetes cluster known. */
export interface Call extends Omit<ReleaseCall, 'key'> {
  readonly tools: ReleaseTools;
  readonly request: HttpRequest;
  readonly cluster: string;
}

/** A call about one canary. */
export interface CanaryCall extends Call, ReleaseCall {
  readonly tools: ReleaseTools;
}

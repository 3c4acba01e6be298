import type { EvidenceStore, HostsRow } from '../../canary/evidence/evidence-store.ts';
import type { Freeze } from '../../canary/freeze/freeze.ts';
import type { FreezeStore } from '../../canary/freeze/freeze-store.ts';
import type { ReadFreezes } from '../../canary/freeze/freeze-wait.ts';
import type { AskHooks } from '../../canary/hooks/ask-hooks.ts';
import type { PaceStore } from '../../canary/pace.ts';
import type { ProxyReport, ProxyReportStore } from '../../canary/proxy-reports.ts';
import { type ReleaseTimes, releaseTimes } from '../../canary/times.ts';
import type { TemplateWriter, WorkloadReader } from '../../canary/workloads/workload.ts';
import { CanaryStoreError } from '../../errors.ts';
import { RELEASE_LOOK_MS } from '../../limits.ts';
import type { DiscoveryEndpoint } from '../../template/discovery-endpoint.ts';

/** What proxies of a Kubernetes cluster told, and its freezes, read where it is needed. Each throws CanaryStoreError. */
export interface ClusterView {
  readonly reports: () => Promise<readonly ProxyReport[]>;
  readonly hosts: () => Promise<readonly HostsRow[]>;
  /** Reads workloads; absent where this program may enter no Kubernetes cluster. */
  readonly workloads?: WorkloadReader | undefined;
  /** Writes Pod templates of workloads; absent where it may not. */
  readonly templates?: TemplateWriter | undefined;
  /** Asks hooks; without it none takes a canary back, and none lets a share come. */
  readonly hooks?: AskHooks | undefined;
  /** Those of the fleet, of the cluster and of its namespaces, as one pass over the releases has read them. */
  readonly freezes: () => Promise<readonly Freeze[]>;
  /** The same as they are now. */
  readonly freezesNow: () => Promise<readonly Freeze[]>;
}

/** Where that is read. */
export type ViewStore = Pick<ProxyReportStore, 'readProxyReports'> &
  Pick<EvidenceStore, 'readHosts'> &
  Pick<FreezeStore, 'readFreezes'> &
  Pick<PaceStore, 'findPace'>;

/** What a pass over releases reads with. */
export interface ViewTools {
  readonly steps: ViewStore;
  /** Where the proxies of a Kubernetes cluster ask, and how often; undefined where that is not known. May throw anything. */
  readonly discoveryOf: (cluster: string) => Promise<DiscoveryEndpoint | undefined>;
}

/** What a look at one release sees of its Kubernetes cluster. */
export interface LookView extends ClusterView {
  /** How long proxies take to follow. */
  readonly times: () => Promise<ReleaseTimes>;
}

/**
 * What is read once for all releases of a Kubernetes cluster, by the first of them that needs it. It has the time of a look for
 * itself: that the look which began it is over keeps no other from what it finds.
 *
 * @param pass ends everything that is read
 * @returns the view of one look; its own signal ends what it waits for
 */
export function viewOf({ steps, discoveryOf }: ViewTools, pass: AbortSignal) {
  const once = <T>(read: (cluster: string, signal: AbortSignal) => Promise<T>) => {
    const found = new Map<string, Promise<T>>();
    return async (cluster: string, signal: AbortSignal): Promise<T> => {
      const known = found.get(cluster) ?? read(cluster, AbortSignal.any([pass, AbortSignal.timeout(RELEASE_LOOK_MS)]));
      found.set(cluster, known);
      return await unlessOver(known, signal);
    };
  };
  const reports = once(steps.readProxyReports);
  const hosts = once(steps.readHosts);
  const freezes = once(steps.readFreezes);
  const times = once(async (cluster, signal) => {
    // A release is never held by what cannot be read: a wait that is a little shorter or longer does no harm.
    const record = await discoveryOf(cluster).catch(() => undefined);
    const pace = await steps.findPace(cluster, signal).catch(() => undefined);
    return releaseTimes(record, pace?.refreshMs);
  });
  return (cluster: string, signal: AbortSignal): LookView => ({
    reports: () => reports(cluster, signal),
    hosts: () => hosts(cluster, signal),
    freezes: () => freezes(cluster, signal),
    freezesNow: () => steps.readFreezes(cluster, signal),
    times: () => times(cluster, signal),
  });
}

/** The freezes; what cannot be read holds a share back, and stops nothing else. */
export async function freezesIn(read: ClusterView['freezes']): Promise<ReadFreezes> {
  return await read().catch((error: unknown) => {
    if (error instanceof CanaryStoreError) return 'unreadable';
    throw error;
  });
}

/** What is being read, or CanaryStoreError once the signal aborts: others go on waiting for it. */
async function unlessOver<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(new CanaryStoreError('the time of this look is over', { cause: signal.reason }));
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([reading, over]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

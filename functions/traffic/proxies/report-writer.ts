import type { ProxyReportStore } from '../../canary/proxy-reports.ts';
import { within } from '../../http/within.ts';
import type { RefusedToken } from '../../identity/proxy-identity.ts';
import { REPORT_WRITE_EVERY_MS, REPORT_WRITE_MS } from '../../limits.ts';
import type { CanaryState } from '../canary-cache.ts';
import { type CanaryId, canaryId } from '../quarantine.ts';
import { proxyReport } from './proxy-report.ts';
import { createSeenProxies, type RoutesPoll, type SeenProxies } from './seen-proxies.ts';

/** Keeps what an environment sees of the proxies, and writes it down while a canary awaits confirmation. */
export interface ReportWriter {
  /** Notes a poll for routes; the write, where one is due, may take `REPORT_WRITE_MS`. Never rejects. */
  note(poll: RoutesPoll, state: CanaryState): Promise<void> | undefined;
  /** Notes a poll that was answered 401, for the next report; milliseconds since the epoch. A stranger makes no write. */
  noteRefused(token: RefusedToken, at: number): void;
}

/** What the writer brings along. */
export interface ReportWriterOptions {
  /** The name of this environment: random, unique. */
  readonly environment: string;
  readonly onFailure: (cluster: string, error: unknown) => void;
}

/** A write that proxies are to follow; times in milliseconds since the epoch. */
interface Wait {
  readonly id: CanaryId;
  readonly since: number;
  readonly until: number;
}

/** What is kept of one Kubernetes cluster. */
interface ClusterProxies {
  readonly seen: SeenProxies;
  writtenAt: number;
  /** Worked out once of each state: most polls find that nothing is awaited. */
  watch: { readonly state: CanaryState; readonly waits: readonly Wait[] } | undefined;
}

/** Makes a writer that has seen no proxy yet. */
export function createReportWriter(
  store: ProxyReportStore,
  { environment, onFailure }: ReportWriterOptions,
): ReportWriter {
  const clusters = new Map<string, ClusterProxies>();
  const entryOf = (cluster: string): ClusterProxies => {
    const known = clusters.get(cluster);
    if (known !== undefined) return known;
    const entry = { seen: createSeenProxies(), writtenAt: Number.NEGATIVE_INFINITY, watch: undefined };
    clusters.set(cluster, entry);
    return entry;
  };

  return {
    noteRefused({ clusters: suspects, identity }, at) {
      for (const cluster of suspects) {
        entryOf(cluster).seen.noteRefused(identity?.cluster === cluster ? identity : undefined, at);
      }
    },
    note(poll, state) {
      const { cluster } = poll.identity;
      const entry = entryOf(cluster);
      entry.seen.note(poll);
      const { at } = poll;
      const isDue = at < entry.writtenAt || at >= entry.writtenAt + REPORT_WRITE_EVERY_MS;
      if (!isDue) return undefined;
      if (entry.watch?.state !== state) entry.watch = { state, waits: waitsIn(state) };
      const awaited = entry.watch.waits.filter(({ since, until }) => at >= since && at < until);
      if (awaited.length === 0) return undefined;
      entry.writtenAt = at;
      const report = proxyReport(entry.seen, new Set(awaited.map(({ id }) => id)), at);
      const signal = AbortSignal.timeout(REPORT_WRITE_MS);
      const writing = store.writeProxyReport(cluster, environment, report, signal);
      const told = writing.catch((error: unknown) => onFailure(cluster, error));
      return within(told, REPORT_WRITE_MS);
    },
  };
}

/** The canaries whose last write the fleet is watched for, and from when to when that is. */
function waitsIn({ canaries }: CanaryState): readonly Wait[] {
  return canaries.flatMap((canary): Wait[] => {
    const { awaiting } = canary.status;
    if (awaiting === undefined) return [];
    return [{ id: canaryId(canary), since: Date.parse(awaiting.since), until: Date.parse(awaiting.until) }];
  });
}

import type { ProxyReportStore } from '../../canary/proxy-reports.ts';
import { within } from '../../http/within.ts';
import type { RefusedToken } from '../../identity/proxy-identity.ts';
import { REPORT_WRITE_EVERY_MS, REPORT_WRITE_MS } from '../../limits.ts';
import type { CanaryState } from '../canary-cache.ts';
import { canaryId } from '../quarantine.ts';
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

/** Makes a writer that has seen no proxy yet. */
export function createReportWriter(
  store: ProxyReportStore,
  { environment, onFailure }: ReportWriterOptions,
): ReportWriter {
  const clusters = new Map<string, { readonly seen: SeenProxies; writtenAt: number }>();
  const entryOf = (cluster: string): { readonly seen: SeenProxies; writtenAt: number } => {
    const entry = clusters.get(cluster) ?? { seen: createSeenProxies(), writtenAt: Number.NEGATIVE_INFINITY };
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
      const awaited = awaitedCanaries(state, at);
      if (awaited.size === 0) return undefined;
      entry.writtenAt = at;
      const report = proxyReport(entry.seen, awaited, at);
      const signal = AbortSignal.timeout(REPORT_WRITE_MS);
      const writing = store.writeProxyReport(cluster, environment, report, signal);
      const told = writing.catch((error: unknown) => onFailure(cluster, error));
      return within(told, REPORT_WRITE_MS);
    },
  };
}

/** Those whose last write is served, and that the fleet is watched for. */
function awaitedCanaries({ canaries }: CanaryState, at: number): ReadonlySet<string> {
  const awaited = canaries.filter(
    ({ status: { awaiting } }) =>
      awaiting !== undefined && at >= Date.parse(awaiting.since) && at < Date.parse(awaiting.until),
  );
  return new Set(awaited.map(canaryId));
}

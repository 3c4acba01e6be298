import type { ProxyReportStore } from '../../canary/proxy-reports.ts';
import { stagingTarget } from '../../canary/staging/staging-target.ts';
import { within } from '../../http/within.ts';
import type { RefusedToken } from '../../identity/proxy-identity.ts';
import { REPORT_WRITE_EVERY_MS, REPORT_WRITE_MS } from '../../limits.ts';
import type { CanaryState } from '../canary-cache.ts';
import { type CanaryId, canaryId } from '../quarantine.ts';
import { createLearningProxies, type LearningPoll, type LearningProxies } from './learning-proxies.ts';
import { proxyReport } from './proxy-report.ts';
import { createSeenProxies, type RoutesPoll, type SeenProxies } from './seen-proxies.ts';

/** Keeps what an environment sees of the proxies, and writes it down while a canary awaits confirmation. */
export interface ReportWriter {
  /** Notes a poll for routes; the write, where one is due, may take `REPORT_WRITE_MS`. Never rejects. */
  note(poll: RoutesPoll, state: CanaryState): Promise<void> | undefined;
  /** The same of a poll for anything else, while its namespace learns Envoy clusters. */
  noteLearning(poll: LearningPoll, state: CanaryState): Promise<void> | undefined;
  /** Notes a poll that was answered 401, for the next report; milliseconds since the epoch. A stranger makes no write. */
  noteRefused(token: RefusedToken, at: number): void;
}

/** What the writer brings along. */
export interface ReportWriterOptions {
  /** The name of this environment: random, unique. */
  readonly environment: string;
  readonly onFailure: (cluster: string, error: unknown) => void;
}

/** A write that proxies are to follow, or a target that they are to learn; times in milliseconds since the epoch. */
interface Wait {
  readonly id: CanaryId;
  /** The target's id. */
  readonly target?: string;
  readonly since: number;
  readonly until: number;
}

/** What is kept of one Kubernetes cluster. */
interface ClusterProxies {
  readonly seen: SeenProxies;
  readonly learning: LearningProxies;
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
    const entry = {
      seen: createSeenProxies(),
      learning: createLearningProxies(),
      writtenAt: Number.NEGATIVE_INFINITY,
      watch: undefined,
    };
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
      const { identity, version, staging = [], at } = poll;
      // One without routes is born now, and gets all Envoy clusters.
      if (staging.length > 0 && version !== undefined) entry.learning.note({ identity, staging, holds: false, at });
      return write(cluster, entry, state, at);
    },
    noteLearning(poll, state) {
      const { cluster } = poll.identity;
      const entry = entryOf(cluster);
      entry.learning.note(poll);
      return write(cluster, entry, state, poll.at);
    },
  };

  /** Writes the report that is due. */
  function write(cluster: string, entry: ClusterProxies, state: CanaryState, at: number): Promise<void> | undefined {
    const isDue = at < entry.writtenAt || at >= entry.writtenAt + REPORT_WRITE_EVERY_MS;
    if (!isDue) return undefined;
    if (entry.watch?.state !== state) entry.watch = { state, waits: waitsIn(state, at) };
    const waits = entry.watch.waits.filter(({ since, until }) => at >= since && at < until);
    const targets = waits.flatMap(({ target }) => target ?? []);
    if (targets.length === 0) entry.learning.forget();
    if (waits.length === 0) return undefined;
    entry.writtenAt = at;
    const learning = targets.length === 0 ? undefined : entry.learning.report(targets, at);
    const report = proxyReport(entry.seen, new Set(waits.map(({ id }) => id)), at, learning);
    const signal = AbortSignal.timeout(REPORT_WRITE_MS);
    const writing = store.writeProxyReport(cluster, environment, report, signal);
    const told = writing.catch((error: unknown) => onFailure(cluster, error));
    return within(told, REPORT_WRITE_MS);
  }
}

/** The canaries whose last write the fleet is watched for, and targets that it learns: from when to when that is. */
function waitsIn({ canaries }: CanaryState, at: number): readonly Wait[] {
  return canaries.flatMap((canary): Wait[] => {
    const { awaiting } = canary.status;
    const id = canaryId(canary);
    const staging = stagingTarget(canary, at);
    return [
      ...(awaiting === undefined ? [] : [{ id, since: Date.parse(awaiting.since), until: Date.parse(awaiting.until) }]),
      ...(staging === undefined ? [] : [{ id, target: staging.id, since: staging.since, until: staging.until }]),
    ];
  });
}

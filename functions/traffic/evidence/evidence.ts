import type { EvidenceWriter } from '../../canary/evidence/evidence-store.ts';
import { within } from '../../http/within.ts';
import type { ProxyIdentity } from '../../identity/proxy-identity.ts';
import { REPORT_WRITE_MS } from '../../limits.ts';
import type { CanaryState } from '../canary-cache.ts';
import type { Served } from '../served-answers.ts';
import type { Snapshot } from '../snapshot.ts';
import { type ClusterEvidence, createClusterEvidence, noteHosts, sumsOf } from './cluster-evidence.ts';
import { dueWrites } from './due-writes.ts';
import { noteFigures, type Source } from './note-figures.ts';
import type { PollFigures } from './parse/parse-figures.ts';
import type { PollHosts } from './parse/parse-hosts.ts';
import { type AnswerHeaders, type Watch, watchOf } from './watch.ts';

/** Who polls for routes, and what its namespace is answered. */
export interface RoutesAsker {
  readonly identity: ProxyIdentity;
  readonly state: CanaryState;
  readonly served: Served;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The same with what the poll tells. */
export interface EvidencePoll extends RoutesAsker {
  /** Undefined where the proxy does not report. */
  readonly figures: PollFigures | undefined;
  readonly hosts: PollHosts | undefined;
}

/** What proxies counted, as one environment hears it in their polls. */
export interface Evidence {
  /** Takes what a poll for routes tells; the write, where one is due, may take `REPORT_WRITE_MS`. Never rejects. */
  note(poll: EvidencePoll): Promise<void> | undefined;
  /** The headers of an answer about routes, with those that say what the next poll is to tell. */
  asking(asker: RoutesAsker, headers: AnswerHeaders): AnswerHeaders;
}

/** What it brings along. */
export interface EvidenceOptions {
  /** The name of this environment: random, unique. */
  readonly environment: string;
  readonly onFailure: (cluster: string, error: unknown) => void;
  /** Called for a poll with reports that are refused. */
  readonly onRefused: (cluster: string, namespace: string, reports: number, at: number) => void;
}

/** Makes a memory of nothing. */
export function createEvidence(store: EvidenceWriter, options: EvidenceOptions): Evidence {
  const { environment, onFailure, onRefused } = options;
  const clusters = new Map<string, ClusterEvidence>();
  const watches = new WeakMap<Snapshot, Watch>();

  return {
    asking: (asker, headers) => watchFor(asker, entryOf(asker.identity.cluster)).asking(headers, asker.at),
    note(poll) {
      const { identity, figures, hosts, at } = poll;
      const { cluster, namespace, serviceAccount, pod, key } = identity;
      const entry = entryOf(cluster);
      const watch = watchFor(poll, entry);
      const source: Source = { key, namespace, pod: pod ?? serviceAccount, at };
      noteCaller(entry, watch, source.key, figures !== undefined, at);
      if (figures !== undefined) {
        const { numbers, steps } = entry;
        const tools = { watch, numbers, steps, sumsOf: sumsOf.bind(undefined, entry) };
        const refused = noteFigures(figures, source, tools);
        if (refused > 0) onRefused(cluster, namespace, refused, at);
      }
      if (hosts !== undefined) noteHosts(entry, watch, hosts, source);
      const writes = dueWrites({ store, environment, cluster }, entry, at);
      if (writes.length === 0) return undefined;
      const told = writes.map((write) => write().catch((error: unknown) => onFailure(cluster, error)));
      return within(Promise.all(told), REPORT_WRITE_MS).then(() => undefined);
    },
  };

  function entryOf(cluster: string): ClusterEvidence {
    const entry = clusters.get(cluster) ?? createClusterEvidence();
    clusters.set(cluster, entry);
    return entry;
  }

  /** Made once of each snapshot, when the versions that it stands for are noted. */
  function watchFor({ identity, state, served, at }: RoutesAsker, { steps }: ClusterEvidence): Watch {
    const known = watches.get(served.snapshot);
    if (known !== undefined) return known;
    const watch = watchOf(identity.namespace, state, served, at);
    watches.set(served.snapshot, watch);
    for (const { id, isCounted, askedUntil, step } of watch.targets.values()) {
      if (isCounted && askedUntil > at) steps.note(id, step);
    }
    return watch;
  }
}

/** Notes that a proxy is there, for every target that it is asked of: its first poll in a slot tells that. */
function noteCaller(entry: ClusterEvidence, watch: Watch, key: string, isReporting: boolean, at: number): void {
  const targets = watch.asked(at);
  if (targets.length === 0 || watch.isNoted(key, isReporting, at)) return;
  for (const target of targets) if (target.isCounted) sumsOf(entry, target).noteCaller(key, isReporting, at);
}

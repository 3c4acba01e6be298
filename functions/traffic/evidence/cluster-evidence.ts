import { putNewest } from '../../http/bounded-map.ts';
import type { CanaryId } from '../quarantine.ts';
import { type CanaryEvidence, createCanaryEvidence } from './canary-evidence.ts';
import { createHostsMemory, type HostsMemory } from './heard-hosts.ts';
import { createKnownSteps, type KnownSteps } from './known-steps.ts';
import type { Source } from './note-figures.ts';
import type { PollHosts } from './parse/parse-hosts.ts';
import { createRecentNumbers, type RecentNumbers } from './recent-numbers.ts';
import type { Watch, WatchedTarget } from './watch.ts';

/** What an environment heard from the proxies of one Kubernetes cluster. */
export interface ClusterEvidence {
  readonly canaries: Map<CanaryId, { readonly whose: WatchedTarget['canary']; readonly sums: CanaryEvidence }>;
  readonly steps: KnownSteps;
  readonly numbers: RecentNumbers;
  readonly hosts: HostsMemory;
  /** When rows were written last, in milliseconds since the epoch. */
  writtenAt: number;
  hostsWrittenAt: number;
  /** Whether hosts were heard since they were written last, and whether others than before. */
  heard: 'nothing' | 'same' | 'news';
}

/** Canaries that are summed at a time. */
const CANARIES_MAX = 500;

/** Makes a memory of nothing. */
export function createClusterEvidence(): ClusterEvidence {
  const never = Number.NEGATIVE_INFINITY;
  return {
    canaries: new Map(),
    steps: createKnownSteps(),
    numbers: createRecentNumbers(),
    hosts: createHostsMemory(),
    writtenAt: never,
    hostsWrittenAt: never,
    heard: 'nothing',
  };
}

/** The sums of a target's canary. */
export function sumsOf({ canaries }: ClusterEvidence, { id, canary }: WatchedTarget): CanaryEvidence {
  const known = canaries.get(id);
  if (known !== undefined) return known.sums;
  const sums = createCanaryEvidence();
  putNewest(canaries, id, { whose: canary, sums }, CANARIES_MAX);
  return sums;
}

/** Takes what a proxy found of the hosts of targets that its namespace sees; of others nothing. */
export function noteHosts(entry: ClusterEvidence, watch: Watch, hosts: PollHosts, { key, at }: Source): void {
  for (const [name, found] of hosts) {
    const target = watch.targets.get(name);
    if (target === undefined) continue;
    const { isCounted } = target;
    const isNews = entry.hosts.note(target.target, { key, isCounted }, found, at);
    if (isNews || entry.heard === 'nothing') entry.heard = isNews ? 'news' : 'same';
    if (isCounted && target.askedUntil > at) sumsOf(entry, target).noteHosts(found, at);
  }
}

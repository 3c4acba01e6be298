import type { ProxyIdentity } from '../identity/proxy-identity.ts';
import type { CanaryState } from './canary-cache.ts';
import type { Evidence } from './evidence/evidence.ts';
import type { Poll } from './poll.ts';
import type { ReportWriter } from './proxies/report-writer.ts';
import type { Served } from './served-answers.ts';
import type { ResourceKind } from './xds/xds.ts';

/** What takes note of polls for routes. */
export interface PollNotes {
  readonly fleet: ReportWriter;
  readonly evidence: Evidence;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A poll for routes, of whom, and what its namespace is answered. */
export interface RoutesPolled {
  readonly poll: Poll;
  readonly identity: ProxyIdentity;
  readonly state: CanaryState;
  readonly served: Served;
  /** The version that is sent in place of the current one. */
  readonly first?: string;
  /** Whether it is told to ask seldom though something moves. */
  readonly isIdle?: boolean;
}

/**
 * Notes what a proxy runs, and what it counted.
 *
 * @returns the writes that this brought about; undefined for none. Never rejects
 */
export function notePoll(
  { fleet, evidence, now }: PollNotes,
  { poll, identity, state, served, first, isIdle = false }: RoutesPolled,
): Promise<unknown> | undefined {
  const { version, figures, hosts } = poll;
  const current = served.answers.direct.routes.version;
  const sent = first ?? (version === current ? undefined : current);
  const { canaries } = served.snapshot;
  const at = now();
  const counting = evidence.note({ identity, figures, hosts, state, served, at });
  const { staging } = served;
  const writing = fleet.note({ identity, version, current, canaries, sent, staging, isIdle, at }, state);
  return counting === undefined || writing === undefined ? (counting ?? writing) : Promise.all([counting, writing]);
}

/** A poll for listeners or Envoy clusters, of whom, and what its namespace is answered. */
export interface OtherPolled extends Omit<RoutesPolled, 'poll' | 'first'> {
  readonly kind: Exclude<ResourceKind, 'routes'>;
  /** What the proxy runs. */
  readonly version: string | undefined;
}

/**
 * Notes which Envoy clusters a proxy holds, while its namespace is to learn some.
 *
 * @returns the write that this brought about; undefined for none. Never rejects
 */
export function noteOther(
  { fleet, now }: Pick<PollNotes, 'fleet' | 'now'>,
  { kind, version, identity, state, served }: OtherPolled,
): Promise<void> | undefined {
  const { staging, answers } = served;
  if (staging.length === 0) return undefined;
  // What has none yet is answered with all that are current.
  const holds = kind === 'clusters' && (version ?? answers.direct.clusters.version) === answers.direct.clusters.version;
  return fleet.noteLearning({ identity, staging, holds, at: now() }, state);
}

import type { Canary, Release } from '../../canary/canary.ts';
import type { HostsRow } from '../../canary/evidence/evidence-store.ts';
import { unreadiness } from '../../canary/evidence/readiness.ts';
import { freezeWait, type ReadFreezes } from '../../canary/freeze/freeze-wait.ts';
import type { ProxyReport } from '../../canary/proxy-reports.ts';
import { lastTaken, planIndexOf, planOf } from '../../canary/steps/release.ts';
import { countOn, elapsedMs, type ReleaseRecord } from '../../canary/steps/release-record.ts';
import type { Following, Situation } from '../../canary/steps/situation.ts';
import { decide } from '../../canary/verdict/decide.ts';
import type { Verdict } from '../../canary/verdict/verdict.ts';
import type { SeenWorkloads } from '../../canary/workloads/workload.ts';
import { backendsOf } from '../../traffic/evidence/backends.ts';
import { WINDOW_MS } from '../../traffic/evidence/canary-evidence.ts';
import { describeProxies } from '../../traffic/proxies/proxy-status.ts';
import type { Folded } from './fold-evidence.ts';
import { proxySteps } from './proxy-counts.ts';

/** What is known of the proxies and of the freezes of a Kubernetes cluster; what a look does not need is not read for it. */
export interface Known {
  readonly reports: readonly ProxyReport[];
  /** Undefined: the release names none. */
  readonly workloads: SeenWorkloads | undefined;
  /** Why promotion `Copy` cannot be done; undefined: it can, or was not tried. */
  readonly uncopyable?: string | undefined;
  /** Undefined: not read. */
  readonly hosts: readonly HostsRow[] | undefined;
  /** Undefined: not read. */
  readonly freezes: ReadFreezes | undefined;
}

/** A situation without what metrics of other providers are judged to be, with the whole verdict. */
export type Observed = Omit<Situation, 'metrics' | 'dryRuns' | 'analysis' | 'verdict'> & {
  readonly verdict: Verdict | undefined;
};

/** What the next move depends on, of what was read: all but the metrics of other providers. @param now milliseconds since the epoch */
export function situationOf(
  canary: Canary,
  release: Release,
  folded: Folded,
  { reports, workloads, uncopyable, hosts, freezes }: Known,
  now: number,
): Observed {
  const { record, isCaughtUp } = folded;
  const elapsed = elapsedMs(record, now);
  const { resourceVersion, confirmedAt } = lastTaken(release);
  // What an unconfirmed weight has been for is the time of proxies, not of the step.
  const weightMs = confirmedAt === undefined ? 0 : countOn(record.weight, resourceVersion, elapsed).ms;
  const { responses, seconds } = record.verdict.baseline;
  const found = hosts === undefined ? undefined : backendsOf(hosts, canary, now);
  return {
    canary,
    release,
    following: followingOf(reports, canary, now),
    verdict: verdictOf(release, folded, weightMs / 1_000),
    convicted: record.convicted,
    isCaughtUp,
    baseline: { responses, perSecond: responses / Math.max(1, seconds, countedSeconds(record, confirmedAt, weightMs)) },
    workloads,
    uncopyable,
    unready: (weights) => unreadiness(canary, weights, found),
    frozen: freezes === undefined ? undefined : freezeWait(freezes, canary.metadata.namespace, now),
    weightMs,
    pauseMs: countOn(record.pause, release.stepStartedAt, elapsed).ms,
    waitedMs: (wait) => countOn(record.wait, wait, elapsed).ms,
  };
}

/**
 * Seconds of the windows since the weight was confirmed, those without a response included: in what was counted are no others,
 * while the weight has been there for up to fifteen seconds more. Of a clock that jumps no more than looks have seen.
 */
function countedSeconds({ windowsUntil }: ReleaseRecord, confirmedAt: string | undefined, weightMs: number): number {
  if (confirmedAt === undefined) return 0;
  const first = Math.ceil(Date.parse(confirmedAt) / WINDOW_MS);
  const windows = Math.floor(windowsUntil / WINDOW_MS) - first + 1;
  return Math.min(weightMs, windows * WINDOW_MS) / 1_000;
}

/** The verdict on the weight that is in force; undefined in the baseline. */
function verdictOf({ steps, taken }: Release, { record, proxies }: Folded, seconds: number): Verdict | undefined {
  const plan = planOf(steps);
  const step = planIndexOf(steps, taken.at(-1)?.step ?? -1);
  if (step < 0) return undefined;
  const nextWeight = plan[step + 1] ?? 1;
  return decide(record.verdict, { step, seconds, nextWeight, proxies: proxySteps(proxies, plan.length) });
}

function followingOf(reports: Known['reports'], canary: Canary, now: number): Following {
  const { confirmed, seen, conditions } = describeProxies(reports, canary, now);
  const sentence = conditions.find(({ type }) => type === 'Confirmed')?.message ?? 'not known';
  return { confirmed, isCalled: seen > 0, sentence };
}

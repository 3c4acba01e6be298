import type { Canary } from '../canary/canary.ts';
import type { ProxyReport, ProxyReportStore } from '../canary/proxy-reports.ts';
import { stagingTarget, withStagingEnded } from '../canary/staging/staging-target.ts';
import type { CanaryKey, CanaryStore } from '../canary/store.ts';
import { versionAfter } from '../canary/version-line.ts';
import { errorName } from '../errors.ts';
import { stagingEnded, stagingNotEnded } from '../events.ts';
import { ADVANCE_LOOP_MS, LOOK_EVERY_MS, RELEASE_LOOK_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import { hasLearned } from '../traffic/proxies/has-learned.ts';
import { pauseFor } from './step/pause-for.ts';

/** What staging is ended with. */
export interface StagingTools {
  readonly canaries: Pick<CanaryStore, 'getCanary' | 'readHead' | 'writePhase'>;
  readonly steps: Pick<ProxyReportStore, 'readProxyReports'>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits so many milliseconds, or until the signal aborts; only tests have another one. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Looks every `LOOK_EVERY_MS` whether the proxies of canaries have learned what is staged, until none is or the time is over.
 * Never rejects.
 *
 * @param keys canaries with a target that is being learned
 * @param started when the invocation began, in milliseconds since the epoch
 */
export async function loopStaging(tools: StagingTools, keys: readonly CanaryKey[], started: number): Promise<void> {
  const { now, pause = pauseFor } = tools;
  const signal = AbortSignal.timeout(ADVANCE_LOOP_MS + LOOK_EVERY_MS);
  let staging = keys;
  while (staging.length > 0) {
    const began = now();
    staging = await endStagings(tools, staging, signal);
    if (staging.length === 0 || now() + LOOK_EVERY_MS > started + ADVANCE_LOOP_MS) return;
    await pause(Math.max(0, LOOK_EVERY_MS - (now() - began)), signal);
  }
}

/**
 * Lets routes lead to what is staged of these canaries where their proxies have learned it (`hasLearned`). Each write gives way
 * to every other writer, and may be done by two at once. Never rejects: what fails is said in the log, and its time ends it.
 *
 * @returns those that are still being learned
 */
export async function endStagings(
  tools: StagingTools,
  keys: readonly CanaryKey[],
  signal: AbortSignal,
): Promise<readonly CanaryKey[]> {
  const left: CanaryKey[] = [];
  const reports = new Map<string, Promise<readonly ProxyReport[]>>();
  for (const key of keys) {
    const within = AbortSignal.any([signal, AbortSignal.timeout(RELEASE_LOOK_MS)]);
    try {
      if (await endStaging(tools, key, reports, within)) left.push(key);
    } catch (error) {
      left.push(key);
      if (!signal.aborted) tools.log(stagingNotEnded, { ...key, error: errorName(error) });
    }
  }
  return left;
}

/** @returns whether it is still to be looked at */
async function endStaging(
  { canaries, steps, log, now }: StagingTools,
  key: CanaryKey,
  read: Map<string, Promise<readonly ProxyReport[]>>,
  signal: AbortSignal,
): Promise<boolean> {
  const canary = await canaries.getCanary(key, signal);
  const staging = canary === undefined ? undefined : stagingTarget(canary, now());
  if (canary === undefined || staging === undefined) return false;
  if (now() < staging.askedBy) return true;
  const reading = read.get(key.cluster) ?? steps.readProxyReports(key.cluster, signal);
  read.set(key.cluster, reading);
  const at = now();
  if (!hasLearned(await reading, canary, at)) return true;
  const head = await canaries.readHead(key.cluster, signal);
  const ended = withStagingEnded(canary, at);
  const resourceVersion = String(versionAfter(head, canary));
  // The write that is awaited stays the one that staged it: what serves this version serves that.
  const next: Canary = { ...ended, metadata: { ...ended.metadata, resourceVersion } };
  const { outcome } = await canaries.writePhase(key.cluster, canary.metadata.resourceVersion, next, signal);
  if (outcome !== 'written') return true;
  log(stagingEnded, { ...key, revision: staging.target.revision, earlierMs: staging.until - at });
  return false;
}

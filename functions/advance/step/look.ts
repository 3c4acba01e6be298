import { setTimeout as sleep } from 'node:timers/promises';
import type { Canary } from '../../canary/canary.ts';
import type { EvidenceStore } from '../../canary/evidence/evidence-store.ts';
import type { FreezeStore } from '../../canary/freeze/freeze-store.ts';
import type { PaceStore } from '../../canary/pace.ts';
import type { ProxyReportStore } from '../../canary/proxy-reports.ts';
import type { MeasureMetrics } from '../../canary/steps/measure-metrics.ts';
import { runningRelease } from '../../canary/steps/release.ts';
import type { CanaryKey, CanaryStore } from '../../canary/store.ts';
import { releaseTimes } from '../../canary/times.ts';
import { errorName } from '../../errors.ts';
import { releaseStepFailed } from '../../events.ts';
import { RELEASE_LOOK_MS } from '../../limits.ts';
import type { Log } from '../../log.ts';
import type { UseCaseTools } from '../../releases/call.ts';
import type { DiscoveryEndpoint } from '../../template/discovery-endpoint.ts';
import { logFigures } from './release-figures.ts';
import { type StepStore, stepRelease } from './step-release.ts';

/** What looks at running releases are made with. */
export interface LookTools extends Omit<UseCaseTools, 'store'> {
  readonly canaries: CanaryStore;
  readonly steps: StepStore &
    Pick<ProxyReportStore, 'readProxyReports'> &
    Pick<EvidenceStore, 'readHosts'> &
    Pick<FreezeStore, 'readFreezes'> &
    Pick<PaceStore, 'findPace'>;
  /** Where the proxies of a Kubernetes cluster ask, and how often; undefined where that is not known. May throw anything. */
  readonly discoveryOf: (cluster: string) => Promise<DiscoveryEndpoint | undefined>;
  /** Measures metrics of other providers. */
  readonly measure: MeasureMetrics;
  readonly log: Log;
}

/** Who moves releases by itself, for the history and the log. */
const STEP_CALLER = 'advance';
/** Releases that are looked at at the same time. */
const AT_ONCE = 8;
/** A release that is paused for longer is looked at once a minute: what proxies count meanwhile is not lost. */
const PAUSED_MS = 30 * 60_000;

/** Whether a release is looked at every few seconds. @param now milliseconds since the epoch */
function isMoving(canary: Canary, now: number): boolean {
  const release = runningRelease(canary);
  if (release === undefined || release.state === 'WaitingPromotion') return false;
  return release.paused === undefined || now - Date.parse(release.paused.since) < PAUSED_MS;
}

/**
 * Looks once at each of these canaries, some at a time. Never rejects: one that fails is said in the log, keeps no other from
 * being looked at, and is looked at again.
 *
 * @returns those that move on
 */
export async function lookAtAll(
  tools: LookTools,
  keys: readonly CanaryKey[],
  signal: AbortSignal,
): Promise<readonly CanaryKey[]> {
  const waiting = [...keys];
  const moving: CanaryKey[] = [];
  const view = viewOf(tools);
  const worker = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined && !signal.aborted; key = waiting.shift()) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(RELEASE_LOOK_MS)]);
      try {
        if (await lookAt(tools, key, view(key.cluster), within)) moving.push(key);
      } catch (error) {
        moving.push(key);
        if (!signal.aborted) tools.log(releaseStepFailed, { ...key, error: errorName(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return moving;
}

async function lookAt(
  tools: LookTools,
  key: CanaryKey,
  view: ReturnType<ReturnType<typeof viewOf>>,
  signal: AbortSignal,
): Promise<boolean> {
  const canary = await tools.canaries.getCanary(key, signal);
  if (canary === undefined || runningRelease(canary) === undefined) return false;
  const times = await view.times(signal);
  const call = {
    tools: { ...tools, store: tools.canaries },
    caller: STEP_CALLER,
    key,
    moment: { now: tools.now(), times },
    signal,
  };
  const clusterView = {
    reports: () => view.reports(signal),
    hosts: () => view.hosts(signal),
    freezes: () => view.freezes(signal),
  };
  const stepped = await stepRelease(call, tools.steps, canary, clusterView, tools.measure);
  const moves = isMoving(canary, call.moment.now);
  // Each is a metric of the canary's own, which is billed by the hour in which it has values.
  if (moves && stepped?.figures !== undefined) logFigures(tools.log, key, stepped.figures);
  return moves;
}

/** What is read once for all releases of a Kubernetes cluster, by the first of them that needs it. */
function viewOf({ steps, discoveryOf }: LookTools) {
  const once = <T>(read: (cluster: string, signal: AbortSignal) => Promise<T>) => {
    const found = new Map<string, Promise<T>>();
    return (cluster: string, signal: AbortSignal): Promise<T> => {
      const known = found.get(cluster) ?? read(cluster, signal);
      found.set(cluster, known);
      return known;
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
  return (cluster: string) => ({
    reports: (signal: AbortSignal) => reports(cluster, signal),
    hosts: (signal: AbortSignal) => hosts(cluster, signal),
    freezes: (signal: AbortSignal) => freezes(cluster, signal),
    times: (signal: AbortSignal) => times(cluster, signal),
  });
}

/** Waits so long, or until the signal aborts. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

import type { Canary } from '../../canary/canary.ts';
import type { Confirmation } from '../../canary/confirmation.ts';
import { exportedBy } from '../../canary/export-to.ts';
import type { ProxyReport } from '../../canary/proxy-reports.ts';
import { routesRefreshMsOf } from '../../canary/times.ts';
import { ROUTES_REFRESH_DEFAULT } from '../../template/discovery-endpoint.ts';
import { durationMs } from '../../template/parameter/types.ts';
import { canaryId } from '../quarantine.ts';
import { type ProxyCondition, proxyConditions } from './conditions.ts';
import { type MergedProxy, mergeReports } from './merge-reports.ts';
import { type ProxyItem, proxyItems } from './proxy-items.ts';
import { isCounted, isFollowed, lags, type Tally, tally, uncountedCallers } from './who-counts.ts';

/** How far the fleet follows the last write of a canary. The numbers at the top are of all proxies that see it. */
export interface ProxiesDescription extends Tally {
  /** The write that proxies are measured by. */
  readonly resourceVersion: string;
  /** RFC 3339: only from then on proxies can follow that write; absent once they can. */
  readonly servedFrom?: string;
  /** RFC 3339: when the numbers were so; absent when nothing is known. */
  readonly asOf?: string;
  /** Those that see it, send it no requests and ask seldom: none of the other numbers has them, and they are not waited for. */
  readonly idle: number;
  /** Those that can hold it back: of the canary's own namespace, and of those that `exportTo` names. Others inform. */
  readonly counted: Tally;
  /** The proxies that reports name, at most 100: those that do not follow first. */
  readonly items: readonly ProxyItem[];
  /** `namespace/pod`, at most 100 of each, those that count first. */
  readonly names: { readonly lagging: readonly string[]; readonly rejected: readonly string[] };
  /**
   * 99 % of those that count have converged (see `isFollowed` where none does), and every living proxy has polled since
   * the write; once found it stays so.
   */
  readonly confirmed: boolean;
  /** `Confirmed`, with why not; `NoCountedCallers`, with the namespaces that see it. */
  readonly conditions: readonly ProxyCondition[];
  /** Polls answered 401 in the minute before `asOf`, of tokens that name the issuer of the canary's Kubernetes cluster. */
  readonly refusals: number;
  /** Of no namespace fewer than every n-th proxy was counted. */
  readonly sampling: number;
}

const NAMES_MAX = 100;
/** What a report's `refusals` are of. */
const REFUSALS_MS = 60_000;
/** An idle proxy asks once in this time at least: a sidecar pauses for five minutes at most, and that long reports tell of it. */
const IDLE_SEEN_MS = 5 * 60_000;
/** Until an environment has written what it saw. */
const REPORT_SLACK_MS = 10_000;

/**
 * Sums what the environments saw of the proxies up to one description.
 *
 * @param reports of the canary's Kubernetes cluster
 * @param now milliseconds since the epoch
 * @param kept what was found of the canary before
 */
export function describeProxies(
  reports: readonly ProxyReport[],
  canary: Canary,
  now: number,
  kept?: Confirmation,
): ProxiesDescription {
  const { awaiting } = canary.status;
  const wanted = awaiting?.resourceVersion ?? canary.metadata.resourceVersion;
  const version = BigInt(wanted);
  const pollMs = 2 * refreshMsOf(awaiting);
  // A report from a clock that is ahead must not outlive all others.
  const asOf = Math.min(now, Math.max(...reports.map(({ writtenAt }) => writtenAt)));
  const exported = exportedBy(canary);
  // Who has not polled for longer is gone.
  const from = asOf - pollMs - REPORT_SLACK_MS;
  // One that sends nothing does no harm with an older share, but where the canary loses its share it has to know that.
  const awaitsIdle = canary.status.weights.canary === 0;
  const idleFrom = awaitsIdle ? from : asOf - IDLE_SEEN_MS;
  const seeing = mergeReports(reports, { id: canaryId(canary), exported, from, idleFrom, now });
  const isAwaited = ({ isIdle }: MergedProxy): boolean => awaitsIdle || !isIdle;
  const proxies = seeing.filter(isAwaited);
  const idle = seeing.filter((proxy) => !isAwaited(proxy));
  const isKept = kept?.resourceVersion === wanted;
  const isForgotten = seeing.length === 0 && isKept;
  const all = isForgotten ? tallyOf(kept) : tally(proxies, version);
  const counted = proxies.filter((proxy) => isCounted(proxy, exported));
  const countedTally = tally(counted, version);
  const since = awaiting === undefined ? Number.NEGATIVE_INFINITY : Date.parse(awaiting.since);
  const isDue = asOf >= since + pollMs;
  // Where all that count send it nothing, no proxy is waited for.
  const isVacuous = counted.length === 0 && idle.some((proxy) => isCounted(proxy, exported));
  const confirmed = isKept || (isDue && (isVacuous || isFollowed(proxies, exported, version)));
  const uncounted = uncountedCallers(seeing, reports, exported);
  const deciding = counted.length > 0 ? countedTally : all;
  return {
    resourceVersion: wanted,
    ...(now < since ? { servedFrom: new Date(since).toISOString() } : {}),
    ...(isForgotten ? { asOf: kept.asOf } : reports.length === 0 ? {} : { asOf: new Date(asOf).toISOString() }),
    ...all,
    idle: idle.reduce((sum, { weight }) => sum + weight, 0),
    counted: countedTally,
    items: proxyItems(proxies, new Set(counted), version, idle),
    names: namesOf(proxies, counted, version),
    confirmed,
    conditions: proxyConditions({ confirmed, deciding, isAhead: now < since, isDue, uncounted }),
    refusals: reports.reduce((sum, r) => (r.writtenAt > asOf - REFUSALS_MS ? sum + (r.refusals ?? 0) : sum), 0),
    sampling: Math.max(1, ...reports.map(({ sampling }) => sampling)),
  };
}

/** What was last known, where no report tells more. */
function tallyOf({ seen, converged }: Confirmation): Tally {
  return { seen, converged, lagging: seen - converged, rejected: 0, refused: 0 };
}

/** Envoy waits for the refresh and up to as much again. */
function refreshMsOf(awaiting: Canary['status']['awaiting']): number {
  if (awaiting === undefined) return durationMs(ROUTES_REFRESH_DEFAULT);
  return routesRefreshMsOf(Date.parse(awaiting.until) - Date.parse(awaiting.since));
}

function namesOf(
  proxies: readonly MergedProxy[],
  counted: readonly MergedProxy[],
  wanted: bigint,
): ProxiesDescription['names'] {
  const first = new Set(counted);
  const lagging = proxies.filter((proxy) => lags(proxy, wanted));
  const named = (rejects: boolean): readonly string[] => {
    const own = lagging.filter((proxy) => proxy.rejects === rejects);
    const [decide, inform] = [true, false].map((isFirst) =>
      own
        .filter((proxy) => first.has(proxy) === isFirst)
        .flatMap(({ name }) => name ?? [])
        .toSorted(),
    );
    return [...(decide ?? []), ...(inform ?? [])].slice(0, NAMES_MAX);
  };
  return { lagging: named(false), rejected: named(true) };
}

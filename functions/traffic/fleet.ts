import type { Canary } from '../canary/canary.ts';
import type { Confirmation } from '../canary/confirmation.ts';
import type { FleetReport } from '../canary/store.ts';
import { own } from '../template/check.ts';
import { ROUTES_REFRESH_DEFAULT } from '../template/discovery-endpoint.ts';
import { durationMs } from '../template/parameter-types.ts';
import { isSampled } from './fleet-report.ts';
import { canaryId } from './sound-canaries.ts';

/** How far the fleet follows the last write of a canary. Where reports are samples the numbers are estimates. */
export interface ProxiesDescription {
  /** The write that proxies are measured by. */
  readonly resourceVersion: string;
  /** RFC 3339: only from then on proxies can follow that write; absent once they can. */
  readonly servedFrom?: string;
  /** RFC 3339: when the numbers were so; absent when nothing is known. */
  readonly asOf?: string;
  /** Proxies that see the canary and have polled lately. */
  readonly seen: number;
  /** Those whose routes hold at least that write. */
  readonly converged: number;
  /** Those whose routes are older. */
  readonly lagging: number;
  /** Those of the lagging that were sent newer routes and did not take them. */
  readonly rejected: number;
  /** `namespace/pod`, at most 100 of each. */
  readonly names: { readonly lagging: readonly string[]; readonly rejected: readonly string[] };
  /** 99 % have converged, and every living proxy has polled since the write; once found it stays so. */
  readonly confirmed: boolean;
  /** Every n-th proxy was counted. */
  readonly sampling: number;
}

const CONFIRMED_SHARE = 0.99;
const NAMES_MAX = 100;
/** `awaiting.until` is `since` + 4 × routesRefresh + this. */
const AWAITING_SLACK_MS = 35_000;
/** Until an environment has written what it saw. */
const REPORT_SLACK_MS = 10_000;

interface Sighting {
  readonly at: number;
  /** The resourceVersion that its routes hold; undefined when it runs a version that nobody knows. */
  readonly holds: bigint | undefined;
  readonly name: string | undefined;
  readonly rejects: boolean;
}

/**
 * Sums what the environments saw of the proxies up to one description. Of each proxy the newest sighting counts, except
 * that a rejection seen by one environment is not outshone by another one that saw the proxy later without knowing of it.
 *
 * @param reports of the canary's Kubernetes cluster
 * @param now milliseconds since the epoch
 * @param kept what was found of the canary before
 */
export function describeProxies(
  reports: readonly FleetReport[],
  canary: Canary,
  now: number,
  kept?: Confirmation,
): ProxiesDescription {
  const { awaiting } = canary.status;
  const wanted = awaiting?.resourceVersion ?? canary.metadata.resourceVersion;
  const pollMs = 2 * refreshMsOf(awaiting);
  // A report from a clock that is ahead must not outlive all others.
  const asOf = Math.min(now, Math.max(...reports.map(({ writtenAt }) => writtenAt)));
  const sampling = Math.max(1, ...reports.map((report) => report.sampling));
  const sightings = newestSightings(reports, canaryId(canary), {
    // Who has not polled for longer is gone.
    from: asOf - pollMs - REPORT_SLACK_MS,
    now,
    sampling,
  });
  const all = [...sightings.values()];
  const lagging = all.filter(({ holds }) => holds === undefined || holds < BigInt(wanted));
  const rejected = lagging.filter((sighting) => sighting.rejects);
  const converged = all.length - lagging.length;
  const since = awaiting === undefined ? 0 : Date.parse(awaiting.since);
  const isKept = kept?.resourceVersion === wanted;
  if (all.length === 0 && isKept) return fromKept(kept, sampling);
  const isFound =
    all.length > 0 && asOf >= since + pollMs && rejected.length === 0 && converged / all.length >= CONFIRMED_SHARE;
  return {
    resourceVersion: wanted,
    ...(now < since ? { servedFrom: new Date(since).toISOString() } : {}),
    ...(reports.length === 0 ? {} : { asOf: new Date(asOf).toISOString() }),
    seen: all.length * sampling,
    converged: converged * sampling,
    lagging: lagging.length * sampling,
    rejected: rejected.length * sampling,
    names: { lagging: namesOf(lagging.filter((sighting) => !sighting.rejects)), rejected: namesOf(rejected) },
    confirmed: isKept || isFound,
    sampling,
  };
}

/** What was last known, where no report tells more. */
function fromKept(kept: Confirmation, sampling: number): ProxiesDescription {
  const lagging = kept.seen - kept.converged;
  return { ...kept, lagging, rejected: 0, names: { lagging: [], rejected: [] }, confirmed: true, sampling };
}

/** Envoy waits for the refresh and up to as much again. */
function refreshMsOf(awaiting: Canary['status']['awaiting']): number {
  if (awaiting === undefined) return durationMs(ROUTES_REFRESH_DEFAULT);
  return Math.max(0, (Date.parse(awaiting.until) - Date.parse(awaiting.since) - AWAITING_SLACK_MS) / 4);
}

/** Of every proxy that sees the canary, by hash. */
function newestSightings(
  reports: readonly FleetReport[],
  id: string,
  { from, now, sampling }: { readonly from: number; readonly now: number; readonly sampling: number },
): ReadonlyMap<string, Sighting> {
  const newest = new Map<string, Sighting | undefined>();
  const latest = new Map<string, number>();
  const rejecting = new Set<string>();
  const named = new Map<string, string>();
  for (const { writtenAt, versions, proxies, names } of reports) {
    const held = versions.map(({ canaries }) => own(canaries, id));
    for (const [key, [index, secondsAgo, rejects]] of Object.entries(proxies)) {
      const at = Math.min(now, writtenAt) - secondsAgo * 1_000;
      if (at < from || !isSampled(key, sampling)) continue;
      const name = Object.hasOwn(names, key) ? names[key] : undefined;
      if (name !== undefined) named.set(key, name);
      if (rejects === 1) rejecting.add(key);
      if (at < (latest.get(key) ?? Number.NEGATIVE_INFINITY)) continue;
      latest.set(key, at);
      const holds = held[index];
      const isConcerned = index < 0 || typeof holds === 'string';
      newest.set(key, isConcerned ? { at, holds: version(holds), name, rejects: false } : undefined);
    }
  }
  return new Map(
    [...newest].flatMap(([key, sighting]): [string, Sighting][] => {
      if (sighting === undefined) return [];
      if (!rejecting.has(key)) return [[key, sighting]];
      return [[key, { ...sighting, name: sighting.name ?? named.get(key), rejects: true }]];
    }),
  );
}

function version(text: unknown): bigint | undefined {
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}

function namesOf(sightings: readonly Sighting[]): readonly string[] {
  return sightings
    .flatMap(({ name }) => name ?? [])
    .toSorted()
    .slice(0, NAMES_MAX);
}

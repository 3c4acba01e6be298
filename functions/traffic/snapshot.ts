import type { Canary, CanaryTarget } from '../canary/canary.ts';
import { sees } from '../canary/export-to.ts';
import { liveTargets, nextChange, servedTarget, servedVersion } from '../canary/targets.ts';
import { hasFallback } from '../canary/transitions/fallback.ts';
import { type CanaryId, canaryId } from './quarantine.ts';
import { envoyClusters } from './xds/envoy-clusters.ts';
import { listenerOf, type PollForm, type RoutesSource } from './xds/listener.ts';
import { managedRoutesOf } from './xds/managed-routes.ts';
import { routeConfiguration } from './xds/route-configuration.ts';
import { type Viewer, virtualHost } from './xds/virtual-host.ts';
import type { ResourceKind, XdsMessage } from './xds/xds.ts';

/** Who looks, and how its proxies ask for routes. */
export interface SnapshotView extends Viewer {
  readonly sources: Readonly<Record<PollForm, RoutesSource>>;
}

/** Everything that a proxy in one namespace may get, at one moment. */
export interface Snapshot extends Readonly<Record<Exclude<ResourceKind, 'listeners'>, readonly XdsMessage[]>> {
  /** They name the Envoy cluster that is asked for routes. */
  readonly listeners: Readonly<Record<PollForm, readonly XdsMessage[]>>;
  /** When it changes without a write, in milliseconds since the epoch; undefined for never. */
  readonly validUntil: number | undefined;
  /** Of every canary that the namespace sees, the resourceVersion whose routes these are (see servedVersion). */
  readonly canaries: ReadonlyMap<CanaryId, string>;
  /** Canaries without routes because another one, which was there first, has the same host names. */
  readonly overshadowed: readonly CanaryId[];
}

interface Live {
  readonly canary: Canary;
  readonly target: CanaryTarget;
  readonly isServed: boolean;
}

/**
 * Makes the snapshot of a namespace. Pure, and in one order whatever the order of the canaries: equal content is equal
 * text, hence one version.
 *
 * @param canaries sound ones (see soundCanaries) of one Kubernetes cluster
 * @param now milliseconds since the epoch
 */
export function snapshotFor(canaries: readonly Canary[], view: SnapshotView, now: number): Snapshot {
  const live = canaries.toSorted(byAge).flatMap((canary): Live[] => {
    const served = servedTarget(canary, now);
    const seen = liveTargets(canary, now).filter((target) => isVisible(canary, target, view.namespace));
    return seen.map((target) => ({ canary, target, isServed: target === served }));
  });
  const { virtualHosts, overshadowed } = virtualHostsOf(live, view, now);
  const changes = canaries.flatMap((canary) => nextChange(canary, now) ?? []);
  return {
    listeners: { direct: listenersOf(live, view.sources.direct), paced: listenersOf(live, view.sources.paced) },
    clusters: clustersOf(live, view),
    routes: [routeConfiguration(virtualHosts)],
    validUntil: changes.length === 0 ? undefined : Math.min(...changes),
    canaries: new Map(live.map(({ canary }) => [canaryId(canary), servedVersion(canary, now)])),
    overshadowed,
  };
}

/** Whether proxies of a namespace are told of a target. */
export function isVisible(
  { metadata, spec }: Canary,
  { exportTo = spec.exportTo }: CanaryTarget,
  namespace: string,
): boolean {
  return sees({ namespace: metadata.namespace, exportTo }, namespace);
}

/** Canaries of several namespaces on one port share its listener. */
function listenersOf(live: readonly Live[], source: RoutesSource): readonly XdsMessage[] {
  const ports = new Set(live.map(({ target }) => target.service.port));
  return [...ports].toSorted((a, b) => a - b).map((port) => listenerOf(port, source));
}

/**
 * Names are unique: a canary that takes a Service over from another one, whose Envoy clusters still stand, gets them
 * under the same names. What routes lead to wins.
 */
function clustersOf(live: readonly Live[], view: SnapshotView): readonly XdsMessage[] {
  const byName = new Map<string, XdsMessage>();
  for (const { canary, target } of live.toSorted((a, b) => Number(b.isServed) - Number(a.isServed))) {
    const { namespace } = canary.metadata;
    for (const cluster of envoyClusters(target, namespace, view.clusterDomain)) {
      const name = String(cluster['name']);
      if (!byName.has(name)) byName.set(name, cluster);
    }
  }
  return [...byName].toSorted(inOrder).map(([, cluster]) => cluster);
}

/** One host name in two virtual hosts would make Envoy refuse all routes, so the older canary keeps it. */
function virtualHostsOf(
  live: readonly Live[],
  view: Viewer,
  now: number,
): { readonly virtualHosts: readonly XdsMessage[]; readonly overshadowed: readonly CanaryId[] } {
  const taken = new Set<string>();
  const overshadowed: CanaryId[] = [];
  const hosts: [name: string, host: XdsMessage][] = [];
  for (const { canary, target, isServed } of live) {
    if (!isServed) continue;
    const { namespace } = canary.metadata;
    const { weights, atRest } = canary.status;
    const release = { namespace, target, weights, spec: routedSpec(canary), managed: managedRoutesOf(canary), atRest };
    const host = virtualHost({ ...release, hasFallback: hasFallback(target, now) }, view);
    const domains = [host['domains'] ?? []].flat().map(String);
    if (domains.some((domain) => taken.has(domain))) {
      overshadowed.push(canaryId(canary));
      continue;
    }
    for (const domain of domains) taken.add(domain);
    hosts.push([String(host['name']), host]);
  }
  return { virtualHosts: hosts.toSorted(inOrder).map(([, host]) => host), overshadowed };
}

/** After an abort nothing of a request goes to the canary: neither those that match nor a copy. */
function routedSpec({ spec, status }: Canary): Canary['spec'] {
  if (status.phase !== 'Failed') return spec;
  const { mirror: _none, ...rest } = spec;
  return { ...rest, match: [] };
}

function inOrder([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byAge(a: Canary, b: Canary): number {
  const age = Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
  return age !== 0 && !Number.isNaN(age) ? age : inOrder([canaryId(a), a], [canaryId(b), b]);
}

import type { Canary, CanaryWeights, Track } from '../canary.ts';

/** The hosts of both tracks, as proxies find them. */
export type FoundHosts = Readonly<Record<Track, { readonly healthy: number; readonly total: number }>>;

/** What proxies find of a canary's backends. */
export interface FoundBackends {
  readonly hosts: FoundHosts;
  /** Whether proxies that count say so; others inform. */
  readonly isCounted: boolean;
}

/** Why a canary is not to get a share. */
export interface Unreadiness {
  readonly reason: 'NoStableHosts' | 'NoCanaryHosts' | 'CanaryTooSmall';
  readonly sentence: string;
}

/**
 * Why a canary is not ready for weights; undefined where it is, or where nothing that counts is known of its backends. Only
 * a larger share needs to be ready for: a smaller one takes load off the canary.
 */
export function unreadiness(
  { spec, status }: Canary,
  weights: CanaryWeights,
  found: FoundBackends | undefined,
): Unreadiness | undefined {
  if (found?.isCounted !== true || weights.canary <= status.weights.canary) return undefined;
  const { stable, canary } = found.hosts;
  const [stableService, canaryService] = spec.backends.map(({ service }) => service);
  if (canary.healthy === 0) {
    const sentence = `proxies find no healthy Pod of Service ${canaryService} (canary)`;
    return { reason: 'NoCanaryHosts', sentence };
  }
  if (stable.healthy === 0) {
    const sentence = `proxies find no healthy Pod of Service ${stableService} (stable)`;
    return { reason: 'NoStableHosts', sentence };
  }
  const share = weights.canary / spec.totalWeight;
  if (canary.healthy >= share * stable.healthy) return undefined;
  const wanted = Math.ceil(share * stable.healthy);
  const percent = Number((100 * share).toFixed(2));
  const sentence = `${percent} % of what ${stable.healthy} stable hosts serve wants ${wanted} canary hosts, and there are ${canary.healthy}`;
  return { reason: 'CanaryTooSmall', sentence };
}

/** What is to be known before a share is raised, in words for its caller; undefined where proxies that count have told. */
export function unknownReadiness(found: FoundBackends | undefined): string | undefined {
  if (found?.isCounted === true) return undefined;
  const what = 'whether both backends have healthy Pods is not known';
  if (found === undefined) return `${what}: no proxy has told lately which hosts it finds`;
  return `${what}: only proxies that do not count have told; they find ${found.hosts.canary.healthy} healthy canary hosts and ${found.hosts.stable.healthy} stable ones`;
}

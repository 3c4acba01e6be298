import type { Canary, CanaryTarget } from '../../canary/canary.ts';
import { SLOT_MS } from '../../canary/evidence/evidence-store.ts';
import { counts, exportedBy, sees } from '../../canary/export-to.ts';
import { liveTargets } from '../../canary/targets.ts';
import { hasFallback } from '../../canary/transitions/fallback.ts';
import type { CanaryState } from '../canary-cache.ts';
import { type CanaryId, canaryId } from '../quarantine.ts';
import type { Served } from '../served-answers.ts';
import { clusterNames } from '../xds/names.ts';
import { headersOf, inTurn, TURN_MS, turnEnd } from './ask-headers.ts';
import type { Step } from './sums/evidence-sums.ts';

/** One target of a canary that a namespace sees, in the form that Envoy has figures of. */
export interface WatchedTarget {
  /** `shop/cart/8080/r1`. */
  readonly target: string;
  readonly id: CanaryId;
  readonly canary: Pick<Canary['metadata'], 'namespace' | 'name'>;
  /** Whether proxies of the namespace make evidence; others inform. */
  readonly isCounted: boolean;
  /** What the namespace's routes hold of the canary now, and their version. */
  readonly step: Step;
  readonly version: string;
  /** Until when figures are asked for, in milliseconds since the epoch. */
  readonly askedUntil: number;
}

/** Headers by their lower-case names. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** What a namespace's proxies are asked, and what of theirs is believed. */
export interface Watch {
  readonly targets: ReadonlyMap<string, WatchedTarget>;
  /** Those whose figures are asked for, most wanted first. */
  asked(at: number): readonly WatchedTarget[];
  /** The headers of an answer with those that ask; the same ones until there is something else to ask. */
  asking(headers: AnswerHeaders, at: number): AnswerHeaders;
  /** Whether a proxy was noted before in the slot of a moment, as one that reports or not; notes it. */
  isNoted(key: string, isReporting: boolean, at: number): boolean;
}

/** Of each some 1 KB is counted between two polls, and the sidecar sends again what waits: half of a poll's 16 KB at most. */
const FIGURES_TARGETS_MAX = 8;

/**
 * What is watched of the canaries that a namespace sees.
 *
 * @param served what its proxies are answered, of this state
 * @param at milliseconds since the epoch
 */
export function watchOf(namespace: string, { canaries }: CanaryState, served: Served, at: number): Watch {
  const targets = new Map(
    canaries
      .flatMap((canary) => liveTargets(canary, at).flatMap((one) => watched(canary, one, namespace, served, at) ?? []))
      .map((one) => [one.target, one]),
  );
  const names = [...targets.keys()].toSorted();
  const wanted = [...targets.values()]
    .filter(({ askedUntil }) => askedUntil > at)
    .toSorted(
      (a, b) => Number(b.isCounted) - Number(a.isCounted) || versionOf(b) - versionOf(a) || order(a.target, b.target),
    );
  let last: { readonly of: AnswerHeaders; readonly asking: AnswerHeaders; readonly until: number } | undefined;
  let noted = { slot: Number.NaN, reporting: new Set<string>(), silent: new Set<string>() };
  let asking: { readonly targets: readonly WatchedTarget[]; readonly from: number; readonly until: number } | undefined;
  const asked = (now: number): readonly WatchedTarget[] => {
    if (asking !== undefined && now >= asking.from && now < asking.until) return asking.targets;
    const all = wanted.filter(({ askedUntil }) => askedUntil > now);
    const targets = all.slice(0, FIGURES_TARGETS_MAX);
    asking = { targets, from: now, until: Math.min(...all.map(({ askedUntil }) => askedUntil)) };
    return targets;
  };

  return {
    targets,
    asked,
    isNoted(key, isReporting, now) {
      const slot = Math.floor(now / SLOT_MS);
      if (noted.slot !== slot) noted = { slot, reporting: new Set(), silent: new Set() };
      const keys = isReporting ? noted.reporting : noted.silent;
      if (keys.has(key)) return true;
      keys.add(key);
      return false;
    },
    asking(headers, now) {
      if (last?.of === headers && now < last.until && now >= last.until - TURN_MS) return last.asking;
      const until = Math.min(turnEnd(now), ...asked(now).map(({ askedUntil }) => askedUntil));
      const figures = asked(now).map(({ target }) => target);
      last = { of: headers, until, asking: { ...headers, ...headersOf(figures, inTurn(names, now)) } };
      return last.asking;
    },
  };
}

function watched(
  canary: Canary,
  target: CanaryTarget,
  namespace: string,
  { answers, snapshot }: Served,
  at: number,
): WatchedTarget | undefined {
  const { metadata, spec, status } = canary;
  const exportTo = target.exportTo ?? spec.exportTo;
  if (!hasFallback(target, at) || !sees({ namespace: metadata.namespace, exportTo }, namespace)) return undefined;
  const id = canaryId(canary);
  const isCounted = counts(exportedBy(canary), namespace);
  const resourceVersion = snapshot.canaries.get(id);
  // Versions of namespaces that inform would be as many as the namespaces.
  const place = isCounted ? { namespace, version: answers.direct.routes.version } : { namespace: '', version: '' };
  const awaited = status.awaiting === undefined ? 0 : Date.parse(status.awaiting.until);
  return {
    target: nameOf(metadata.namespace, target),
    id,
    canary: { namespace: metadata.namespace, name: metadata.name },
    isCounted,
    step: { ...place, resourceVersion, weights: status.weights },
    version: answers.direct.routes.version,
    askedUntil: status.atRest ? awaited : Number.POSITIVE_INFINITY,
  };
}

/** What the sidecar calls a target: what its Envoy clusters' names have before the bar. */
export function nameOf(namespace: string, target: CanaryTarget): string {
  const [name = ''] = clusterNames(namespace, target).main.split('|');
  return name;
}

function versionOf({ step }: WatchedTarget): number {
  return Number(step.resourceVersion ?? 0);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

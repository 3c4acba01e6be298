import { counts, type Exported, sees } from '../../canary/export-to.ts';
import type { ProxyReport } from '../../canary/proxy-reports.ts';
import type { MergedProxy } from './merge-reports.ts';

/** How many proxies follow a write. Where reports are samples the numbers are estimates. */
export interface Tally {
  /** Proxies that see the canary and have polled lately. */
  readonly seen: number;
  /** Those whose routes hold at least that write. */
  readonly converged: number;
  /** Those whose routes are older. */
  readonly lagging: number;
  /** Those of the lagging that were sent newer routes and did not take them. */
  readonly rejected: number;
  /** Those of the lagging that polled before and whose token is refused now (401). */
  readonly refused: number;
}

/** The same of one namespace; undefined: of those whose namespace no report tells. */
interface NamespaceTally extends Tally {
  readonly namespace: string | undefined;
}

const CONFIRMED_SHARE = 0.99;
const NONE: Tally = { seen: 0, converged: 0, lagging: 0, rejected: 0, refused: 0 };

/** Whether a proxy does not hold a write yet, or follows nothing any more. */
export function lags({ holds, isRefused }: MergedProxy, wanted: bigint): boolean {
  return isRefused || holds === undefined || holds < wanted;
}

/**
 * Whether a proxy can hold a release back (see `counts`). One whose namespace is not told could be anybody's; it counts as
 * it did in the version that reported it.
 */
export function isCounted({ namespace }: MergedProxy, exported: Exported): boolean {
  return namespace === undefined || counts(exported, namespace);
}

/** Sums proxies up. */
export function tally(proxies: readonly MergedProxy[], wanted: bigint): Tally {
  return sum(
    proxies.map((proxy) => {
      const lagging = lags(proxy, wanted) ? proxy.weight : 0;
      const rejected = proxy.rejects ? lagging : 0;
      const refused = proxy.isRefused ? lagging : 0;
      return { seen: proxy.weight, converged: proxy.weight - lagging, lagging, rejected, refused };
    }),
  );
}

/**
 * Whether the fleet follows a write: 99 % of the proxies that count, and none of them rejects it. Where none counts it is
 * 99 % of all, or of all but one namespace: a single tenant holds nothing up. No proxy at all is no confirmation.
 */
export function isFollowed(proxies: readonly MergedProxy[], exported: Exported, wanted: bigint): boolean {
  const counted = proxies.filter((proxy) => isCounted(proxy, exported));
  if (counted.length > 0) return passes(tally(counted, wanted));
  const byNamespace = [...Map.groupBy(proxies, ({ namespace }) => namespace)].map(
    ([namespace, own]): NamespaceTally => ({ namespace, ...tally(own, wanted) }),
  );
  const all = sum(byNamespace);
  return passes(all) || byNamespace.some((worst) => passes(difference(all, worst)));
}

/**
 * The namespaces whose proxies see a canary, most first, where none of them counts; empty where one does, or no proxy is
 * known. Those that follow it already, else all that have polled within the hour for which reports are kept.
 */
export function uncountedCallers(
  proxies: readonly MergedProxy[],
  reports: readonly ProxyReport[],
  exported: Exported,
): readonly string[] {
  if (proxies.some((proxy) => isCounted(proxy, exported))) return [];
  const seen = new Map<string, number>();
  const note = (namespace: string): void => void seen.set(namespace, (seen.get(namespace) ?? 0) + 1);
  for (const { namespace } of proxies) if (namespace !== undefined) note(namespace);
  if (seen.size === 0) for (const { namespaces = [] } of reports) namespaces.forEach(note);
  const callers = [...seen].filter(([namespace]) => sees(exported, namespace));
  if (callers.some(([namespace]) => counts(exported, namespace))) return [];
  return callers.toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([namespace]) => namespace);
}

function passes({ seen, converged, rejected }: Tally): boolean {
  return seen > 0 && rejected === 0 && converged / seen >= CONFIRMED_SHARE;
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((a, b) => combine(a, b, 1), NONE);
}

function difference(all: Tally, some: Tally): Tally {
  return combine(all, some, -1);
}

function combine(a: Tally, b: Tally, sign: 1 | -1): Tally {
  return {
    seen: a.seen + sign * b.seen,
    converged: a.converged + sign * b.converged,
    lagging: a.lagging + sign * b.lagging,
    rejected: a.rejected + sign * b.rejected,
    refused: a.refused + sign * b.refused,
  };
}

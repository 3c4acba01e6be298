import type { MergedProxy } from './merge-reports.ts';
import { lags } from './who-counts.ts';

/** One proxy, as the reports tell of it. */
export interface ProxyItem {
  /** The Pod's name. */
  readonly name: string;
  readonly namespace: string;
  /** Of the canary, as the proxy's routes hold it: 0 where they do not; absent where what it runs is not known. */
  readonly resourceVersion?: string;
  /** Of its routes, as it names them in its polls; absent before its first, and where no environment knows it. */
  readonly version?: string;
  readonly state: ProxyState;
  /** RFC 3339: when it polled last, or was refused. */
  readonly lastPoll: string;
}

/** Whether it follows the write, and why not: see `Tally`. One that is `idle` sends it nothing and is not waited for. */
export type ProxyState = 'rejected' | 'refused' | 'lagging' | 'converged' | 'idle';

const ITEMS_MAX = 100;
/** What is to be seen first. */
const RANKS: Readonly<Record<ProxyState, number>> = { rejected: 0, refused: 1, lagging: 2, converged: 3, idle: 4 };

/**
 * The proxies that reports name, at most 100: first those that do not follow a write, and of these the ones that count.
 *
 * @param wanted the write
 * @param idle those that are not waited for
 */
export function proxyItems(
  proxies: readonly MergedProxy[],
  counted: ReadonlySet<MergedProxy>,
  wanted: bigint,
  idle: readonly MergedProxy[] = [],
): readonly ProxyItem[] {
  const all = [
    ...proxies.map((proxy) => ({ proxy, state: stateOf(proxy, wanted) })),
    ...idle.map((proxy) => ({ proxy, state: 'idle' as const })),
  ];
  const named = all.flatMap(({ proxy, state }) => {
    const item = itemOf(proxy, state);
    return item === undefined ? [] : [{ item, rank: 2 * RANKS[item.state] + (counted.has(proxy) ? 0 : 1) }];
  });
  return named
    .toSorted((a, b) => a.rank - b.rank || inOrder(a.item, b.item))
    .slice(0, ITEMS_MAX)
    .map(({ item }) => item);
}

/** Undefined where no report names it. */
function itemOf(proxy: MergedProxy, state: ProxyState): ProxyItem | undefined {
  const { name: path = '', holds, version, at } = proxy;
  const slash = path.indexOf('/');
  if (slash === -1) return undefined;
  return {
    name: path.slice(slash + 1),
    namespace: path.slice(0, slash),
    ...(holds === undefined ? {} : { resourceVersion: String(holds) }),
    ...(version === '' ? {} : { version }),
    state,
    lastPoll: new Date(at).toISOString(),
  };
}

function stateOf(proxy: MergedProxy, wanted: bigint): ProxyState {
  if (!lags(proxy, wanted)) return 'converged';
  if (proxy.rejects) return 'rejected';
  return proxy.isRefused ? 'refused' : 'lagging';
}

function inOrder(a: ProxyItem, b: ProxyItem): number {
  const [one, other] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return one < other ? -1 : one > other ? 1 : 0;
}

import { type LearningReport, type ProxyReport, ProxyTrouble, type ReportedProxy } from '../../canary/proxy-reports.ts';
import type { CanaryId } from '../quarantine.ts';
import { fitting } from './sample.ts';
import type { SeenProxies, SeenProxy } from './seen-proxies.ts';
import { versionTable } from './version-table.ts';

/** DynamoDB's limit for an item is 400 KB, its attributes' names and key included. */
export const REPORT_BYTES_MAX = 390_000;
/** Names of proxies that lag or reject. */
const NAMES_MAX = 100;
const NAMES_BYTES_MAX = 20_000;
/** Braces, names of fields and numbers. */
const FRAME_BYTES = 500;
/** Proxies not seen for longer are gone, or with another environment. */
const SEEN_MS = 5 * 60_000;

type Keyed = readonly [key: string, proxy: SeenProxy];

/**
 * What an environment leaves for the others: what each proxy runs. Whatever proxies say, it fits into an item: versions
 * and names have bounds of their own, and of namespaces with very many proxies a sample is told.
 *
 * @param awaited the canaries that await confirmation
 * @param now milliseconds since the epoch
 * @param learning goes along whole
 */
export function proxyReport(
  seen: SeenProxies,
  awaited: ReadonlySet<CanaryId>,
  now: number,
  learning?: LearningReport,
): ProxyReport {
  const all = seen.proxies(now - SEEN_MS);
  const table = versionTable(all.values(), seen, awaited);
  const namespaces = [...new Set([...all.values()].map(({ namespace }) => namespace))];
  const indexes = new Map(namespaces.map((namespace, i) => [namespace, i]));
  const entries = [...all].map(([key, proxy]) => {
    const secondsAgo = Math.max(0, Math.round((now - proxy.at) / 1_000));
    const told: ReportedProxy = [
      table.indexOf(proxy),
      secondsAgo,
      troubleOf(proxy),
      indexes.get(proxy.namespace) ?? -1,
    ];
    return { key, proxy, namespace: proxy.namespace, told, bytes: key.length + told.join().length + 6 };
  });
  // Each namespace has a name in quotes, a comma, and a sampling of at most 15 digits with another one.
  const listBytes = namespaces.reduce((sum, namespace) => sum + Buffer.byteLength(namespace) + 3 + 16, 0);
  const tableBytes = Buffer.byteLength(JSON.stringify(table.versions));
  const learningBytes = learning === undefined ? 0 : Buffer.byteLength(JSON.stringify(learning));
  const room = REPORT_BYTES_MAX - FRAME_BYTES - NAMES_BYTES_MAX - tableBytes - listBytes - learningBytes;
  const shares = fitting(entries, room);
  // In the order of the namespaces: both begin with the first proxy.
  const samplings = shares.map(({ sampling }) => sampling);
  const some = shares.flatMap((share) => share.entries);
  return {
    writtenAt: now,
    versions: table.versions,
    proxies: Object.fromEntries(some.map(({ key, told }) => [key, told])),
    names: namesOf(
      some.map(({ key, proxy }): Keyed => [key, proxy]),
      seen,
    ),
    sampling: Math.max(1, ...samplings),
    namespaces,
    samplings,
    refusals: seen.refusals(now),
    ...(learning === undefined ? {} : { learning }),
  };
}

function troubleOf({ isRefused, isRejecting, isIdle }: SeenProxy): NonNullable<ReportedProxy[2]> {
  if (isRefused) return ProxyTrouble.refused;
  if (isRejecting) return ProxyTrouble.rejects;
  return isIdle ? ProxyTrouble.idle : ProxyTrouble.none;
}

/**
 * First of those that lag, then of the others as far as there is room; in turn one of each namespace, so that no tenant's fill
 * the list; of each its rejecting ones first, because one of them stops a release.
 */
function namesOf(proxies: readonly Keyed[], { isCurrent }: Pick<SeenProxies, 'isCurrent'>): ProxyReport['names'] {
  const isLagging = ([, proxy]: Keyed): boolean => proxy.isRefused || !isCurrent(proxy);
  const ranked = [...Map.groupBy(proxies, ([, { namespace }]) => namespace).values()].flatMap((own) => {
    const lagging = own.filter(isLagging).toSorted(([, a], [, b]) => Number(b.isRejecting) - Number(a.isRejecting));
    const others = own.filter((keyed) => !isLagging(keyed));
    // Before the first of the others stands the last that lags, of whichever namespace.
    const behind = others.map((keyed, rank) => ({ keyed, rank: proxies.length + rank }));
    return [...lagging.map((keyed, rank) => ({ keyed, rank })), ...behind];
  });
  const names: [key: string, name: string][] = [];
  let bytes = 0;
  for (const { keyed } of ranked.toSorted((a, b) => a.rank - b.rank).slice(0, NAMES_MAX)) {
    const [key, { namespace, pod }] = keyed;
    const name = `${namespace}/${pod}`;
    bytes += key.length + Buffer.byteLength(JSON.stringify(name)) + 4;
    if (bytes > NAMES_BYTES_MAX) break;
    names.push([key, name]);
  }
  return Object.fromEntries(names);
}

import type { ProxyReport } from '../../canary/proxy-reports.ts';
import type { CanaryId } from '../quarantine.ts';
import type { SeenProxies, SeenProxy } from './seen-proxies.ts';

/** All canaries in all versions; past it only awaited ones, and past it again no more of these. */
const VERSIONS_BYTES_MAX = 150_000;

/** The versions of a report, and where each proxy's stands among them. */
export interface VersionTable {
  readonly versions: ProxyReport['versions'];
  /** -1 where there was no room left for it. */
  indexOf(proxy: SeenProxy): number;
}

/**
 * The versions that proxies run, each with what it holds. Namespaces that see the same canaries in one version share an
 * entry; versions that are not known share one for each namespace, in which nothing has followed.
 *
 * @param awaited the canaries that await confirmation
 */
export function versionTable(
  proxies: Iterable<SeenProxy>,
  seen: SeenProxies,
  awaited: ReadonlySet<CanaryId>,
): VersionTable {
  const all = [...proxies];
  const whole = tableOf(all, seen, () => true);
  return whole.isCut ? tableOf(all, seen, (id) => awaited.has(id), true) : whole;
}

/** @param goesOn with what has room behind the first that has none */
function tableOf(
  proxies: readonly SeenProxy[],
  seen: SeenProxies,
  wants: (id: CanaryId) => boolean,
  goesOn = false,
): VersionTable & { readonly isCut: boolean } {
  const indexes = new Map<string, number>();
  const entries = new Map<string, number>();
  const versions: { version: string; canaries: Record<string, string> }[] = [];
  let [bytes, isCut] = [0, false];
  const knownVersion = ({ namespace, version }: SeenProxy): string => (seen.knows(namespace, version) ? version : '');
  for (const proxy of proxies) {
    const version = knownVersion(proxy);
    const key = `${proxy.namespace} ${version}`;
    if (indexes.has(key)) continue;
    const held = seen.canariesIn(proxy.namespace, version);
    const entry = { version, canaries: Object.fromEntries([...held].filter(([id]) => wants(id))) };
    const text = JSON.stringify(entry);
    const index = entries.get(text);
    if (index !== undefined) {
      indexes.set(key, index);
      continue;
    }
    const more = Buffer.byteLength(text) + 1;
    if (bytes + more > VERSIONS_BYTES_MAX) {
      isCut = true;
      if (!goesOn) break;
      indexes.set(key, -1);
      continue;
    }
    bytes += more;
    indexes.set(key, versions.length);
    entries.set(text, versions.length);
    versions.push(entry);
  }
  return { versions, isCut, indexOf: (proxy) => indexes.get(`${proxy.namespace} ${knownVersion(proxy)}`) ?? -1 };
}

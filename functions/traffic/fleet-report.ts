import type { FleetReport } from '../canary/store.ts';
import type { SeenProxy, Sightings } from './sightings.ts';
import type { CanaryId } from './sound-canaries.ts';

/** DynamoDB's limit for an item is 400 KB, its attributes' names and key included. */
export const REPORT_BYTES_MAX = 390_000;
/** All canaries in all versions; past it only those that somebody waits for. */
const VERSIONS_BYTES_MAX = 150_000;
/** Names of proxies that lag or reject. */
const NAMES_MAX = 100;
/** Proxies not seen for longer are gone, or with another environment. */
const SEEN_MS = 5 * 60_000;

/**
 * What an environment leaves for the others: what each proxy runs.
 *
 * @param awaited the canaries that somebody waits for
 * @param now milliseconds since the epoch
 */
export function fleetReport(sightings: Sightings, awaited: ReadonlySet<CanaryId>, now: number): FleetReport {
  const all = [...sightings.proxies(now - SEEN_MS)];
  const whole = versionsOf(all, sightings, () => true);
  const table =
    JSON.stringify(whole.versions).length <= VERSIONS_BYTES_MAX
      ? whole
      : versionsOf(all, sightings, (id) => awaited.has(id));
  for (let sampling = 1; ; sampling *= 2) {
    const some = all.filter(([key]) => isSampled(key, sampling));
    const report: FleetReport = {
      writtenAt: now,
      versions: table.versions,
      proxies: Object.fromEntries(
        some.map(([key, { namespace, version, isRejecting, at }]) => {
          const index = table.indexes.get(`${namespace} ${version}`) ?? -1;
          const secondsAgo = Math.max(0, Math.round((now - at) / 1_000));
          return [key, isRejecting ? ([index, secondsAgo, 1] as const) : ([index, secondsAgo] as const)];
        }),
      ),
      names: namesOf(some, sightings),
      sampling,
    };
    if (some.length === 0 || JSON.stringify(report).length <= REPORT_BYTES_MAX) return report;
  }
}

/** Whether a proxy belongs to the sample of every n-th. A larger sample holds every smaller one. */
export function isSampled(hash: string, sampling: number): boolean {
  return sampling === 1 || Number.parseInt(hash, 16) % sampling === 0;
}

/** Namespaces that see the same canaries in one version share an entry. */
function versionsOf(
  proxies: readonly (readonly [string, SeenProxy])[],
  sightings: Sightings,
  wants: (id: CanaryId) => boolean,
): { readonly versions: FleetReport['versions']; readonly indexes: ReadonlyMap<string, number> } {
  const indexes = new Map<string, number>();
  const entries = new Map<string, { index: number; version: string; canaries: Record<string, string> }>();
  for (const [, { namespace, version }] of proxies) {
    const key = `${namespace} ${version}`;
    if (indexes.has(key)) continue;
    const canaries = Object.fromEntries([...sightings.canariesIn(namespace, version)].filter(([id]) => wants(id)));
    const text = JSON.stringify([version, canaries]);
    const entry = entries.get(text) ?? { index: entries.size, version, canaries };
    entries.set(text, entry);
    indexes.set(key, entry.index);
  }
  return { versions: [...entries.values()].map(({ version, canaries }) => ({ version, canaries })), indexes };
}

/** Rejecting ones first: one of them stops a release. */
function namesOf(
  proxies: readonly (readonly [string, SeenProxy])[],
  { isCurrent }: Pick<Sightings, 'isCurrent'>,
): FleetReport['names'] {
  const lagging = proxies.filter(([, proxy]) => !isCurrent(proxy));
  const sorted = lagging.toSorted(([, a], [, b]) => Number(b.isRejecting) - Number(a.isRejecting));
  return Object.fromEntries(
    sorted.slice(0, NAMES_MAX).map(([key, { namespace, pod }]) => [key, `${namespace}/${pod}`]),
  );
}

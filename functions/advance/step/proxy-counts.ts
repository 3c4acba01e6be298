import type { Release, Track } from '../../canary/canary.ts';
import type { ProxyRecord } from '../../canary/steps/release-record.ts';
import type { ProxySteps } from '../../canary/verdict/trust.ts';
import type { EvidenceStep, MergedEvidence } from '../../traffic/evidence/rows/merge-rows.ts';
import { badOf, type Ledger, settle } from '../../traffic/evidence/sums/findings.ts';
import { bucketByKey, isBucket, PROXIES_MAX } from '../../traffic/evidence/sums/proxy-sums.ts';
import type { TracksSums } from '../../traffic/evidence/sums/track-sums.ts';
import { placeIn } from './place-in.ts';

type Open = ProxyRecord['open'];

/** What both tracks did in some time, with requests that have no response yet carried on. */
export function settleTracks(
  open: Open,
  tracks: TracksSums,
): { readonly open: Open; readonly bad: Readonly<Record<Track, number>>; readonly fallbacks: number } {
  const [stableCarry, stablePeak, canaryCarry, canaryPeak] = open;
  const stable = settle({ carry: stableCarry, peak: stablePeak }, tracks.stable);
  const canary = settle({ carry: canaryCarry, peak: canaryPeak }, tracks.canary);
  return {
    open: [...openOf(stable.ledger), ...openOf(canary.ledger)],
    bad: { stable: badOf(stable.findings), canary: badOf(canary.findings) },
    fallbacks: canary.findings.fallbacks,
  };
}

function openOf({ carry, peak }: Ledger): readonly [number, number] {
  return [carry, peak];
}

/**
 * Adds what single proxies counted in some slots to what they counted before. A slot in which a weight was confirmed counts
 * whole: a proxy must not be told from others by less than the windows hold.
 */
export function addProxies(
  before: readonly ProxyRecord[],
  { counted, names }: Pick<MergedEvidence, 'counted' | 'names'>,
  release: Release,
): readonly ProxyRecord[] {
  const all = new Map(before.map((proxy) => [proxy.key, proxy]));
  for (const [key, steps] of counted.proxies) {
    const pod = names.get(key)?.pod;
    let proxy: ProxyRecord = all.get(key) ?? {
      key,
      ...(pod === undefined ? {} : { pod }),
      open: [0, 0, 0, 0],
      steps: [],
    };
    const inOrder = [...steps.values()].toSorted((a, b) => versionOf(a.step) - versionOf(b.step));
    for (const { step, tracks } of inOrder) proxy = addStep(proxy, step, tracks, release);
    all.set(key, proxy);
  }
  const proxies = [...all.values()];
  const isCrowd = proxies.length > PROXIES_MAX || proxies.some(({ key }) => isBucket(key));
  return isCrowd ? inBuckets(proxies) : proxies;
}

/** The proxies as the verdict reads them: one entry for each weight of the plan. */
export function proxySteps(proxies: readonly ProxyRecord[], weights: number): readonly ProxySteps[] {
  return proxies.map(({ key, pod, steps }) => ({
    id: pod ?? key,
    steps: Array.from({ length: weights }, (_, place) => {
      const [, c, s, nc, ns] = steps.find(([of]) => of === place) ?? [place, 0, 0, 0, 0];
      return { c, s, nc, ns };
    }),
  }));
}

function addStep(proxy: ProxyRecord, step: EvidenceStep, tracks: TracksSums, release: Release): ProxyRecord {
  const { open, bad } = settleTracks(proxy.open, tracks);
  const place = placeIn(release, step)?.place ?? -1;
  if (place < 0) return { ...proxy, open };
  const more = [place, bad.canary, bad.stable, tracks.canary.responses, tracks.stable.responses] as const;
  return { ...proxy, open, steps: addCounts(proxy.steps, [more]) };
}

function addCounts(steps: ProxyRecord['steps'], more: ProxyRecord['steps']): ProxyRecord['steps'] {
  const sums = new Map(steps.map((counts) => [counts[0], counts]));
  for (const [place, c, s, nc, ns] of more) {
    const [, c0, s0, nc0, ns0] = sums.get(place) ?? [place, 0, 0, 0, 0];
    sums.set(place, [place, c0 + c, s0 + s, nc0 + nc, ns0 + ns]);
  }
  return [...sums.values()];
}

/** Too many to keep one by one: sums of many, as rows have them. */
function inBuckets(proxies: readonly ProxyRecord[]): readonly ProxyRecord[] {
  const buckets = new Map<string, ProxyRecord>();
  for (const { key, open, steps } of proxies) {
    const name = bucketByKey(key);
    const bucket = buckets.get(name);
    const [a, b, c, d] = open;
    const [a0, b0, c0, d0] = bucket?.open ?? [0, 0, 0, 0];
    buckets.set(name, {
      key: name,
      open: [a0 + a, b0 + b, c0 + c, d0 + d],
      steps: addCounts(bucket?.steps ?? [], steps),
    });
  }
  return [...buckets.values()];
}

function versionOf({ resourceVersion }: EvidenceStep): number {
  return Number(resourceVersion);
}

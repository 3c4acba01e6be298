import type { Canary } from '../../canary/canary.ts';
import { exportedBy, sees } from '../../canary/export-to.ts';
import type { ProxyReport } from '../../canary/proxy-reports.ts';
import { stagingTarget } from '../../canary/staging/staging-target.ts';

/**
 * A report of an environment that gets no polls any more counts as whole after so long: what it heard last has asked for its
 * Envoy clusters since, of another one.
 */
const REPORTED_MS = 20_000;
/** While it learns a proxy asks every few seconds; one that has not for so long is gone. */
const GONE_MS = 30_000;

interface Heard {
  readonly namespace: string;
  readonly at: number;
  readonly holds: boolean;
}

/**
 * Whether every proxy that sees the target which a canary's proxies are learning holds its Envoy clusters. Only once each
 * that lives has asked, and only where the environments tell of all that they heard since; never where nothing is heard.
 * What a proxy claims to hold can be wrong for itself alone: others are not taken at its word.
 *
 * @param reports of the canary's Kubernetes cluster
 * @param now milliseconds since the epoch
 */
export function hasLearned(reports: readonly ProxyReport[], canary: Canary, now: number): boolean {
  const staging = stagingTarget(canary, now);
  if (staging === undefined) return false;
  const { id, since, askedBy } = staging;
  const heard = new Map<string, Heard>();
  // Who reported last before has heard of none of it.
  const fresh = reports.filter(({ writtenAt }) => writtenAt >= since);
  if (!fresh.some(({ writtenAt }) => writtenAt >= askedBy)) return false;
  for (const { writtenAt, learning } of fresh) {
    const place = learning?.targets.indexOf(id) ?? -1;
    const isWhole = writtenAt >= askedBy || now - writtenAt >= REPORTED_MS;
    if (learning?.isWhole !== true || place < 0 || !isWhole) return false;
    for (const [key, [namespace, secondsAgo, held]] of Object.entries(learning.proxies)) {
      const before = heard.get(key);
      const at = Math.min(now, writtenAt) - secondsAgo * 1_000;
      const holds = Math.floor(held / 2 ** place) % 2 === 1;
      heard.set(key, {
        namespace: learning.namespaces[namespace] ?? '',
        at: Math.max(at, before?.at ?? at),
        holds: holds || before?.holds === true,
      });
    }
  }
  const { namespace } = canary.metadata;
  const exported = { ...exportedBy(canary), namespace, exportTo: staging.target.exportTo ?? canary.spec.exportTo };
  const alive = [...heard.values()].filter(({ at }) => now - at <= GONE_MS);
  return alive.every(({ holds, ...proxy }) => holds || !sees(exported, proxy.namespace));
}

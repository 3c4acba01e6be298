import { isDeepStrictEqual } from 'node:util';
import type { Canary } from '../canary.ts';
import { runningRelease } from '../steps/release.ts';
import { servedTarget } from '../targets.ts';
import type { Sight } from '../workloads/workload.ts';
import type { Moment } from './moment.ts';
import { begin } from './start-release.ts';

/** What a sight of the canary's workload makes of a canary. */
export type Sighted =
  | { readonly sighted: 'nothing' }
  /** It is written down: no route moves by it. */
  | { readonly sighted: 'kept' | 'begun'; readonly canary: Canary };

const NOTHING: Sighted = { sighted: 'nothing' };

/**
 * The canary after its workload was seen. Another Pod template begins a release, in place of the one that goes on, and after
 * an abort too: it is another version. The first sight of a workload is what later ones are compared with. A template that is
 * another one at the same revision is one that the API server shows in another way, as after an upgrade of Kubernetes.
 */
export function sightWorkload(canary: Canary, sight: Sight | undefined, moment: Moment): Sighted {
  const { strategy } = canary.spec;
  if (strategy?.workloads === undefined || sight === undefined) return NOTHING;
  if (canary.metadata.deletionTimestamp !== undefined) return NOTHING;
  const { kind, name } = strategy.workloads.canary;
  const last = canary.status.workload;
  const workload = { kind, name, ...sight };
  if (isDeepStrictEqual(last, workload)) return NOTHING;
  const next = { ...canary, status: { ...canary.status, workload } };
  const isKnown = last?.kind === kind && last.name === name;
  const isOther = last?.uid !== sight.uid || last.revision !== sight.revision;
  if (!isKnown || !isOther || last.template === sight.template) return { sighted: 'kept', canary: next };
  // Not kept either, so that the release begins when it may.
  return mayBegin(canary, moment) ? { sighted: 'begun', canary: begin(next, strategy, 'Workload', moment) } : NOTHING;
}

/** Not before proxies know it, nor while it has a weight that was set by hand. */
function mayBegin(canary: Canary, { now }: Moment): boolean {
  const isFree = runningRelease(canary) !== undefined || canary.status.weights.canary === 0;
  return isFree && servedTarget(canary, now) !== undefined;
}

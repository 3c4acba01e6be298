import type { Canary } from '../../../canary/canary.ts';
import { groupMove, type MemberMove } from '../../../canary/group/group-moves.ts';
import { matesOf } from '../../../canary/group/members.ts';
import type { MeasureMetrics } from '../../../canary/steps/measure-metrics.ts';
import { runningRelease } from '../../../canary/steps/release.ts';
import { errorName } from '../../../errors.ts';
import { releaseStepFailed } from '../../../events.ts';
import type { ReleaseCall } from '../../../releases/call.ts';
import { keyOf } from '../../../table/keys.ts';
import type { ClusterView } from '../cluster-view.ts';
import { type Found, lookAtRelease, type StepStore } from '../step-release.ts';
import { writeMove } from '../write-move.ts';
import { writeTogether } from './write-together.ts';

/**
 * One look at all members of a group whose release goes on, and what they do together. One that cannot be looked at holds the
 * others, and keeps none from being taken back. Throws CanaryStoreError.
 *
 * @param call by `advance`, about one of them
 * @param measure measures what other providers have
 */
export async function stepGroup(
  call: ReleaseCall,
  store: StepStore,
  asked: Canary,
  view: ClusterView,
  measure: MeasureMetrics,
): Promise<readonly Found[]> {
  const { tools, key, signal } = call;
  const { canaries } = await tools.store.listCanaries(key.cluster, signal, key.namespace);
  const members = [asked, ...matesOf(asked, canaries)].toSorted(byName);
  const callOf = (canary: Canary): ReleaseCall => ({ ...call, key: keyOf(key.cluster, canary) });
  const looks = members.flatMap((canary): readonly Promise<LookedMember>[] => {
    const release = runningRelease(canary);
    if (release === undefined) return [];
    const own = callOf(canary);
    const look = lookAtRelease(own, store, canary, view, measure).catch((error: unknown) => {
      tools.log(releaseStepFailed, { ...own.key, error: errorName(error) });
      return undefined;
    });
    return [look.then((found) => ({ canary, release, move: found?.move, callers: found?.callers, found }))];
  });
  const running = await Promise.all(looks);
  const others = members.filter((member) => runningRelease(member) === undefined);
  const together = groupMove(running, others);
  if (together.move !== 'each') {
    const [first = { canary: asked }] = together.members;
    const looked = running.map(({ canary }) => canary);
    await writeTogether(callOf(first.canary), together, looked);
  } else {
    for (const { canary, move } of together.members) {
      const looked = running.find((member) => member.canary === canary);
      if (looked !== undefined) await writeMove(callOf(canary), { ...looked.found, ...looked, move });
    }
  }
  return running.flatMap(({ found }) => found ?? []);
}

/** A member, and what its look has found; nothing where it could not be looked at. */
interface LookedMember extends MemberMove {
  readonly found: Found | undefined;
}

function byName(a: Canary, b: Canary): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

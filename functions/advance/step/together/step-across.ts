import type { Canary, CanarySpec } from '../../../canary/canary.ts';
import { abortElsewhere, heldElsewhere } from '../../../canary/clusters/clusters-move.ts';
import type { Counterpart } from '../../../canary/clusters/counterparts.ts';
import { runningRelease } from '../../../canary/steps/release.ts';
import type { SeenElsewhere } from '../../../canary/stored/writes.ts';
import { errorName } from '../../../errors.ts';
import { releaseStepFailed } from '../../../events.ts';
import type { ReleaseCall } from '../../../releases/call.ts';
import { lookAtRelease, type Stepped } from '../step-release.ts';
import { writeMove } from '../write-move.ts';

/** For the canaries of other Kubernetes clusters, in milliseconds: what is not read by then keeps no abort waiting. */
const READ_MS = 1_000;

/**
 * One look at the release of a canary of several Kubernetes clusters, in one of them. It writes nothing elsewhere: each of the
 * others finds by its own look what has become of this one. Where one was aborted since the release began, this one is taken
 * back, whatever else is known of it; its steps are written only where all others still are what was read. Undefined where no
 * release goes on. Throws CanaryStoreError. Its parameters are those of `lookAtRelease`.
 *
 * @param clusters the spec's
 */
export async function stepAcross(
  clusters: NonNullable<CanarySpec['clusters']>,
  ...look: Parameters<typeof lookAtRelease>
): Promise<Stepped | undefined> {
  const [call, , canary] = look;
  const release = runningRelease(canary);
  if (release === undefined) return undefined;
  const looking = Promise.allSettled([lookAtRelease(...look)]);
  const counterparts = await readCounterparts(call, canary, clusters.names);
  const spread = { cluster: call.key.cluster, canary, release, clusters, counterparts };
  const abort = abortElsewhere(spread);
  if (abort !== undefined) {
    const taken = { canary, release, move: abort };
    const written = await writeMove(call, taken);
    await looking;
    return { ...taken, written };
  }
  const [looked] = await looking;
  if (looked.status === 'rejected') throw looked.reason;
  const found = looked.value;
  if (found === undefined) return undefined;
  const moved = { ...found, move: heldElsewhere(spread, found.move), elsewhere: seenIn(counterparts, canary) };
  return { ...moved, written: await writeMove(call, moved) };
}

/** What is a release of other Kubernetes clusters; one that cannot be read hides none of the others. */
async function readCounterparts(
  { tools, key, signal }: ReleaseCall,
  { metadata: { namespace, name } }: Canary,
  names: readonly string[],
): Promise<readonly Counterpart[]> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]);
  const others = names.filter((cluster) => cluster !== key.cluster);
  const reads = others.map(async (cluster): Promise<Counterpart> => {
    try {
      return { cluster, canary: await tools.store.getCanary({ cluster, namespace, name }, within) };
    } catch (error) {
      tools.log(releaseStepFailed, { cluster, namespace, name, error: errorName(error) });
      return { cluster, canary: 'unreadable' };
    }
  });
  return await Promise.all(reads);
}

/** What a step is written by: what was read of those that could be. */
function seenIn(
  counterparts: readonly Counterpart[],
  { metadata: { namespace, name } }: Canary,
): readonly SeenElsewhere[] {
  return counterparts.flatMap(({ cluster, canary }) =>
    canary === 'unreadable'
      ? []
      : [{ key: { cluster, namespace, name }, resourceVersion: canary?.metadata.resourceVersion }],
  );
}

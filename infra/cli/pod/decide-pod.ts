import type { ChannelChoice } from '../../../functions/injection/channel.ts';
import { guardRequest } from '../../../functions/injection/decide/guards.ts';
import { mutateByChannel } from '../../../functions/injection/mutate-by-channel.ts';
import { type Outcome, skipped } from '../../../functions/injection/outcome.ts';
import type { createPlanMemo } from '../../../functions/injection/plan/plan-memo.ts';
import { type ShadowResult, tryShadow } from '../../../functions/injection/shadow.ts';
import type { AdmissionRequest } from '../../../functions/kubernetes/admission-request.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import type { PodSource } from './workload.ts';

/** What becomes of a Pod; from which channel, unless a guard decided without any; and how the next one would do. */
export interface DecidedPod {
  readonly outcome: Outcome;
  readonly choice?: ChannelChoice;
  readonly shadow?: ShadowResult;
}

/**
 * The webhook's own guards, decision and injection, on a Pod that is not in a cluster yet. The Pod is not changed.
 *
 * @param namespace of Pods that name none
 * @param asked template names that stand in for the Pod's annotation
 * @param versions that the manifest's own status annotation is believed: see `formerByStatus`
 */
export function decidePod(
  found: PodSource,
  namespace: string,
  state: FleetState,
  plan: ReturnType<typeof createPlanMemo>,
  asked?: readonly string[],
  versions?: 'status',
): DecidedPod {
  const home = found.namespace ?? namespace;
  const guard = guardRequest(requestFor(found, namespace));
  if (guard !== undefined) return { outcome: skipped(guard) };
  const fresh = (): PodSource['pod'] => structuredClone(found.pod);
  const served = mutateByChannel(fresh(), home, state, { plan, asked, owner: found.owner, versions });
  const shadow = tryShadow(served, fresh, () => true);
  return { outcome: served.outcome, choice: served.choice, ...(shadow && { shadow }) };
}

/** The request by which the API server would ask about a Pod that is to be created. */
export function requestFor({ pod, namespace: own }: PodSource, namespace: string): AdmissionRequest {
  return {
    uid: '',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: undefined,
    namespace: own ?? namespace,
    operation: 'CREATE',
    dryRun: true,
    object: pod,
  };
}

import { guardRequest } from '../../functions/injection/decision.ts';
import { mutatePod, type Outcome, skipped } from '../../functions/injection/mutate-pod.ts';
import type { createPlanMemo } from '../../functions/injection/plan-memo.ts';
import type { FleetState } from '../../functions/template/template-cache.ts';
import type { PodSource } from './workload.ts';

/**
 * The webhook's own guards, decision and injection, on a Pod that is not in a cluster yet. The Pod is not changed.
 *
 * @param namespace of Pods that name none
 * @param asked template names that stand in for the Pod's annotation
 */
export function decidePod(
  found: PodSource,
  namespace: string,
  state: FleetState,
  plan: ReturnType<typeof createPlanMemo>,
  asked?: readonly string[],
): Outcome {
  const home = found.namespace ?? namespace;
  const guard = guardRequest({
    uid: '',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    name: undefined,
    namespace: home,
    operation: 'CREATE',
    dryRun: true,
    object: found.pod,
  });
  if (guard !== undefined) return skipped(guard);
  return mutatePod(structuredClone(found.pod), home, state, plan, asked, found.owner);
}

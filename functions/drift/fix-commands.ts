import type { Workload, WorkloadDrift } from './report.ts';

/** What `kubectl rollout restart` takes. */
const RESTARTED = ['Deployment', 'StatefulSet', 'DaemonSet'];

/** What to do about Pods that nothing can restart, by kind. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['Pod', 'belongs to no controller: delete it and create it from its manifest'],
  ['Job', 'runs to its end as it is; where that is too late, delete the Job and create it again'],
  ['CronJob', 'its next run gets what is served then'],
  ['ReplicaSet', 'delete its Pods one after the other: it makes new ones'],
  ['ReplicationController', 'delete its Pods one after the other: it makes new ones'],
]);

/**
 * How a workload gets Pods that are as they should be. Where new ones would be refused there is no command: a restart
 * would not come to its end.
 *
 * @param reason why a new Pod would be refused
 */
export function fixOf(
  { namespace, kind, name }: Workload,
  reason: string | undefined,
): Pick<WorkloadDrift, 'command' | 'advice'> {
  if (reason !== undefined) return { advice: `do not restart it yet; a new Pod would not be as this one: ${reason}` };
  if (RESTARTED.includes(kind)) {
    return { command: `kubectl rollout restart ${kind.toLowerCase()}/${name} -n ${namespace}` };
  }
  if (kind === 'Rollout') return { command: `kubectl argo rollouts restart ${name} -n ${namespace}` };
  return { advice: ADVICE.get(kind) ?? `restart it by its own means: its controller (${kind}) makes new Pods` };
}
